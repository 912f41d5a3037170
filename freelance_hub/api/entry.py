"""How a request with a token enters its company: one place for all API views."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from freelance_hub.access import Actor, actor_for, portal_is_open
from freelance_hub.models import ApiToken, Membership, Tenant
from freelance_hub.services.invitations import hash_of
from freelance_hub.tenancy.context import Context, tenant, use

PREFIX = "/api/"
SCIM = "/scim/"
PREFIXES = (PREFIX, SCIM)  # where tokens open, and cookies nothing
USED_EVERY = timedelta(minutes=1)  # how exact "last used" is; each request would be a write otherwise


@dataclass(frozen=True)
class Entry:
    """A valid token with its company and actor."""

    token: ApiToken
    actor: Actor
    context: Context

    def enter(self) -> AbstractContextManager[Context]:
        return use(self.context)


def bearer(request: HttpRequest) -> str:
    """The token of the Authorization header, or an empty string."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def find_entry(secret: str, *, request_id: str) -> Entry | None:
    """The entry of a token that is alive, of an active member of an active company; None otherwise.

    The company of a token is looked up by its hash alone (`hub_token_tenant`); everything else under row-level security.
    Side effect: `last_used_at`, at most once a minute.
    """
    digest = hash_of(secret)
    with connection.cursor() as cursor:
        cursor.execute("SELECT hub_token_tenant(%s)", [digest])
        tenant_id = cursor.fetchone()[0]
    company = Tenant.objects.filter(pk=tenant_id, state=Tenant.State.ACTIVE).first() if tenant_id else None
    if company is None:
        return None
    now = timezone.now()
    with tenant(company):
        token = (
            ApiToken.objects.select_related("membership__user")
            .prefetch_related("membership__role_links__role")
            .filter(token_hash=digest, revoked_at=None, membership__state=Membership.State.ACTIVE)
            .filter(Q(expires_at=None) | Q(expires_at__gt=now), membership__user__is_active=True)
            .first()
        )
        if token is None:
            return None
        if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        membership = token.membership
        actor = actor_for(membership, scopes=frozenset(token.scopes), kind="token")
        if not portal_is_open(actor):
            return None
    context = Context(
        tenant_id=company.pk,
        user_id=membership.user_id,
        request_id=request_id,
        actor=f"{membership.user} (API token {token.name})",
        tenant_slug=company.slug,
    )
    return Entry(token, actor, context)

"""API tokens: shown once, kept as hashes, never more than their person may, dead with the membership."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import ApiToken, Membership
from freelance_hub.permissions import Capability, require
from freelance_hub.services.invitations import hash_of

PREFIX = "fh_"


@transaction.atomic
def create_token(
    *, membership: Membership, name: str, kind: str, scopes: Iterable[str], days: int, actor: Actor
) -> tuple[ApiToken, str]:
    """A token of `membership` valid for `days` (1 to 366). Returns it with its secret, which is told only now.

    Raises Refusal for scopes that the person lacks, Refused for an integration's token without token.manage.
    Event `token.created`.
    """
    if kind == ApiToken.Kind.INTEGRATION:
        require(actor, Capability.TOKEN_MANAGE)
    wanted = {str(scope) for scope in scopes}
    if not wanted <= actor.capabilities:
        raise Refusal(
            f"You cannot give what you may not do yourself: {', '.join(sorted(wanted - actor.capabilities))}.",
            field="scopes",
            remedy="Leave these out, or ask an owner for the right.",
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        kind=kind,
        membership=membership,
        token_hash=hash_of(secret),
        prefix=secret[:10],
        scopes=sorted(wanted),
        expires_at=timezone.now() + timedelta(days=max(1, min(days, 366))),
    )
    events.announce("token.created", token, actor=actor, name=name, scopes=sorted(wanted))
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: Actor) -> ApiToken:
    """Kill a token at once; twice is fine. One's own, or any with token.manage. Event `token.revoked`."""
    if token.membership_id != actor.membership_id:
        require(actor, Capability.TOKEN_MANAGE)
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        events.announce("token.revoked", token, actor=actor, name=token.name)
    token.refresh_from_db()
    return token

"""What the platform itself listens to: sign-in and sign-out, which change no row and are audited all the same."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import password_changed, password_reset, user_logged_in
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from freelance_hub import audit
from freelance_hub.models import Membership, User
from freelance_hub.selectors import companies_of
from freelance_hub.signin import method_of
from freelance_hub.tenancy.context import current, tenant, use


def _record(kind: str, user: User, **details: Any) -> None:
    """One entry for operators, and one in each company that employs the person.

    Companies that know the person as a guest do not learn when they sign in.
    """
    context = use(type(current())(user_id=user.pk, request_id=current().request_id, actor=str(user)))
    with context:
        audit.record(kind, user, **details)
        companies = [m.tenant for m in companies_of(user.pk) if m.kind == Membership.Kind.STAFF]
    for company in companies:
        with tenant(company, user_id=user.pk, actor=str(user)):
            audit.record(kind, user, **details)


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **_extra: Any) -> None:
    _record("session.opened", user, method=method_of(request))


@receiver(user_logged_out)
def signed_out(user: User | None, **_extra: Any) -> None:
    if user is not None:
        _record("session.closed", user)


@receiver(user_login_failed)
def sign_in_failed(credentials: dict[str, Any], **_extra: Any) -> None:
    """The address that was tried is kept only as the account it belongs to: people type passwords there."""
    address = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
    user = User.objects.filter(email=address).first()
    if user is None:
        audit.record("session.failed", actor="Somebody who is not signed in")
        return
    companies = []
    with use(type(current())(user_id=user.pk, request_id=current().request_id)):
        companies = [m.tenant for m in companies_of(user.pk) if m.kind == Membership.Kind.STAFF]
        audit.record("session.failed", user, actor="Somebody who is not signed in")
    for company in companies:
        with tenant(company):
            audit.record("session.failed", user, actor="Somebody who is not signed in")


@receiver(password_changed)
@receiver(password_reset)
def password_was_changed(user: User, **_extra: Any) -> None:
    _record("password.changed", user)


@receiver(authenticator_added)
def second_factor_added(request: HttpRequest, user: User, authenticator: Any, **_extra: Any) -> None:
    """Who sets one up has just used it: the session counts as confirmed, nobody types a second code at once."""
    if authenticator.type != authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, method="mfa", type=str(authenticator.type))
    _record("second_factor.added", user, type=str(authenticator.type))


@receiver(authenticator_removed)
def second_factor_removed(user: User, authenticator: Any, **_extra: Any) -> None:
    _record("second_factor.removed", user, type=str(authenticator.type))

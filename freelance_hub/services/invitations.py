"""Invitations: 256-bit secrets kept only as hashes, bound to an address, used once, at most 72 hours, taken back any time."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from freelance_hub import events, mails
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Invitation, InvitationRole, Membership, Tenant, User
from freelance_hub.permissions import Capability, require
from freelance_hub.services import members
from freelance_hub.states import change_state
from freelance_hub.tenancy.context import current, tenant


def hash_of(secret: str) -> str:
    """What the table keeps of a secret: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _expiry() -> datetime:
    return timezone.now() + timedelta(hours=settings.INVITATION_HOURS)


@transaction.atomic
def invite(*, email: str, name: str, kind: str, role_keys: Iterable[str], actor: Actor) -> Invitation:
    """Invite an address to the current company and mail it the link.

    Raises Refused without people.manage (automations have it), Refusal when the address is a member already or has an
    open invitation, or a role does not fit or gives administration that the actor lacks. Side effects: invitation and
    role rows, event `invitation.sent`, one mail after commit.
    """
    require(actor, Capability.PEOPLE_MANAGE)
    address = email.strip().lower()
    member = Membership.objects.filter(user__email=address, kind=kind).exclude(state=Membership.State.ENDED).first()
    if member and member.state == Membership.State.SUSPENDED:
        raise Refusal(f"{address} is suspended here.", field="email", remedy="Let them in again instead.")
    if member:
        raise Refusal(f"{address} is a member already.", field="email", remedy="Change their roles instead.")
    secret = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                email=address,
                name=name,
                kind=kind,
                token_hash=hash_of(secret),
                expires_at=_expiry(),
                invited_by_id=actor.person_id,
            )
    except IntegrityError as error:
        raise Refusal(
            f"{address} has an open invitation already.", field="email", remedy="Send it again instead."
        ) from error
    roles = members.roles_by_key(role_keys, kind=kind)
    members.may_hand_out(roles, actor=actor)
    for role in roles:
        InvitationRole.objects.create(invitation=invitation, role=role)
    events.announce("invitation.sent", invitation, actor=actor, kind=kind)
    _mail(invitation, secret)
    return invitation


@transaction.atomic
def send_again(*, invitation: Invitation, actor: Actor) -> Invitation:
    """A fresh link for an open invitation; the old link dies. Event `invitation.sent_again`, one mail after commit."""
    require(actor, Capability.PEOPLE_MANAGE)
    secret = secrets.token_urlsafe(32)
    change_state(
        invitation,
        source=Invitation.State.PENDING,
        target=Invitation.State.PENDING,
        token_hash=hash_of(secret),
        expires_at=_expiry(),
        last_sent_at=timezone.now(),
        sent_count=invitation.sent_count + 1,
    )
    events.announce("invitation.sent_again", invitation, actor=actor)
    _mail(invitation, secret)
    return invitation


@transaction.atomic
def revoke(*, invitation: Invitation, actor: Actor) -> Invitation:
    """Take an open invitation back: its link dies at once. Event `invitation.revoked`."""
    require(actor, Capability.PEOPLE_MANAGE)
    change_state(invitation, source=Invitation.State.PENDING, target=Invitation.State.REVOKED)
    events.announce("invitation.revoked", invitation, actor=actor)
    return invitation


def find(secret: str) -> tuple[Tenant, Invitation] | None:
    """The open, unexpired invitation of a secret with its company, or None. Works with no company entered.

    The look-up goes through `hub_invitation_tenant(hash)`, which tells only the tenant's id.
    """
    return find_by_hash(hash_of(secret))


def find_by_hash(digest: str) -> tuple[Tenant, Invitation] | None:
    """`find` for who has kept only the hash, such as a session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT hub_invitation_tenant(%s)", [digest])
        tenant_id = cursor.fetchone()[0]
    if tenant_id is None:
        return None
    company = Tenant.objects.get(pk=tenant_id)
    with tenant(company, user_id=current().user_id):
        invitation = Invitation.objects.filter(
            token_hash=digest, state=Invitation.State.PENDING, expires_at__gt=timezone.now()
        ).first()
    if invitation is None or company.state != Tenant.State.ACTIVE:
        return None
    return company, invitation


@transaction.atomic
def make_account(*, invitation: Invitation, name: str, password: str) -> User:
    """The account of somebody invited; the link in their mailbox has proved the address.

    Raises IntegrityError when the address has one by now. Side effects: user and verified e-mail address rows.
    """
    user = User.objects.create_user(invitation.email, password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def accept(*, secret: str, user: User) -> Membership:
    """Join the company as the address that was invited. Of two clicks one wins; the secret dies.

    Raises Refusal when the link is used up, expired or taken back, or when `user` signs in with another address.
    Side effects: membership with the invited roles, event `invitation.accepted` (subject: the invitation).
    """
    found = find(secret)
    if found is None:
        raise Refusal(
            "This invitation is no longer valid: it was used, taken back or is older than 72 hours.",
            remedy="Ask the person who invited you to send it again.",
            code="invitation_invalid",
        )
    company, invitation = found
    if user.email.lower() != invitation.email:
        raise Refusal(
            f"This invitation is for {invitation.email}, but you are signed in as {user.email}.",
            remedy="Sign out and open the link again, or ask for an invitation to your own address.",
            code="invitation_other_address",
        )
    with tenant(company, user_id=user.pk, actor=str(user)):
        change_state(
            invitation,
            source=Invitation.State.PENDING,
            target=Invitation.State.ACCEPTED,
            accepted_at=timezone.now(),
        )
        actor = Actor(
            kind="person", tenant_id=company.pk, membership_id=None, user_id=user.pk, label=str(user), is_guest=True
        )
        membership = members.join(
            user=user,
            kind=invitation.kind,
            role_keys=[
                link.role.key for link in InvitationRole.objects.filter(invitation=invitation).select_related("role")
            ],
            actor=actor,
            sponsor=invitation.invited_by,
        )
        invitation.membership = membership
        invitation.save(update_fields=["membership"])
        events.announce("invitation.accepted", invitation, actor=actor, membership_id=membership.pk)
    return membership


def _mail(invitation: Invitation, secret: str) -> None:
    """Mail the link after commit; the secret exists only in that mail."""
    inviter = invitation.invited_by
    mails.after_commit(
        "invitation",
        to=invitation.email,
        invitation=invitation,
        company=invitation.tenant,
        inviter=str(inviter.user) if inviter else "",
        link=mails.link("invitation_open", secret=secret),
        hours=settings.INVITATION_HOURS,
    )

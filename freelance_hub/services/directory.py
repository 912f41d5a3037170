"""People whom a company's directory provisions: they join, are held back and leave as if an owner had done it.

The directory speaks through a token with `people.provision`. It may not make owners or take administration from anybody, and
makes accounts only for addresses of mail domains that the company has proved.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from freelance_hub import events
from freelance_hub.access import Actor, automation
from freelance_hub.errors import Refusal
from freelance_hub.models import DirectoryPerson, Membership, MembershipRole, Role, User
from freelance_hub.permissions import Capability, require
from freelance_hub.services import members
from freelance_hub.services.company import SHARED_MAIL_DOMAINS, proved_domains

State = Membership.State
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TAKEN = "taken"  # code of a Refusal for a name that somebody has


@transaction.atomic
def provision(*, said: Mapping[str, Any], actor: Actor) -> Membership:
    """Let somebody join as an employee, or come back. `said` are attributes of SCIM by their proper names.

    Raises Refused without people.provision; Refusal (code `taken`) for a member or a userName that is there already, and
    for an address outside of the company's mail domains. Side effects: account, membership, roles and their events;
    somebody who is not active joins and is held back.
    """
    require(actor, Capability.PEOPLE_PROVISION)
    email = address_of(said)
    if Membership.objects.filter(kind=Membership.Kind.STAFF, user__email=email).exclude(state=State.ENDED).exists():
        raise _taken(said)
    domain = email.rpartition("@")[2]
    if domain not in proved_domains(actor) - SHARED_MAIL_DOMAINS:
        raise Refusal(
            f"{domain or 'This'} is no mail domain that your company has proved.",
            field="emails",
            remedy="Add it under Company, Sign-in, or invite the person.",
        )
    user = User.objects.filter(email=email).first()
    is_new = user is None
    if user is None:
        user = User.objects.create_user(email, name=_name(said) or email)
        EmailAddress.objects.create(user=user, email=email, verified=False, primary=True)
    membership = members.join(user=user, kind=Membership.Kind.STAFF, role_keys=(), actor=robot_of(actor))
    return _write(membership, said, actor=actor, has_made_account=is_new)


@transaction.atomic
def change(*, membership: Membership, said: Mapping[str, Any], actor: Actor) -> Membership:
    """Make a person what the directory says now. `active` False holds them back at once, and what they answer for is handed
    over (event `membership.deactivated`); True lets them in again.

    Roles change only when `roles` is said. Raises Refused without people.provision, Refusal for the last owner, for roles that
    administer, for a manager who is nobody, and (code `taken`) for another person's userName. Events of `members`.
    """
    require(actor, Capability.PEOPLE_PROVISION)
    return _write(membership, said, actor=actor)


@transaction.atomic
def remove(*, membership: Membership, actor: Actor) -> None:
    """The directory deleted the person: their membership ends, and what they had in hand goes to others.

    Raises Refused without people.provision, Refusal for the last owner. Event `membership.ended`.
    """
    require(actor, Capability.PEOPLE_PROVISION)
    members.end_membership(membership=membership, actor=robot_of(actor))
    DirectoryPerson.objects.filter(membership=membership).delete()


def address_of(said: Mapping[str, Any]) -> str:
    """The address somebody signs in with: the primary one, the first one, or a userName that is an address."""
    mails = sorted(said.get("emails") or (), key=lambda mail: not mail.get("primary"))
    found = [str(mail.get("value") or "") for mail in mails] + [str(said.get("userName") or "")]
    address = next((one.strip().lower() for one in found if "@" in one), "")
    if not address or len(address) > 254:
        raise Refusal("Somebody needs a mail address to sign in.", field="emails", remedy="Map one to “emails”.")
    return address


def may_be_given(role: Role) -> bool:
    """Whether a directory may give a role: nobody becomes an owner from outside."""
    return not role.is_guest and not members.ADMINISTRATION.intersection(role.capabilities)


def _write(
    membership: Membership, said: Mapping[str, Any], *, actor: Actor, has_made_account: bool = False
) -> Membership:
    was_active = (_said_before(membership) or {}).get("active")
    person = _person(membership, {"active": was_active, **said}, has_made_account=has_made_account)
    _write_details(membership, person, said)
    if "roles" in said:
        _write_roles(membership, [str(role.get("value") or "") for role in said["roles"] or ()], actor=actor)
    robot, is_active = robot_of(actor), said.get("active")
    if is_active is False and (membership.state == State.ACTIVE or was_active is not False):
        if membership.state == State.ACTIVE:
            members.suspend_member(membership=membership, actor=robot)
        events.announce("membership.deactivated", membership, actor=robot)
    elif is_active and membership.state == State.SUSPENDED:
        members.resume_member(membership=membership, actor=robot)
    events.announce("membership.provisioned", membership, actor=actor)
    return membership


def _said_before(membership: Membership) -> dict[str, Any] | None:
    return DirectoryPerson.objects.filter(membership=membership).values_list("said", flat=True).first()


def _person(membership: Membership, said: Mapping[str, Any], *, has_made_account: bool) -> DirectoryPerson:
    values = {
        "user_name": str(said["userName"])[:254],
        "external_id": str(said.get("externalId") or "")[:254],
        "said": dict(said),
        "changed_at": Now(),
    }
    try:
        with transaction.atomic():
            made = {"has_made_account": has_made_account}
            person, _ = DirectoryPerson.objects.update_or_create(
                membership=membership, defaults=values, create_defaults=values | made
            )
    except IntegrityError as error:
        raise _taken(said) from error
    return person


def _write_details(membership: Membership, person: DirectoryPerson, said: Mapping[str, Any]) -> None:
    membership.title = str(said.get("title") or "")[:120]
    membership.manager = _manager(membership, said)
    membership.save(update_fields=["title", "manager"])
    if not person.has_made_account:
        return  # the account is somebody's own: what one company says about them does not change it
    user = membership.user
    user.name = _name(said) or user.name
    zone = str(said.get("timezone") or "")
    user.time_zone = zone if zone in available_timezones() else user.time_zone
    user.save(update_fields=["name", "time_zone"])


def _manager(membership: Membership, said: Mapping[str, Any]) -> Membership | None:
    wanted = ((said.get(ENTERPRISE) or {}).get("manager") or {}).get("value")
    if not wanted:
        return None
    try:
        found = Membership.objects.filter(public_id=UUID(str(wanted)), kind=Membership.Kind.STAFF).first()
    except ValueError:
        found = None
    if found is None or found.pk == membership.pk:
        raise Refusal("The manager is nobody of this company, or the person.", field="manager")
    return found


def _write_roles(membership: Membership, wanted: list[str], *, actor: Actor) -> None:
    """Give exactly these roles, of those that a directory may give; others stay as they are."""
    held = {link.role.key for link in MembershipRole.objects.filter(membership=membership).select_related("role")}
    given = {role.key for role in Role.objects.all() if may_be_given(role)}
    refused = set(wanted) - given - held
    if refused:
        raise Refusal(
            f"A directory cannot give the role “{', '.join(sorted(refused))}”.",
            field="roles",
            remedy="Choose a role for employees that does not administer the company.",
        )
    keys = (held - given) | (set(wanted) & given)
    if keys != held:
        members.set_roles(membership=membership, role_keys=sorted(keys), actor=robot_of(actor))


def robot_of(actor: Actor) -> Actor:
    """The directory at work: not the person whose token it is, who may leave through it like everybody."""
    return automation(tenant_id=actor.tenant_id, label=f"Directory ({actor.label})")


def _name(said: Mapping[str, Any]) -> str:
    name = said.get("name") or {}
    whole = f"{name.get('givenName') or ''} {name.get('familyName') or ''}".strip()
    return str(said.get("displayName") or name.get("formatted") or whole)[:200]


def _taken(said: Mapping[str, Any]) -> Refusal:
    return Refusal(f"{said.get('userName')} is here already.", field="userName", code=TAKEN)

"""A company's own roles: cloned from a shipped one, then edited."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import MembershipRole, Role
from freelance_hub.permissions import SYSTEM_ROLES, Capability, require
from freelance_hub.services.members import ADMINISTRATION

# A role for people from outside can give what the shipped ones give, and nothing of the console.
GUESTS_MAY = frozenset(c for spec in SYSTEM_ROLES.values() if spec.is_guest for c in spec.capabilities)


@transaction.atomic
def clone_role(*, role: Role, name: str, actor: Actor) -> Role:
    """A copy under a new name that can be edited. Raises Refusal when the name is taken. Event `role.created`."""
    require(actor, Capability.ROLE_MANAGE)
    _name_is_free(name)
    key = slugify(name)[:60]
    try:
        if not key:
            raise Refusal("A name needs a letter or a digit.", field="name", remedy="Choose another name.")
        with transaction.atomic():
            copy = Role.objects.create(
                key=key,
                name=name,
                description=role.description,
                capabilities=role.capabilities,
                is_guest=role.is_guest,
            )
    except IntegrityError as error:  # the same address of two names, or a second click
        raise _taken(name) from error
    events.announce("role.created", copy, actor=actor, cloned_from=role.key)
    return copy


@transaction.atomic
def edit_role(*, role: Role, name: str, description: str, capabilities: Iterable[str], actor: Actor) -> Role:
    """Change a company's own role; acts for its people at their next request. Event `role.changed`.

    Raises Refusal for shipped roles, for roles of one's own (nobody widens their own rights), for guests' roles with
    employees' capabilities, for giving or taking administration that one lacks, and for a name that is taken.
    """
    require(actor, Capability.ROLE_MANAGE)
    if role.is_system:
        raise Refusal("Shipped roles cannot be edited.", remedy="Clone the role and edit the copy.")
    if MembershipRole.objects.filter(role=role, membership_id=actor.person_id or 0).exists():
        raise Refusal("You have this role yourself, so another owner must change it.", remedy="Ask another owner.")
    wanted = {Capability(capability) for capability in capabilities}
    if role.is_guest and not wanted <= GUESTS_MAY:
        raise Refusal(
            f"A role for guests can only give what the portal offers: leave out {', '.join(sorted(wanted - GUESTS_MAY))}.",
            field="capabilities",
        )
    lacking = ((wanted ^ set(role.capabilities)) & ADMINISTRATION) - actor.capabilities
    if lacking:
        raise Refusal(
            f"You cannot give or take what you may not do yourself: {', '.join(sorted(lacking))}.", field="capabilities"
        )
    if name != role.name:
        _name_is_free(name)
    role.name, role.description, role.capabilities = name, description, sorted(wanted)
    role.save(update_fields=["name", "description", "capabilities"])
    events.announce("role.changed", role, actor=actor, capabilities=sorted(wanted))
    return role


def _name_is_free(name: str) -> None:
    if Role.objects.filter(name__iexact=name).exists():
        raise _taken(name)


def _taken(name: str) -> Refusal:
    return Refusal(f"There is a role “{name}” already.", field="name", remedy="Choose another name.")

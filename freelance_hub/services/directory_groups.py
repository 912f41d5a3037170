"""Groups of a company's directory: a group is a role for employees. Its members have the role, no more and no less.

A group that the directory makes becomes a role that gives nothing until an owner gives it rights. Roles that administer are no
groups: nobody becomes an owner from outside, and a role that begins to administer is out of the directory's reach.
"""

from collections.abc import Collection
from uuid import uuid4

from django.db import transaction
from django.utils.text import slugify

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership, MembershipRole, Role
from freelance_hub.permissions import Capability, require
from freelance_hub.services import members
from freelance_hub.services.directory import TAKEN, may_be_given, robot_of

LONGEST_NAME = 100


@transaction.atomic
def make_group(*, name: str, external_id: str, people: Collection[Membership], actor: Actor) -> Role:
    """A role that gives nothing yet, with these people in it.

    Raises Refused without people.provision, Refusal (code `taken`) for the name of a role that is there already. Events
    `role.created`, and `membership.roles_changed` for each person.
    """
    require(actor, Capability.PEOPLE_PROVISION)
    _refuse_name(name, but=None)
    role = Role.objects.create(
        key=_free_key(name),
        name=name,
        description="Made by the directory. It gives nothing until you give it rights.",
        external_id=external_id,
        is_from_directory=True,
    )
    events.announce("role.created", role, actor=robot_of(actor))
    _set_members(role, people, actor)
    return role


@transaction.atomic
def change_group(
    *, role: Role, name: str, external_id: str, people: Collection[Membership] | None, actor: Actor
) -> Role:
    """Make a group what the directory says now; `people` None: they stay.

    Raises Refused without people.provision; Refusal for a role that is no group, for another name of a role that the directory
    has not made, and (code `taken`) for a name that is taken. Events `role.changed` and `membership.roles_changed`.
    """
    require(actor, Capability.PEOPLE_PROVISION)
    _refuse_administration(role)
    if name != role.name:
        if not role.is_from_directory:
            raise Refusal(
                f"“{role.name}” was not made by the directory, so it keeps its name here.", field="displayName"
            )
        _refuse_name(name, but=role)
    if (name, external_id) != (role.name, role.external_id):
        role.name, role.external_id = name, external_id
        role.save(update_fields=["name", "external_id"])
        events.announce("role.changed", role, actor=robot_of(actor), capabilities=sorted(role.capabilities))
    if people is not None:
        _set_members(role, people, actor)
    return role


@transaction.atomic
def remove_group(*, role: Role, actor: Actor) -> None:
    """The directory deleted a group of its own: everybody loses the role, and it is gone.

    Raises Refused without people.provision, Refusal for a role that the directory has not made. Events
    `membership.roles_changed` for each person, `role.removed`.
    """
    require(actor, Capability.PEOPLE_PROVISION)
    _refuse_administration(role)
    if not role.is_from_directory:
        raise Refusal(f"“{role.name}” was not made by the directory and stays.", remedy="Take its members out instead.")
    _set_members(role, (), actor)
    MembershipRole.objects.filter(role=role).delete()  # of people who left
    events.announce("role.removed", role, actor=robot_of(actor), name=role.name)
    role.delete()


def _set_members(role: Role, people: Collection[Membership], actor: Actor) -> None:
    """Only people who have not left count, on both sides."""
    here = Membership.objects.exclude(state=Membership.State.ENDED)
    before = {one.pk: one for one in here.filter(role_links__role=role)}
    wanted = {one.pk: one for one in people}
    robot = robot_of(actor)
    for pk in sorted(wanted.keys() ^ before.keys()):
        person = wanted.get(pk) or before[pk]
        held = set(MembershipRole.objects.filter(membership=person).values_list("role__key", flat=True))
        members.set_roles(membership=person, role_keys=sorted(held ^ {role.key}), actor=robot)


def _refuse_administration(role: Role) -> None:
    if not may_be_given(role):
        raise Refusal(f"“{role.name}” administers the company: no directory gives or takes it.", field="members")


def _refuse_name(name: str, *, but: Role | None) -> None:
    if not name or len(name) > LONGEST_NAME:
        raise Refusal(f"A group has a name of at most {LONGEST_NAME} characters.", field="displayName")
    others = Role.objects.exclude(pk=but.pk) if but else Role.objects.all()
    if others.filter(name__iexact=name).exists():
        raise Refusal(f"There is a role “{name}” already.", field="displayName", code=TAKEN)


def _free_key(name: str) -> str:
    key = slugify(name)[:50]
    return key if key and not Role.objects.filter(key=key).exists() else f"{key}-{uuid4().hex[:8]}".strip("-")

"""A company's own roles: cloned from a shipped one, then edited."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.text import slugify

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Role
from freelance_hub.permissions import Capability, require


@transaction.atomic
def clone_role(*, role: Role, name: str, actor: Actor) -> Role:
    """A copy under a new name that can be edited. Raises Refusal when the name is taken. Event `role.created`."""
    require(actor, Capability.ROLE_MANAGE)
    key = slugify(name)[:60]
    if not key or Role.objects.filter(key=key).exists():
        raise Refusal(f"There is a role “{name}” already.", field="name", remedy="Choose another name.")
    copy = Role.objects.create(
        key=key,
        name=name,
        description=role.description,
        capabilities=role.capabilities,
        is_guest=role.is_guest,
    )
    events.announce("role.created", copy, actor=actor, cloned_from=role.key)
    return copy


@transaction.atomic
def edit_role(*, role: Role, name: str, description: str, capabilities: Iterable[str], actor: Actor) -> Role:
    """Change a company's own role; acts for its people at their next request. Event `role.changed`.

    Raises Refusal for shipped roles, for guests' roles with employees' capabilities and for giving what one lacks.
    """
    require(actor, Capability.ROLE_MANAGE)
    if role.is_system:
        raise Refusal("Shipped roles cannot be edited.", remedy="Clone the role and edit the copy.")
    wanted = {Capability(capability) for capability in capabilities}
    guests_may = {
        Capability.PORTAL_USE,
        Capability.WORKSPACE_SEE,
        Capability.WORKSPACE_TAKE_PART,
        Capability.WORK_SUBMIT,
        Capability.TASK_SEE,
    }
    if role.is_guest and not wanted <= guests_may:
        raise Refusal(
            "A role for guests can only give what the portal offers.",
            field="capabilities",
            remedy=f"Leave out {', '.join(sorted(wanted - guests_may))}.",
        )
    role.name, role.description, role.capabilities = name, description, sorted(wanted)
    role.save(update_fields=["name", "description", "capabilities"])
    events.announce("role.changed", role, actor=actor, capabilities=sorted(wanted))
    return role

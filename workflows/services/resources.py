"""The resource catalogue: what somebody can be given access to."""

from typing import Any

from django.db import IntegrityError, transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, Refused, require
from programs.models import Program
from workflows.models import AccessGrant, Connection, Resource

FIELDS = (
    "name",
    "kind",
    "connection",
    "external_id",
    "program",
    "keeper",
    "open_help",
    "close_help",
    "is_given_to_all",
)


@transaction.atomic
def create_resource(
    *,
    name: str,
    kind: str,
    actor: Actor,
    connection: Connection | None = None,
    external_id: str = "",
    program: Program | None = None,
    keeper: Membership | None = None,
    open_help: str = "",
    close_help: str = "",
    is_given_to_all: bool = False,
) -> Resource:
    """Offer one thing. `connection` None: opened and closed by hand; `program` None: in every program; `keeper` None: those
    who manage workflows do what is done by hand. New assignments get it when `is_given_to_all`; running ones do not.

    Raises Refused without access.manage in the program (in all programs, when it is for all), Refusal without a name, without
    the id that the connection knows it by, for an id that is offered already, and for a keeper who is no active employee.
    Event `resource.created`.
    """
    resource = Resource(
        name=name.strip(),
        kind=kind,
        connection=connection,
        external_id=external_id.strip(),
        program=program,
        keeper=keeper,
        open_help=open_help.strip(),
        close_help=close_help.strip(),
        is_given_to_all=is_given_to_all,
    )
    _require(resource, actor)
    _check(resource)
    _save(resource)
    events.announce("resource.created", resource, actor=actor)
    return resource


@transaction.atomic
def change_resource(*, resource: Resource, actor: Actor, **changes: Any) -> Resource:
    """Change what `create_resource` set. Raises as it; Refusal also when the connection or the id outside changes while grants
    are open: what is open there could not be closed any more. Event `resource.changed` with the names of the fields."""
    _require(resource, actor)
    before = {name: getattr(resource, name) for name in FIELDS}
    for name in set(changes) & set(FIELDS):
        value = changes[name]
        setattr(resource, name, value.strip() if isinstance(value, str) else value)
    _require(resource, actor)
    _check(resource)
    moved = resource.connection != before["connection"] or resource.external_id != before["external_id"]
    if moved and resource.grants.filter(state__in=AccessGrant.OPEN).exists():
        raise Refusal(
            "Somebody has access to it: what is open there could not be closed any more.",
            field="external_id",
            remedy="Retire it and add a new one.",
            code="in_use",
        )
    changed = sorted(name for name in FIELDS if getattr(resource, name) != before[name])
    if changed:
        _save(resource, changed)
        events.announce("resource.changed", resource, actor=actor, fields=changed)
    return resource


@transaction.atomic
def retire_resource(*, resource: Resource, actor: Actor) -> Resource:
    """Offer it to nobody any more; who has it keeps it until it ends. Twice is fine. Event `resource.retired`."""
    return _set_active(resource, actor, is_active=False)


@transaction.atomic
def offer_resource(*, resource: Resource, actor: Actor) -> Resource:
    """Offer a retired resource again. Twice is fine. Event `resource.offered`."""
    return _set_active(resource, actor, is_active=True)


def _set_active(resource: Resource, actor: Actor, *, is_active: bool) -> Resource:
    _require(resource, actor)
    if Resource.objects.filter(pk=resource.pk, is_active=not is_active).update(is_active=is_active):
        events.announce("resource.offered" if is_active else "resource.retired", resource, actor=actor)
    resource.is_active = is_active
    return resource


def _require(resource: Resource, actor: Actor) -> None:
    require(actor, Capability.ACCESS_MANAGE)
    if actor.programs is not None and resource.program_id not in actor.programs:
        raise Refused(Capability.ACCESS_MANAGE)


def _check(resource: Resource) -> None:
    if not resource.name:
        raise Refusal("Give it a name.", field="name", code="required")
    if resource.connection is not None and not resource.external_id:
        raise Refusal(
            f"{resource.connection} must know what is meant.",
            field="external_id",
            remedy="Type the id that it has there.",
            code="required",
        )
    keeper = resource.keeper
    if keeper is not None and (keeper.kind != Membership.Kind.STAFF or keeper.state != Membership.State.ACTIVE):
        raise Refusal(f"{keeper} cannot keep it.", field="keeper", remedy="Choose an employee who can sign in.")


def _save(resource: Resource, fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            resource.save(update_fields=fields)
    except IntegrityError as error:
        if "workflows_resource_external" not in str(error):
            raise
        raise Refusal(
            "This id is in the catalogue already.",
            field="external_id",
            remedy="Use the entry that is there.",
            code="taken",
        ) from error

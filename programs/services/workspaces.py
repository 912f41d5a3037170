"""Workspaces and who is in them. For guests membership alone opens nothing, see `access.visible_workspaces`."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from freelance_hub import events
from freelance_hub.access import Actor, actor_for
from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, require
from freelance_hub.services.notifications import notify
from freelance_hub.states import Transition, change_state, machine
from programs.access import visible_workspaces
from programs.models import Program, Workspace, WorkspaceMember

State = Workspace.State

machine(
    "workspace",
    "programs.Workspace",
    Transition((State.OPEN,), State.ARCHIVED, "workspaces.archive_workspace", Capability.WORKSPACE_MANAGE),
    Transition((State.ARCHIVED,), State.OPEN, "workspaces.reopen_workspace", Capability.WORKSPACE_MANAGE),
)


@transaction.atomic
def create_workspace(
    *, program: Program, name: str, purpose: str = "", actor: Actor, members: Iterable[Membership] = ()
) -> Workspace:
    """A room of a program, with the acting employee (or the one an automation acts for) and `members` in it.

    Raises Refused without workspace.manage, Refusal without a name or for members that `add_member` refuses. Side
    effects: rows, event `workspace.created`, and those of `add_member`.
    """
    require(actor, Capability.WORKSPACE_MANAGE)
    name = name.strip()
    if not name:
        raise Refusal("The workspace needs a name.", field="name")
    workspace = Workspace.objects.create(program=program, name=name[:160], purpose=purpose.strip()[:400])
    events.announce("workspace.created", workspace, actor=actor, program=program.pk)
    people = list(members)
    if actor.person_id and actor.person_id not in {member.pk for member in people}:
        people.insert(0, Membership.objects.select_related("user").get(pk=actor.person_id))
    for member in people:
        add_member(workspace=workspace, membership=member, actor=actor)
    return workspace


@transaction.atomic
def add_member(*, workspace: Workspace, membership: Membership, actor: Actor) -> WorkspaceMember:
    """Let a member of the company into a room; doing it twice changes nothing.

    They are notified when they can open it now: a guest cannot before the conditions of higher apps hold. Event
    `workspace.member_added`. Raises Refused without workspace.manage, Refusal for an archived room, somebody who is no
    active member, or whose roles open no workspaces.
    """
    require(actor, Capability.WORKSPACE_MANAGE)
    existing = WorkspaceMember.objects.filter(workspace=workspace, membership=membership).first()
    if existing:
        return existing
    _must_be_open(workspace)
    if membership.state != Membership.State.ACTIVE:
        raise Refusal(f"{membership} is not an active member of the company.", field="membership")
    if not actor_for(membership).can(Capability.WORKSPACE_SEE):
        raise Refusal(
            f"{membership} has no role that opens workspaces.",
            field="membership",
            remedy="Ask an owner to give them one, such as Hiring manager.",
        )
    link, is_new = WorkspaceMember.objects.get_or_create(
        workspace=workspace, membership=membership, defaults={"added_by_id": actor.person_id}
    )
    if is_new:
        events.announce("workspace.member_added", workspace, actor=actor, membership=membership.pk)
        if membership.pk != actor.person_id and who_can_open(workspace, [membership]):
            notify(
                membership=membership,
                kind="workspace",
                title=f"You are now in the workspace “{workspace.name}”",
                link=link_for(workspace, membership),
            )
    return link


@transaction.atomic
def remove_member(*, workspace: Workspace, membership: Membership, actor: Actor) -> bool:
    """Take somebody out of a room, at once; False when they were not in it. Event `workspace.member_removed`.

    Raises Refused without workspace.manage, Refusal for the last employee: a guest needs somebody to talk to.
    """
    require(actor, Capability.WORKSPACE_MANAGE)
    Workspace.objects.select_for_update(of=("self",)).get(
        pk=workspace.pk
    )  # two removals must not both be the last but one
    link = WorkspaceMember.objects.filter(workspace=workspace, membership=membership).first()
    if link is None:
        return False
    employees = WorkspaceMember.objects.filter(workspace=workspace, membership__kind=Membership.Kind.STAFF)
    if membership.kind == Membership.Kind.STAFF and not employees.exclude(pk=link.pk).exists():
        raise Refusal(
            f"{membership} is the only employee in this workspace.", field="membership", remedy="Add another one first."
        )
    link.delete()
    events.announce("workspace.member_removed", workspace, actor=actor, membership=membership.pk)
    return True


@transaction.atomic
def archive_workspace(*, workspace: Workspace, actor: Actor) -> Workspace:
    """Close a room: guests no longer see it, employees read it, nobody writes. Event `workspace.archived`.

    Raises Refused without workspace.manage, Refusal when it is archived already.
    """
    require(actor, Capability.WORKSPACE_MANAGE)
    change_state(workspace, source=State.OPEN, target=State.ARCHIVED, archived_at=timezone.now())
    events.announce("workspace.archived", workspace, actor=actor)
    return workspace


@transaction.atomic
def reopen_workspace(*, workspace: Workspace, actor: Actor) -> Workspace:
    """Open an archived room again, with the same people. Event `workspace.reopened`."""
    require(actor, Capability.WORKSPACE_MANAGE)
    change_state(workspace, source=State.ARCHIVED, target=State.OPEN, archived_at=None)
    events.announce("workspace.reopened", workspace, actor=actor)
    return workspace


def who_can_open(workspace: Workspace, people: Iterable[Membership]) -> list[Membership]:
    """Those of `people` who see the room now. What is told about a room goes to them only."""
    people = list(people)
    prefetch_related_objects(people, "role_links__role", "user")
    return [person for person in people if visible_workspaces(actor_for(person)).filter(pk=workspace.pk).exists()]


def link_for(workspace: Workspace, membership: Membership) -> str:
    """The address of the room as that person knows it: console or portal."""
    name = "portal_workspace_detail" if membership.kind == Membership.Kind.GUEST else "workspace_detail"
    return tenant_url(name, tenant=workspace.tenant.slug, public_id=workspace.public_id)


def _must_be_open(workspace: Workspace) -> None:
    if workspace.state != State.OPEN:
        raise Refusal("This workspace is archived.", remedy="Reopen it first.")

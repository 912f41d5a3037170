"""The life of an assignment: onboarding, active, ending, ended, off-boarding, closed.

Whether the guest gets in is computed from the state at each request (`talent.access`), so nothing must be cleared.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.utils import timezone

from freelance_hub import events, gates
from freelance_hub.access import Actor, actor_for, automation
from freelance_hub.errors import Refusal
from freelance_hub.models import Invitation, Membership
from freelance_hub.permissions import Capability, require
from freelance_hub.services import invitations, members
from freelance_hub.states import change_state
from programs.models import Workspace, WorkspaceMember
from programs.services.workspaces import add_member, remove_member
from talent.access import guest_has_open_assignment
from talent.models import Assignment, Requisition
from talent.services.amendments import withdraw_open

State = Assignment.State
NOT_OVER = (State.PLANNED, State.ONBOARDING, State.ACTIVE, State.SUSPENDED)

log = structlog.get_logger(__name__)


@transaction.atomic
def start_onboarding(*, assignment: Assignment, actor: Actor) -> Assignment:
    """planned → onboarding. Raises Refused without assignment.engage, Refusal when a gate `assignment.start` stops it.

    Event `assignment.onboarding_started`, which starts the checklist.
    """
    require(actor, Capability.ASSIGNMENT_ENGAGE)
    gates.pass_or_refuse("assignment.start", assignment, actor=actor)
    return _move(assignment, State.PLANNED, State.ONBOARDING, "onboarding_started", actor)


@transaction.atomic
def attach_workspace(*, assignment: Assignment, workspace: Workspace, actor: Actor) -> Assignment:
    """Say in which room the work happens. The same room twice is fine. Event `assignment.workspace_attached`."""
    require(actor, Capability.ASSIGNMENT_ENGAGE)
    if assignment.workspace_id == workspace.pk:
        return assignment
    if workspace.program_id != assignment.program_id:
        raise Refusal(f"{workspace.name} belongs to another program.", field="workspace", code="other_program")
    assignment.workspace = workspace
    assignment.save(update_fields=["workspace"])
    events.announce("assignment.workspace_attached", assignment, actor=actor, workspace_id=workspace.pk)
    return assignment


@transaction.atomic
def attach_invitation(*, assignment: Assignment, invitation: Invitation, actor: Actor) -> Assignment:
    """Say by which invitation the person joins. The same twice is fine. Event `assignment.invited`."""
    require(actor, Capability.ASSIGNMENT_ENGAGE)
    if assignment.invitation_id == invitation.pk:
        return assignment
    assignment.invitation = invitation
    assignment.save(update_fields=["invitation"])
    events.announce("assignment.invited", assignment, actor=actor, invitation_id=invitation.pk)
    return assignment


@transaction.atomic
def change_manager(*, assignment: Assignment, manager: Membership, actor: Actor) -> Assignment:
    """Somebody else answers for the assignment from now on. The same person twice is fine.

    Raises Refused without assignment.engage (and workspace.manage where there is a room), Refusal for a guest or for who is
    not active. Side effects: the new manager comes into the room, if their roles open rooms; event
    `assignment.manager_changed` with who had it before.
    """
    require(actor, Capability.ASSIGNMENT_ENGAGE)
    if assignment.manager_id == manager.pk:
        return assignment
    if manager.kind != Membership.Kind.STAFF or manager.state != Membership.State.ACTIVE:
        raise Refusal(
            f"{manager} cannot manage an assignment.",
            field="manager",
            remedy="Choose an employee who can sign in.",
            code="not_an_employee",
        )
    before = assignment.manager_id
    assignment.manager = manager
    assignment.save(update_fields=["manager"])
    workspace = assignment.workspace
    is_open = workspace is not None and workspace.state == Workspace.State.OPEN
    if workspace is not None and is_open and actor_for(manager).can(Capability.WORKSPACE_SEE):
        add_member(workspace=workspace, membership=manager, actor=actor)
    events.announce("assignment.manager_changed", assignment, actor=actor, before_id=before, manager_id=manager.pk)
    return assignment


@transaction.atomic
def activate_assignment(*, assignment: Assignment, actor: Actor) -> Assignment:
    """onboarding → active, by the onboarding checklist. The room opens to the guest with this.

    Raises Refusal for people, and when a gate `assignment.activate` stops it. Side effects: the requisition is filled;
    events `assignment.activated` and `requisition.filled`.
    """
    _automation_only(actor)
    gates.pass_or_refuse("assignment.activate", assignment, actor=actor)
    now = timezone.now()
    _move(assignment, State.ONBOARDING, State.ACTIVE, "activated", actor, activated_at=now)
    looking = (Requisition.State.OPEN, Requisition.State.ON_HOLD)
    requisition = assignment.requisition
    if requisition is not None and requisition.state in looking:
        change_state(requisition, source=looking, target=Requisition.State.FILLED, filled_at=now)
        events.announce("requisition.filled", requisition, actor=actor, assignment_id=assignment.pk)
    return assignment


@transaction.atomic
def suspend_assignment(*, assignment: Assignment, reason: str, actor: Actor) -> Assignment:
    """active → suspended: the room closes to the guest until it is resumed; the portal stays. Event
    `assignment.suspended`."""
    require(actor, Capability.ASSIGNMENT_END)
    if not reason.strip():
        raise Refusal("Say why.", field="reason", remedy="One sentence is enough.", code="required")
    return _move(assignment, State.ACTIVE, State.SUSPENDED, "suspended", actor, payload={"reason": reason.strip()})


@transaction.atomic
def resume_assignment(*, assignment: Assignment, actor: Actor) -> Assignment:
    """suspended → active. Event `assignment.resumed`."""
    require(actor, Capability.ASSIGNMENT_END)
    return _move(assignment, State.SUSPENDED, State.ACTIVE, "resumed", actor)


@transaction.atomic
def request_end(*, assignment: Assignment, reason: str, actor: Actor, rehire: bool | None = None) -> Assignment:
    """End it now: ending → ended. The guest's room is closed when this commits.

    `reason` why it ended, `rehire` whether the person may return (None: not yet said). Changes of terms
    that are still open are taken back. Raises Refused without
    assignment.end, Refusal without a reason or when it is over already. Events `assignment.ending` and
    `assignment.ended`, which starts the off-boarding checklist.
    """
    require(actor, Capability.ASSIGNMENT_END)
    if not reason.strip():
        raise Refusal("Say why it ends.", field="reason", remedy="One sentence is enough.", code="required")
    was = assignment.state
    _move(assignment, NOT_OVER, State.ENDING, "ending", actor, end_reason=reason.strip()[:400], rehire=rehire)
    withdraw_open(assignment, actor=actor)
    return _move(
        assignment,
        State.ENDING,
        State.ENDED,
        "ended",
        actor,
        payload={"reason": assignment.end_reason, "rehire": rehire, "was": was},
        ended_at=timezone.now(),
    )


@transaction.atomic
def start_offboarding(*, assignment: Assignment, actor: Actor) -> Assignment:
    """ended → off-boarding, by the checklist. Event `assignment.offboarding_started`."""
    _automation_only(actor)
    return _move(assignment, State.ENDED, State.OFFBOARDING, "offboarding_started", actor)


@transaction.atomic
def end_guest_access(*, assignment: Assignment, actor: Actor) -> bool:
    """Close the company to the person unless another assignment still needs them in; says whether it closed anything.

    Twice is fine. Side effects: an open invitation of this assignment is taken back; the guest's membership ends, which
    stops every session and token of theirs in this company at their next request; the person leaves the room's list of
    people; event `assignment.access_ended`.
    """
    _automation_only(actor)
    invitation, membership = assignment.invitation, assignment.freelancer.membership
    closed = False
    if invitation is not None and invitation.state == Invitation.State.PENDING:
        invitations.revoke(invitation=invitation, actor=actor)
        closed = True
    if membership is None:
        return closed
    if assignment.workspace is not None and not _works_here_otherwise(assignment):
        closed = remove_member(workspace=assignment.workspace, membership=membership, actor=actor) or closed
    if membership.state != Membership.State.ENDED and not guest_has_open_assignment(
        assignment.freelancer, besides=assignment
    ):
        members.end_membership(membership=membership, actor=actor)
        closed = True
    if closed:
        events.announce("assignment.access_ended", assignment, actor=actor, membership_id=membership.pk)
    return closed


@transaction.atomic
def close_assignment(*, assignment: Assignment, actor: Actor) -> Assignment:
    """off-boarding → closed, by the checklist. Event `assignment.closed`."""
    _automation_only(actor)
    return _move(assignment, State.OFFBOARDING, State.CLOSED, "closed", actor, closed_at=timezone.now())


@dataclass(frozen=True)
class Ending:
    """What ending an assignment closes, in numbers, for the page that asks."""

    workspaces: int
    accesses: int
    people: int
    open_items: int

    @property
    def closes_portal(self) -> bool:
        return self.people > 0


def what_ends(assignment: Assignment) -> Ending:
    """What `request_end` and the off-boarding after it will close. Reads only."""
    freelancer = assignment.freelancer
    membership = freelancer.membership
    rooms = WorkspaceMember.objects.filter(workspace=assignment.workspace, membership=membership)
    in_room = assignment.workspace is not None and membership is not None and rooms.exists()
    is_member = membership is not None and membership.state == Membership.State.ACTIVE
    leaves = is_member and not guest_has_open_assignment(freelancer, besides=assignment)
    drafts = (
        assignment.time_lines.filter(state="draft").count()
        + assignment.deliverables.exclude(state__in=("accepted", "invoiced", "paid")).count()
    )
    return Ending(workspaces=int(in_room), accesses=int(in_room) + int(leaves), people=int(leaves), open_items=drafts)


def end_due(*, today: date | None = None) -> int:
    """End what is past its last day in the current tenant's time zone; returns how many. One transaction each.

    As automation for the manager. One that cannot be ended is logged and tried again by the next run.
    """
    due = Assignment.objects.filter(state__in=(State.ONBOARDING, State.ACTIVE, State.SUSPENDED))
    first = due.select_related("tenant").order_by("ends_on", "pk").first()
    if first is None:
        return 0
    today = today or timezone.localdate(timezone=ZoneInfo(first.tenant.time_zone))
    ended = 0
    for assignment in due.filter(ends_on__lt=today).select_related("manager__user").order_by("ends_on", "pk")[:500]:
        actor = automation(tenant_id=first.tenant.pk, on_behalf_of=assignment.manager, label="End date")
        try:
            request_end(assignment=assignment, reason="The last day has passed.", actor=actor)
            ended += 1
        except Refusal as refusal:
            log.warning("end_due_refused", assignment=assignment.pk, reason=str(refusal))
    return ended


def _move(
    assignment: Assignment,
    source: str | tuple[str, ...],
    target: str,
    word: str,
    actor: Actor,
    *,
    payload: dict[str, Any] | None = None,
    **changes: Any,
) -> Assignment:
    change_state(assignment, source=source, target=target, **changes)
    events.announce(
        f"assignment.{word}",
        assignment,
        actor=actor,
        freelancer_id=assignment.freelancer_id,
        program_id=assignment.program_id,
        **(payload or {}),
    )
    return assignment


def _works_here_otherwise(assignment: Assignment) -> bool:
    """Whether another assignment of the same person uses the same room."""
    others = Assignment.objects.filter(freelancer=assignment.freelancer_id, workspace=assignment.workspace)
    return others.filter(state__in=Assignment.OPENS_PORTAL).exclude(pk=assignment.pk).exists()


def _automation_only(actor: Actor) -> None:
    if actor.kind != "automation":
        raise Refusal("The checklist does this by itself once its steps are done.", code="automation_only")

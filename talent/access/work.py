"""Who sees and decides on time and deliverables."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from freelance_hub.access import Actor, fetch, has_conditions, program_limit, with_conditions
from freelance_hub.permissions import Capability, require
from talent.models import Assignment, Deliverable, TimeLine
from talent.models.work import WorkState


def assignment_scope(actor: Actor, prefix: str = "assignment__") -> Q:
    """The assignments whose work and money the actor sees, as a condition on the relation `prefix`.

    Guests: their own. Employees: those of their programs, and of these only the ones they manage, unless they may see
    all. What of it they see (time, invoices) is for the noun's own capability to say.
    """
    if actor.is_guest:
        return Q(**{f"{prefix}freelancer__membership": actor.membership_id})
    scope = program_limit(actor, f"{prefix}program")
    if actor.can(Capability.ASSIGNMENT_SEE_ALL):
        return scope
    return scope & Q(**{f"{prefix}manager": actor.membership_id})


def _work(queryset: QuerySet[Any], actor: Actor, noun: str) -> QuerySet[Any]:
    """Work the actor sees. A guest's goes with the portal: it closes when the assignment is over."""
    if not actor.can(Capability.WORK_SUBMIT if actor.is_guest else Capability.WORK_SEE):
        return queryset.none()
    queryset = queryset.filter(assignment_scope(actor))
    if actor.is_guest:
        queryset = queryset.filter(assignment__state__in=Assignment.OPENS_PORTAL)
    return with_conditions(noun, queryset, actor)


def visible_time_lines(actor: Actor) -> QuerySet[TimeLine]:
    """Time lines the actor may see. Employees see what was handed in, never a draft."""
    lines: QuerySet[TimeLine] = _work(TimeLine.objects.all(), actor, "time_line")
    return lines if actor.is_guest else lines.exclude(state=WorkState.DRAFT)


def visible_deliverables(actor: Actor) -> QuerySet[Deliverable]:
    """Deliverables the actor may see."""
    return _work(Deliverable.objects.all(), actor, "deliverable")


def access_time_line(actor: Actor, public_id: UUID | str, *, to: str = Capability.WORK_SEE) -> TimeLine:
    """One time line with its assignment and freelancer. Http404 when not visible, Refused without `to`."""
    _see(actor, Capability.WORK_SEE)
    lines = visible_time_lines(actor).select_related("assignment__freelancer__membership")
    return fetch(lines, actor=actor, to=_guest_to(actor, to), public_id=public_id)


def access_deliverable(actor: Actor, public_id: UUID | str, *, to: str = Capability.WORK_SEE) -> Deliverable:
    """One deliverable with its assignment and freelancer. Http404 when not visible, Refused without `to`."""
    _see(actor, Capability.WORK_SEE)
    found = visible_deliverables(actor).select_related("assignment__freelancer__membership", "decided_by__user")
    return fetch(found, actor=actor, to=_guest_to(actor, to), public_id=public_id)


def access_deliverable_files(actor: Actor, deliverable_id: int) -> Deliverable:
    """The deliverable whose files are read: who sees it reads them. For the file registry."""
    _see(actor, Capability.WORK_SEE)
    return fetch(visible_deliverables(actor), actor=actor, to=_guest_to(actor, Capability.WORK_SEE), pk=deliverable_id)


def timesheet_assignments(actor: Actor) -> QuerySet[Assignment]:
    """The assignments whose timesheets the actor may open."""
    assignments = Assignment.objects.filter(assignment_scope(actor, ""))
    if actor.is_guest:
        assignments = assignments.filter(state__in=Assignment.OPENS_PORTAL)
    may = actor.can(Capability.WORK_SUBMIT if actor.is_guest else Capability.WORK_SEE)
    return with_conditions("assignment_work", assignments, actor) if may else assignments.none()


def opens_timesheet(actor: Actor, assignment: Assignment) -> bool:
    """Whether the timesheet of an assignment that the actor sees already opens too."""
    if not actor.can(Capability.WORK_SUBMIT if actor.is_guest else Capability.WORK_SEE):
        return False
    if actor.is_guest and assignment.state not in Assignment.OPENS_PORTAL:
        return False
    is_narrowed = has_conditions("assignment_work")
    return not is_narrowed or timesheet_assignments(actor).filter(pk=assignment.pk).exists()


def access_timesheet(actor: Actor, number: int, *, to: str = Capability.WORK_SEE) -> Assignment:
    """The assignment whose time and deliverables are to be read, written or decided on."""
    _see(actor, Capability.WORK_SEE)
    found = timesheet_assignments(actor).select_related("freelancer__membership", "program", "tenant", "manager__user")
    return fetch(found, actor=actor, to=_guest_to(actor, to), number=number)


def _see(actor: Actor, capability: str) -> None:
    """Employees who may not see the noun at all get the page that says so; guests get what their own rows say."""
    if not actor.is_guest:
        require(actor, capability)


def _guest_to(actor: Actor, to: str) -> str:
    """Guests see by owning: what an employee needs a right to see for, they need only the portal for."""
    return Capability.WORK_SUBMIT if actor.is_guest and to == Capability.WORK_SEE else to

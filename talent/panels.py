"""What work and money add to the pages of assignments and workspaces."""

from typing import Any

from django.utils import timezone

from freelance_hub import panels
from freelance_hub.access import Actor
from freelance_hub.permissions import Capability
from programs.models import Workspace
from talent.access import amendments_of, opens_timesheet, rate_visible, timesheet_assignments, visible_deliverables
from talent.models import Amendment, Assignment
from talent.models.work import WorkState
from talent.selectors.terms import versions_of
from talent.selectors.work import shows_amounts, standing_of
from talent.services.amendments import RUNNING
from talent.services.days import week_of

SHOWN = 10
DONE = (WorkState.SUBMITTED, WorkState.ACCEPTED, WorkState.INVOICED, WorkState.PAID)


def assignment_work(assignment: Assignment, actor: Actor) -> dict[str, Any] | None:
    """Where the work of one assignment stands, and its deliverables."""
    if not opens_timesheet(actor, assignment):
        return None
    return _work([assignment], actor) | {"assignment": assignment, "standing": standing_of(assignment)}


def workspace_work(workspace: Workspace, actor: Actor) -> dict[str, Any] | None:
    """The deliverables of the assignments in a room that the actor may see."""
    assignments = list(timesheet_assignments(actor).filter(workspace=workspace).select_related("freelancer")[:SHOWN])
    return _work(assignments, actor) | {"assignment": assignments[0]} if assignments else None


def _work(assignments: list[Assignment], actor: Actor) -> dict[str, Any]:
    found = visible_deliverables(actor).filter(assignment__in=assignments)
    found = found.select_related("assignment__freelancer").order_by("due_on", "pk")[: SHOWN + 1]
    last_day = min(timezone.localdate(), assignments[0].ends_on)
    return {
        "deliverables": list(found),
        "shown": SHOWN,
        "done": DONE,
        "week": week_of(last_day).isoformat(),
        "is_open": any(one.state in Assignment.OPENS_WORKSPACE for one in assignments),
        "shows_amounts": shows_amounts(actor),
        "may_agree": actor.can(Capability.WORK_ACCEPT),
        "may_invoice": actor.can(Capability.INVOICE_CREATE),
    }


def assignment_terms(assignment: Assignment, actor: Actor) -> dict[str, Any] | None:
    """The versions of the terms, what would change them, and, for who may, the way to change them."""
    known = list(amendments_of(assignment, actor).select_related("requested_by__user").order_by("-pk"))
    agreed = [one for one in known if one.state == Amendment.State.AGREED]
    others = [one for one in known if one.state != Amendment.State.AGREED][:SHOWN]
    is_open = any(one.state in Amendment.OPEN for one in others)
    may_change = actor.can(Capability.ASSIGNMENT_ENGAGE) and assignment.state in RUNNING and not is_open
    versions = versions_of(assignment, agreed, sees_money=rate_visible(actor, assignment))
    if len(versions) == 1 and not others and not may_change:
        return None
    return {
        "assignment": assignment,
        "versions": versions[::-1],
        "others": others,
        "may_change": may_change,
        "route": "portal_amendment_detail" if actor.is_guest else "amendment_detail",
    }


panels.register("assignment", "talent/_terms.html", assignment_terms, order=30)
panels.register("portal_assignment", "talent/_terms.html", assignment_terms, order=30)
panels.register("assignment", "talent/_assignment_work.html", assignment_work, order=20)
panels.register("portal_assignment", "talent/_portal_work.html", assignment_work, order=20)
panels.register("workspace", "talent/_workspace_work.html", workspace_work, order=20)
panels.register("portal_workspace", "talent/_portal_work.html", workspace_work, order=20)

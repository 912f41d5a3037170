"""What workflows adds to the pages of its subjects: the checklist, who acts next, and what waits for the reader."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

from freelance_hub import panels
from freelance_hub.access import Actor
from freelance_hub.links import tenant_url
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability
from talent.access import visible_assignments
from talent.models import Assignment
from workflows.access import changing, sees_all_runs, visible_grants, visible_runs
from workflows.grant_looks import rows_of, with_validity
from workflows.models import Run, Step
from workflows.people import waiting_for
from workflows.receipt_words import headline
from workflows.review_access import visible_receipts
from workflows.selectors import Checklist, checklist_of, runs_about, with_steps
from workflows.services.handovers import waiting_of
from workflows.services.starts import buttons_for
from workflows.subjects import kind_of

PANEL, PORTAL_PANEL = "workflows/_panel.html", "workflows/_portal_panel.html"
START_PANEL = "workflows/_start_panel.html"
MOST = 10


def checklist_panel(subject: Any, actor: Actor) -> dict[str, Any] | None:
    """The newest checklist about a subject, for an employee who already sees the subject."""
    run = with_steps(runs_about(subject)).first()
    if run is None or actor.is_guest:
        return None
    waits = any(step.is_for_people and step.state == Step.State.WAITING for step in run.steps.all())
    answers = waiting_for(actor).filter(run=run).order_by("pk") if waits else ()
    may_open = sees_all_runs(actor) or visible_runs(actor).filter(pk=run.pk).exists()
    return {
        "checklist": checklist_of(run),
        "run_url": tenant_url("run_detail", public_id=run.public_id) if may_open else "",
        "answers": [(step, tenant_url("step_detail", public_id=step.public_id)) for step in answers],
    }


def start_panel(subject: Any, actor: Actor) -> dict[str, Any] | None:
    """Buttons of the workflows that this employee may start about the subject."""
    if actor.is_guest or not (definitions := buttons_for(subject, actor)):
        return None
    kind = kind_of(subject._meta.label_lower)
    starts = [(one, tenant_url("workflow_start", public_id=one.public_id)) for one in definitions]
    return {"starts": starts, "subject": getattr(subject, kind.named_by)}


def guest_checklists(assignments: QuerySet[Assignment]) -> list[Checklist]:
    """The open checklists of a guest's assignments, newest first: two queries."""
    runs = Run.objects.filter(
        subject_type=Assignment._meta.label_lower, subject_id__in=assignments.values("pk"), state__in=Run.OPEN
    )
    return [checklist_of(run) for run in with_steps(runs).order_by("-pk")[:MOST]]


def home_panel(_membership: Any, actor: Actor) -> dict[str, Any] | None:
    """What is left to do, on the guest's first page."""
    return _portal_panel(visible_assignments(actor), actor)


def portal_assignment_panel(assignment: Assignment, actor: Actor) -> dict[str, Any] | None:
    """What is left to do for one assignment of the guest."""
    return _portal_panel(Assignment.objects.filter(pk=assignment.pk), actor)


def _portal_panel(assignments: QuerySet[Assignment], actor: Actor) -> dict[str, Any] | None:
    if not actor.can(Capability.TASK_SEE):
        return None
    checklists = guest_checklists(assignments)
    context = {"checklists": checklists, "mine": actor.membership_id, "tasks_url": tenant_url("portal_tasks")}
    return context if checklists else None


def receipts_panel(assignment: Assignment, actor: Actor) -> dict[str, Any] | None:
    """The receipts of an assignment that is over, newest first."""
    if assignment.state not in Assignment.OVER:
        return None
    found = list(visible_receipts(actor).filter(assignment=assignment).order_by("-number"))
    if not found:
        return None
    return {
        "headline": headline(found[0].lines),
        "receipts": [(one, tenant_url("receipt_detail", public_id=one.public_id)) for one in found],
    }


def grants_panel(assignment: Assignment, actor: Actor) -> dict[str, Any] | None:
    """What the freelancer may open for an assignment, for employees who see accesses."""
    if actor.is_guest or not actor.can(Capability.ACCESS_SEE):
        return None
    rows = with_validity(visible_grants(actor).filter(assignment=assignment), actor).select_related(
        "assignment__manager__user",
        "sponsor__user",
        "membership__user",
        "workspace",
        "resource__connection",
        "resource__keeper__user",
    )
    may_give = assignment.state not in Assignment.OVER and assignment.freelancer.membership_id is not None
    answers = actor.can(Capability.ACCESS_MANAGE) or assignment.manager_id == actor.person_id
    may_give = may_give and answers and actor.can(changing(actor))
    return {
        "grants": rows_of(rows.order_by("system", "pk")[:MOST], route="grant_detail"),
        "give_url": tenant_url("grant_create", number=assignment.number) if may_give else "",
        "all_url": f"{tenant_url('grant_list')}?{urlencode({'q': assignment.title})}",
    }


def leaving_panel(member: Membership, _actor: Actor) -> dict[str, Any] | None:
    """What somebody who is about to be removed answers for, in numbers. The page asks for people.manage."""
    waiting = [estate.count(len(labels)) for estate, labels in waiting_of(member)]
    return {"waiting": waiting} if waiting else None


def load() -> None:
    """Register them. Called in `apps.ready()`."""
    panels.register("requisition_aside", PANEL, checklist_panel, order=10)
    panels.register("assignment_aside", PANEL, checklist_panel, order=10)
    panels.register("amendment_aside", PANEL, checklist_panel, order=10)
    panels.register("requisition_aside", START_PANEL, start_panel, order=90)
    panels.register("assignment_aside", START_PANEL, start_panel, order=90)
    panels.register("portal_home", PORTAL_PANEL, home_panel, order=10)
    panels.register("portal_assignment", PORTAL_PANEL, portal_assignment_panel, order=10)
    panels.register("assignment_aside", "workflows/_receipts_panel.html", receipts_panel, order=20)
    panels.register("assignment", "workflows/_grants_panel.html", grants_panel, order=60)
    panels.register("member_end", "workflows/_member_end_panel.html", leaving_panel, order=10)

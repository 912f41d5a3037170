"""What workflows adds to the pages of its subjects: the checklist, who acts next, and what waits for the reader."""

from typing import Any

from freelance_hub import panels
from freelance_hub.access import Actor
from freelance_hub.links import tenant_url
from workflows.access import visible_runs
from workflows.people import waiting_for
from workflows.selectors import checklist_of, runs_about, with_steps

PANEL = "workflows/_panel.html"


def checklist_panel(subject: Any, actor: Actor) -> dict[str, Any] | None:
    """The newest checklist about a subject, for an employee who already sees the subject."""
    run = with_steps(runs_about(subject)).first()
    if run is None or actor.is_guest:
        return None
    answers = waiting_for(actor).filter(run=run).order_by("pk")
    may_open = visible_runs(actor).filter(pk=run.pk).exists()
    return {
        "checklist": checklist_of(run),
        "run_url": tenant_url("run_detail", public_id=run.public_id) if may_open else "",
        "answers": [(step, tenant_url("step_detail", public_id=step.public_id)) for step in answers],
    }


def load() -> None:
    """Register them. Called in `apps.ready()`."""
    panels.register("requisition_aside", PANEL, checklist_panel, order=10)
    panels.register("assignment_aside", PANEL, checklist_panel, order=10)

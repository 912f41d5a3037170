"""Facts that come true elsewhere: they end waiting steps by themselves, and runs about what has gone."""

from django.db import models

from freelance_hub import events
from freelance_hub.models import Event
from programs.models import KnowledgePage
from talent.models import Amendment, Assignment, Invoice
from workflows.models import Handover, Run
from workflows.playbooks import WATCHES_DOCUMENT
from workflows.services import runs
from workflows.services.starts import actor_behind
from workflows.subjects import subject_of

SUBJECTS: dict[str, type[models.Model]] = {
    "amendment": Amendment,
    "invoice": Invoice,
    "page": KnowledgePage,
    "handover": Handover,
}


@events.listen(
    "amendment.agreed",
    "amendment.declined",
    "invoice.manager_approved",
    "invoice.approved",
    "invoice.rejected",
    "handover.assigned",
    "page.reviewed",
    "page.updated",
)
def has_come_true(event: Event) -> None:
    """What was decided on the thing's own page ends the step that asks for it: both ways never disagree."""
    subject = SUBJECTS[event.kind.partition(".")[0]]._default_manager.get(pk=event.subject_id)
    runs.recheck(subject=subject, actor=actor_behind(event))


@events.listen("amendment.withdrawn")
def was_taken_back(event: Event) -> None:
    """Nobody is asked about a change of terms that was taken back."""
    runs.cancel_runs_about(subject=Amendment.objects.get(pk=event.subject_id), actor=actor_behind(event))


@events.listen("step.decided")
def somebody_has_not_agreed(event: Event) -> None:
    """A no, or a wish for changes, spares the others their decision: what asks for `is_refused` ends."""
    if event.payload.get("outcome") not in ("rejected", "changes"):
        return
    run = Run.objects.get(pk=event.payload["run_id"])
    runs.recheck(subject=subject_of(run), actor=actor_behind(event))


@events.listen("assignment.ended")
def nothing_is_watched_any_more(event: Event) -> None:
    """Documents of an assignment that is over are renewed no more."""
    assignment = Assignment.objects.get(pk=event.subject_id)
    runs.cancel_runs_about(subject=assignment, actor=actor_behind(event), key=WATCHES_DOCUMENT)

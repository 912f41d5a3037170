"""What people hand in: answers to a form, a document."""

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.permissions import Capability, Refused
from freelance_hub.services import files
from workflows import fields, people
from workflows.engine import hints, transitions
from workflows.engine.clock import Now
from workflows.engine.moves import lock_run
from workflows.models import Run, Step


@transaction.atomic
def complete_form(*, step: Step, values: Mapping[str, Any], actor: Actor, comment: str = "") -> Step:
    """End a waiting form with the answers, by key of the field; conditions may ask for them as `step.field`.

    Raises Refusal that names the field (required, of the wrong type, not asked for), and as `decisions.complete_task` for
    who is not asked or comes too late. Event `step.decided` with outcome "done".
    """
    run, step = _open(step, Step.Kind.FORM, actor)
    answers = fields.read_answers(step.params.get("fields", ()), values)
    return _end(run, step, result={"values": answers}, actor=actor, comment=comment)


@transaction.atomic
def hand_in_document(*, step: Step, upload: "UploadedFile[Any]", actor: Actor, comment: str = "") -> Step:
    """End a waiting document step with a file, kept for whoever sees the step.

    Raises Refusal for a file that is not accepted, and as `complete_form`. Side effects: the stored file, event
    `step.decided` with outcome "done".
    """
    run, step = _open(step, Step.Kind.DOCUMENT, actor)
    stored = files.store_upload(upload=upload, owner=step, actor=actor)
    result = {"file": str(stored.public_id), "name": stored.name}
    return _end(run, step, result=result, actor=actor, comment=comment)


def _open(step: Step, kind: str, actor: Actor) -> tuple[Run, Step]:
    run = lock_run(step.run_id)
    step = Step.objects.select_related("decided_by__user").get(pk=step.pk)
    _refuse_wrong_person(step, actor)
    if step.kind != kind:
        raise Refusal("This step is answered in another way.", remedy="Reload the page.")
    if step.state != Step.State.WAITING or run.state not in Run.OPEN:
        raise _too_late(step)
    return run, step


def _refuse_wrong_person(step: Step, actor: Actor) -> None:
    if actor.kind == "automation" or actor.membership_id is None:
        raise Refusal("A person answers this, not an automation.", code="person_only")
    if Step.objects.filter(people.answerable_by(actor), pk=step.pk).exists():
        return
    if step.assignee_id:
        raise Refusal("This waits for somebody else.", code="not_asked")
    raise Refused(step.capability or Capability.WORKFLOW_MANAGE)


def _too_late(step: Step) -> Refusal:
    words = f"This is “{step.get_state_display()}” by now."
    if step.decided_by is not None:
        words = f"{step.decided_by} has completed this already."
    return Refusal(words, remedy="Reload the page to see what happened.", code="state_changed")


def _end(run: Run, step: Step, *, result: dict[str, Any], actor: Actor, comment: str) -> Step:
    ready = transitions.end_waiting(
        run,
        step,
        by=actor.label,
        detail=comment,
        result=result,
        outcome="done",
        decided_by_id=actor.membership_id,
        decided_at=Now(),
        comment=comment.strip(),
    )
    if ready is None:
        raise _too_late(step)
    hints.after_commit(ready)
    events.announce("step.decided", step, actor=actor, outcome="done", run_id=run.pk, kind=step.kind)
    return step

"""What people do and hand in: a task done, answers to a form, a document."""

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.services import files
from workflows import fields
from workflows.engine.clock import now
from workflows.models import Run, Step
from workflows.services import door


@transaction.atomic
def complete_task(*, step: Step, actor: Actor, comment: str = "") -> Step:
    """Say that a waiting task is done. Raises as `door.open_step`. Event `step.decided` with outcome "done"."""
    if step.params.get("skip_when"):
        raise Refusal("This is done by itself as soon as it has happened.", code="by_itself")
    run, step, _ = door.open_step(step, Step.Kind.TASK, actor)
    return _end(run, step, actor, comment=comment)


@transaction.atomic
def complete_form(*, step: Step, values: Mapping[str, Any], actor: Actor, comment: str = "") -> Step:
    """End a waiting form with the answers, by key of the field; conditions may ask for them as `step.field`.

    Raises Refusal that names the field (required, of the wrong type, not asked for), and as `door.open_step` for
    who is not asked or comes too late. Event `step.decided` with outcome "done".
    """
    run, step, _ = door.open_step(step, Step.Kind.FORM, actor)
    answers = fields.read_answers(step.params.get("fields", ()), values)
    return _end(run, step, actor, comment=comment, result={"values": answers})


@transaction.atomic
def hand_in_document(*, step: Step, upload: "UploadedFile[Any]", actor: Actor, comment: str = "") -> Step:
    """End a waiting document step with a file, kept for whoever sees the step.

    Raises Refusal for a file that is not accepted, and as `complete_form`. Side effects: the stored file, event
    `step.decided` with outcome "done".
    """
    run, step, _ = door.open_step(step, Step.Kind.DOCUMENT, actor)
    stored = files.store_upload(upload=upload, owner=step, actor=actor)
    result = {"file": str(stored.public_id), "name": stored.name}
    return _end(run, step, actor, comment=comment, result=result)


def _end(run: Run, step: Step, actor: Actor, *, comment: str, result: dict[str, Any] | None = None) -> Step:
    door.end_step(run, step, actor, outcome="done", comment=comment.strip(), at=now(), result=result)
    door.announce(run, step, actor, outcome="done")
    return step

"""A run on hold: nothing of it begins, no term runs on. What a worker is at is ended, and what follows is on hold too."""

from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F

from workflows import notices
from workflows.engine.clock import Now
from workflows.engine.moves import lock_run, move, open_parts
from workflows.models import Run, Step

State = Step.State


@transaction.atomic
def pause(run_id: int, *, by: str) -> bool:
    """running → paused, with the runs that are part of it. False: it is not running."""
    run = lock_run(run_id)
    if run.state != Run.State.RUNNING:
        return False
    Run.objects.filter(pk=run.pk).update(state=Run.State.PAUSED, paused_at=Now())
    for part in open_parts(run):
        pause(part, by=by)
    rows = Step.objects.select_for_update(no_key=True).filter(run=run, state__in=(State.READY, State.WAITING))
    for step in rows.order_by("pk"):
        move(step, State.HELD, by=by)
    return True


@transaction.atomic
def resume(run_id: int, *, by: str) -> int | None:
    """paused → running; terms and timers move on by as long as they were held. Returns how many steps became ready.

    None: it is not paused. Side effects: those who are asked meanwhile are told.
    """
    run = lock_run(run_id)
    if run.state != Run.State.PAUSED:
        return None
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING, paused_at=None)
    run.state = Run.State.RUNNING
    ready = sum(resume(part, by=by) or 0 for part in open_parts(run))
    for step in Step.objects.select_for_update(no_key=True).filter(run=run, state=State.HELD).order_by("pk"):
        ready += _let_go(run, step, by=by)
    return ready


def _let_go(run: Run, step: Step, *, by: str) -> int:
    target = State.READY if step.kind in Step.FOR_WORKERS and not _has_part(step) else State.WAITING
    held: Any = Now() - F("since")
    late: dict[str, Any] = {
        name: ExpressionWrapper(F(name) + held, output_field=DateTimeField()) for name in _running(step)
    }
    move(step, target, by=by, **late)
    if step.is_for_people:
        notices.waiting(run, step)
    return int(target == State.READY)


def _running(step: Step) -> list[str]:
    """Which instants of the step move on. Not the date of the subject, nor what has happened meanwhile."""
    names = ["due_at", "remind_at"]
    is_fixed = step.outcome != "" or "date" in step.params.get("until", {})
    return names if is_fixed else [*names, "run_at"]


def _has_part(step: Step) -> bool:
    """Whether a run of its own has begun, and is open or has told how it ended."""
    return step.outcome != "" or step.sub_runs.filter(state__in=Run.OPEN).exists()

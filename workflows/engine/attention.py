"""A person says what happens to a step: one that the engine could not end by itself, or one that is no longer needed."""

from typing import Any

from django.db.models import F
from django.db.models.functions import Greatest

from workflows.engine import hints
from workflows.engine.activation import begin
from workflows.engine.moves import move
from workflows.engine.transitions import settle
from workflows.models import Run, Step

EXTRA_ATTEMPTS = 3
TARGETS = {"retry": Step.State.READY, "done": Step.State.DONE, "skip": Step.State.SKIPPED}
SKIPPABLE = (Step.State.READY, Step.State.WAITING, Step.State.HELD)


def resolve(run: Run, step: Step, *, how: str, by: str, reason: str = "") -> bool:
    """attention → where it was (try again), done (it did happen) or skipped (go on without it), in a locked run.

    False: somebody else was first, or the run is over.
    """
    if step.state != Step.State.ATTENTION or run.state not in Run.OPEN:
        return False
    if how == "retry":
        more: dict[str, Any] = {"max_attempts": Greatest(F("max_attempts"), F("attempt") + EXTRA_ATTEMPTS)}
        ready = begin(run, step, by=by, detail=reason, run_at=None, outcome="", **more)
        hints.after_commit(ready)
        return (
            step.state != Step.State.ATTENTION or step.kind == Step.Kind.WAIT
        )  # the date of a wait may still be missing
    return _end(run, step, TARGETS[how], by=by, reason=reason)


def skip(run: Run, step: Step, *, by: str, reason: str) -> bool:
    """ready, waiting or on hold → skipped in a locked run: nobody waits for it any more. False: somebody was first.

    Runs that are part of the step must be over.
    """
    if step.state not in SKIPPABLE or run.state not in Run.OPEN or step.compensates_id is not None:
        return False
    return _end(run, step, Step.State.SKIPPED, by=by, reason=reason)


def _end(run: Run, step: Step, target: str, *, by: str, reason: str) -> bool:
    if not move(step, target, by=by, detail=reason, outcome="", run_at=None):
        return False
    hints.after_commit(settle(run, step))
    return True

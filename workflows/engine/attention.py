"""A person says what happened to a step that the engine could not end by itself."""

from typing import Any

from django.db.models import F
from django.db.models.functions import Greatest

from workflows.engine import hints
from workflows.engine.moves import move
from workflows.engine.transitions import settle
from workflows.models import Run, Step

EXTRA_ATTEMPTS = 3
TARGETS = {"retry": Step.State.READY, "done": Step.State.DONE, "skip": Step.State.SKIPPED}


def resolve(run: Run, step: Step, *, how: str, by: str, reason: str = "") -> bool:
    """attention → ready (try again), done (it did happen) or skipped (go on without it), in a locked run.

    False: somebody else was first, or the run is over.
    """
    if step.state != Step.State.ATTENTION or run.state not in Run.OPEN:
        return False
    more: dict[str, Any] = (
        {"max_attempts": Greatest(F("max_attempts"), F("attempt") + EXTRA_ATTEMPTS), "run_at": None}
        if how == "retry"
        else {}
    )
    if not move(step, TARGETS[how], by=by, detail=reason, **more):
        return False
    hints.after_commit(1 if how == "retry" else settle(run, step))
    return True

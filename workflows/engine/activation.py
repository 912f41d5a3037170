"""Steps begin when their parents have ended, or are passed over."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection

from workflows import asking, notices
from workflows.engine import waits
from workflows.engine.clock import after
from workflows.engine.moves import ENGINE, move, or_held
from workflows.models import Run, Step
from workflows.subjects import fact_of, subject_of

Kind = Step.Kind
State = Step.State
PASSED_OVER = "passed_over"


def activate(run: Run, step: Step) -> int:
    """Begin a pending step of a locked run: for a worker, a person or a date. Returns how many steps became ready.

    A step whose `skip_when` fact is true is skipped and its children begin. Side effects: notifications of those who are asked.
    """
    fact = step.params.get("skip_when")
    if fact and fact_of(run, subject_of(run))(fact):
        move(step, State.SKIPPED, by=ENGINE, detail="Not needed")
        return release(run, step)
    return begin(run, step)


def begin(run: Run, step: Step, *, by: str = ENGINE, detail: str = "", **changes: Any) -> int:
    """Give a step of a locked run to whoever ends it; on hold while the run is paused. Returns how many became ready.

    A wait for a date that nobody knows needs attention. Side effects: as `activate`.
    """
    kind = "worker" if step.kind in Step.FOR_WORKERS else "wait" if step.kind == Kind.WAIT else "people"
    return BEGIN[kind](run, step, by=by, detail=detail, **changes)


def _for_worker(run: Run, step: Step, *, by: str, detail: str, **changes: Any) -> int:
    limit = step.params.get("time_limit_hours")
    if limit is not None:
        changes["due_at"] = after(timedelta(hours=limit))
    target = or_held(run, State.READY)
    moved = move(step, target, by=by, detail=detail, **changes)
    return int(moved and target == State.READY)


def _for_wait(run: Run, step: Step, *, by: str, detail: str, **changes: Any) -> int:
    try:
        end = waits.ends_at(run, step)
    except waits.NoDate as error:
        move(step, State.ATTENTION, by=by, detail=str(error), error=str(error), **changes)
        notices.attention(run, step)
        return 0
    event = step.params.get("until", {}).get("event", "")
    changes |= {"run_at": end, "wait_event": event}
    move(step, or_held(run, State.WAITING), by=by, detail=detail, **changes)
    return 0


def _for_people(run: Run, step: Step, *, by: str, detail: str, **changes: Any) -> int:
    """An approval that is asked again, and whose answers still hold, ends at once."""
    limit, subject = step.params.get("time_limit_hours"), subject_of(run)
    target = or_held(run, State.WAITING)
    changes |= asking.values_for(run, step, subject) | {"run_at": after(timedelta(hours=limit)) if limit else None}
    if not move(step, target, by=by, detail=detail, **changes):
        return 0
    if kept := asking.kept(run, step, subject):
        words = "Decided already, and nothing of that has changed"
        move(step, State.DONE, by=ENGINE, detail=words, **asking.as_decided(kept))
        return release(run, step, kept.outcome)
    if target == State.WAITING:
        notices.waiting(run, step)
    return 0


BEGIN: dict[str, Callable[..., int]] = {"worker": _for_worker, "wait": _for_wait, "people": _for_people}


def release(run: Run, step: Step, outcome: str = "", *, is_taken: bool = True) -> int:
    """Tell the children that a parent has ended; begin those for which it was the last. Returns how many became ready.

    A child that no edge leads to (the outcome was another one, or the parent itself was passed over) is passed over too.
    """
    ready = 0
    counted = _count_down(step, outcome, is_taken=is_taken)
    is_reached = {child_id: deps_taken > 0 for child_id, deps_left, deps_taken in counted if deps_left == 0}
    children = Step.objects.in_bulk(is_reached) if is_reached else {}
    for child_id, child in sorted(children.items()):
        if is_reached[child_id]:
            ready += activate(run, child)
        else:
            move(child, State.SKIPPED, by=ENGINE, detail="Not on the way taken", outcome=PASSED_OVER)
            ready += release(run, child, is_taken=False)
    return ready


COUNT_DOWN = """
UPDATE workflows_step child
SET deps_left = child.deps_left - 1,
    deps_taken = child.deps_taken + (%s AND edge.outcome IN ('', %s))::int
FROM workflows_edge edge
WHERE edge.tenant_id = %s AND edge.parent_id = %s
    AND child.tenant_id = edge.tenant_id AND child.id = edge.child_id AND child.state = 'pending'
RETURNING child.id, child.deps_left, child.deps_taken
"""


def _count_down(step: Step, outcome: str, *, is_taken: bool) -> list[tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(COUNT_DOWN, [is_taken, outcome, step.tenant_id, step.pk])
        found: list[tuple[int, int, int]] = cursor.fetchall()
    return found

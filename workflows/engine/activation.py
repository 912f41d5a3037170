"""Steps begin when their parents have ended, or are passed over."""

from datetime import timedelta

from django.db import connection

from workflows import notices, people
from workflows.engine.clock import after
from workflows.engine.moves import ENGINE, move
from workflows.models import Run, Step
from workflows.subjects import fact_of, subject_of

State = Step.State
PASSED_OVER = "passed_over"


def activate(run: Run, step: Step) -> int:
    """Begin a pending step of a locked run: for a worker, a person or a date. Returns how many steps became ready.

    A step whose `skip_when` fact is true is skipped and its children begin. Side effects: notifications of those who are asked.
    """
    params = step.params
    fact = params.get("skip_when")
    if fact and fact_of(run, subject_of(run))(fact):
        move(step, State.SKIPPED, by=ENGINE, detail="Not needed")
        return release(run, step)
    if step.kind in Step.FOR_WORKERS:
        move(step, State.READY, by=ENGINE)
        return 1
    if step.kind == Step.Kind.WAIT:
        move(step, State.WAITING, by=ENGINE, run_at=after(timedelta(hours=params["delay_hours"])))
        return 0
    term = params.get("term_hours")
    assignee, capability = people.resolve(run, params["who"])
    move(
        step,
        State.WAITING,
        by=ENGINE,
        assignee=assignee,
        capability=capability,
        due_at=after(timedelta(hours=term)) if term else None,
    )
    notices.waiting(run, step)
    return 0


def release(run: Run, step: Step, outcome: str = "", *, is_taken: bool = True) -> int:
    """Tell the children that a parent has ended; begin those for which it was the last. Returns how many became ready.

    A child that no edge leads to (the outcome was another one, or the parent itself was passed over) is passed over too.
    """
    ready = 0
    for child_id, deps_left, deps_taken in _count_down(step, outcome, is_taken=is_taken):
        if deps_left > 0:
            continue
        child = Step.objects.get(pk=child_id)
        if deps_taken:
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
        return sorted(cursor.fetchall())

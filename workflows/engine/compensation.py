"""When a run fails: undo what was done, in reverse order of the graph."""

from collections import defaultdict

from workflows.engine.activation import activate
from workflows.engine.clock import Now
from workflows.engine.finish import finish
from workflows.engine.moves import cancel_all
from workflows.models import Edge, Run, Step

State = Step.State
UNDO_ATTEMPTS = 20  # worth more patience than the step itself


def begin(run: Run, *, by: str) -> int:
    """Cancel what has not begun and undo what is done, once running siblings have ended. Returns how many became ready.

    Called again by a sibling that fails later: then only what is still to be undone follows.
    """
    if run.state == Run.State.RUNNING:
        Run.objects.filter(pk=run.pk).update(state=Run.State.COMPENSATING)
        run.state = Run.State.COMPENSATING
        cancel_all(run, (State.PENDING, State.READY, State.WAITING), by=by)
    ready = undo(run)
    finish(run)
    return ready


def undo(run: Run) -> int:
    """Make one undo step for each done step that has a compensator, and begin those that nothing depends on.

    Waits while an ordinary step is running, about to run again, or waits for a person to say what happened: it may yet
    be done, and must then be undone before its parents. Safe to call again.
    """
    ordinary = Step.objects.filter(run=run, compensates=None)
    if ordinary.filter(state__in=(State.RUNNING, State.READY, State.ATTENTION)).exists():
        return 0
    done = list(ordinary.filter(state=State.DONE, undo_steps=None).exclude(compensator="").order_by("pk"))
    if not done:
        return 0
    descendants = _descendants(run)
    deps = {step.pk: sum(1 for other in done if other.pk in descendants[step.pk]) for step in done}
    undo_of = {step.pk: _undo_step(step, deps_left=deps[step.pk]) for step in done}
    Step.objects.bulk_create(undo_of.values())
    Edge.objects.bulk_create(
        Edge(tenant_id=run.tenant_id, parent=undo_of[child.pk], child=undo_of[step.pk])
        for step in done
        for child in done
        if child.pk in descendants[step.pk]
    )
    return sum(activate(run, step) for step in undo_of.values() if not step.deps_left)


def _undo_step(step: Step, *, deps_left: int) -> Step:
    return Step(
        tenant_id=step.tenant_id,
        run_id=step.run_id,
        key=f"undo:{step.key}"[:80],
        title=f"Undo: {step.title}"[:160],
        kind=Step.Kind.AUTOMATION,
        position=step.position,
        action=step.compensator,
        compensates=step,
        max_attempts=UNDO_ATTEMPTS,
        deps_left=deps_left,
        since=Now(),
    )


def _descendants(run: Run) -> dict[int, set[int]]:
    """For each step all that come after it, however far: undoing must respect order across steps without an undo."""
    children: dict[int, set[int]] = defaultdict(set)
    for parent, child in Edge.objects.filter(parent__run=run).values_list("parent_id", "child_id"):
        children[parent].add(child)
    found: dict[int, set[int]] = defaultdict(set)
    for start in list(children):
        ahead = list(children[start])
        while ahead:
            step = ahead.pop()
            if step not in found[start]:
                found[start].add(step)
                ahead.extend(children.get(step, ()))
    return found

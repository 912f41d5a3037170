"""When a run fails: undo what was done, in reverse order of the graph."""

from collections import defaultdict

from django.db.models import Q

from workflows.engine.activation import activate
from workflows.engine.clock import Now
from workflows.engine.finish import finish
from workflows.engine.moves import cancel_all, lock_run, move, open_parts
from workflows.models import Edge, Run, Step

State = Step.State
UNDO_ATTEMPTS = 20  # worth more patience than the step itself


def begin(run: Run, *, by: str) -> int:
    """Cancel what has not begun and undo what is done, once running siblings have ended. Returns how many became ready.

    Called again by a sibling that fails later: then only what is still to be undone follows. Runs that are parts of this
    one are undone too, and waited for. A pause is over: it holds back what is new, not the undoing.
    """
    ready = 0
    if run.state != Run.State.COMPENSATING:
        Run.objects.filter(pk=run.pk).update(state=Run.State.COMPENSATING, paused_at=None)
        run.state = Run.State.COMPENSATING
        of_parts = _waiting_for_parts(run)
        parts = [lock_run(part) for part in open_parts(run)]
        ready = sum(begin(part, by=by) for part in parts if part.state in Run.OPEN)  # it may just have ended
        for step in Step.objects.filter(pk__in=of_parts, state=State.HELD).order_by("pk"):
            move(step, State.WAITING, by=by)
        cancel_all(run, (State.PENDING, State.READY, State.HELD, State.WAITING), by=by, but=Q(pk__in=of_parts))
    ready += undo(run)
    finish(run)
    return ready


def _waiting_for_parts(run: Run) -> list[int]:
    """Steps that wait for a run of their own, which is open or has just ended."""
    steps = Step.objects.filter(run=run, kind=Step.Kind.WORKFLOW, state__in=(State.WAITING, State.HELD))
    begun = Q(state=State.WAITING) | ~Q(outcome="") | Q(sub_runs__state__in=Run.OPEN)
    return list(steps.filter(begun).distinct().values_list("pk", flat=True))


def undo(run: Run) -> int:
    """Make one undo step for each done step that has a compensator, and begin those that nothing depends on.

    Waits while an ordinary step is running, about to run again, waits for a run that is being undone, or for a person to
    say what happened: it may yet be done, and must then be undone before its parents. Safe to call again.
    """
    ordinary = Step.objects.filter(run=run, compensates=None)
    if ordinary.filter(state__in=(State.RUNNING, State.READY, State.WAITING, State.ATTENTION)).exists():
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

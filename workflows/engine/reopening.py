"""What was decided is asked again: a step goes back, and with it what followed from it and can still be taken back."""

from django.db.models import Q

from workflows.asking import APPROVED
from workflows.engine.activation import PASSED_OVER, activate
from workflows.engine.clock import Now
from workflows.engine.moves import ENGINE, NO_LEASE, move
from workflows.models import Ask, Decision, Edge, Effect, Run, Step

State = Step.State
# What waits or was computed can be taken back; what a worker or a person has done stays as it is.
OPEN = (State.PENDING, State.READY, State.WAITING, State.HELD, State.SKIPPED)
PURE = (Step.Kind.DECISION, Step.Kind.APPROVAL)
BLANK = {
    "attempt": 0,
    "deps_taken": 0,
    "run_at": None,
    "assignee": None,
    "capability": "",
    "needed": None,
    "remind_at": None,
    "due_at": None,
    "escalated_at": None,
    "escalated_to": None,
    "outcome": "",
    "decided_by": None,
    "decided_at": None,
    "comment": "",
    **NO_LEASE,
}


def reopen(run: Run, step: Step, *, by: str, detail: str) -> int | None:
    """done → waiting (approval) or ready (decision), in a running run that the caller has locked; what came after it goes
    back to pending, as far as nothing irreversible has been done. Returns how many steps became ready.

    None, and nothing has changed, when the step is not done or the run is not at work. What was approved behind it stays
    so: what still holds answers again by itself. Other answers are void, so that whoever gave them may answer anew.
    """
    if step.state != State.DONE or step.kind not in PURE or run.state not in (Run.State.RUNNING, Run.State.PAUSED):
        return None
    behind = _taken_back(step)
    for child in behind:
        if child.state != State.PENDING:
            move(child, State.PENDING, by=ENGINE, detail=f"“{step.title}” is asked again", **BLANK)
    Ask.objects.filter(step__in=behind).delete()
    others = Decision.objects.filter(step__in=[step, *behind], voided_at=None).exclude(outcome=APPROVED)
    others.update(voided_at=Now(), voided_because=detail[:400])
    move(step, State.PENDING, by=by, detail=detail, **BLANK)
    for child in behind:
        _count(child)
    step.refresh_from_db()
    return activate(run, step)


def _taken_back(step: Step) -> list[Step]:
    """The steps behind it that go back to pending; the search ends at what stays as it is."""
    found: dict[int, Step] = {}
    ahead = [step.pk]
    while ahead:
        children = (
            Step.objects.select_for_update(no_key=True, of=("self",)).filter(edges_in__parent__in=ahead).order_by("pk")
        )
        ahead = []
        for child in {child.pk: child for child in children}.values():
            if child.pk not in found and _can_go_back(child):
                found[child.pk] = child
                ahead.append(child.pk)
    return list(found.values())


def _can_go_back(step: Step) -> bool:
    if step.kind in PURE and step.state in (State.DONE, State.RUNNING):
        return True
    if step.kind == Step.Kind.WORKFLOW:  # its run is at work
        return step.state in (State.PENDING, State.SKIPPED)
    return step.state in OPEN and not Effect.objects.filter(step=step).exists()


def _count(step: Step) -> None:
    """Count the parents of a pending step anew: those that have not ended, and those whose edge leads here."""
    left = taken = 0
    for edge in Edge.objects.filter(child=step).select_related("parent"):
        parent = edge.parent
        if parent.state not in Step.ENDED:
            left += 1
        elif parent.outcome != PASSED_OVER and edge.outcome in ("", parent.outcome):
            taken += 1
    Step.objects.filter(Q(state=State.PENDING), pk=step.pk).update(deps_left=left, deps_taken=taken)
    step.deps_left, step.deps_taken = left, taken

"""How steps end: completed, failed, out of lease, decided, out of time. Each is one short transaction."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from workflows import asking, notices
from workflows.engine import compensation, waits
from workflows.engine.activation import release
from workflows.engine.claims import Claim
from workflows.engine.clock import Now, after
from workflows.engine.finish import finish
from workflows.engine.moves import ENGINE, NO_LEASE, SWEEPER, lock_claimed, lock_run, move, note, or_held
from workflows.graph import TIMED_OUT
from workflows.models import Edge, Run, Step

State = Step.State
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(hours=1)
HAPPENED = "happened"
DUE = Q(run_at__lte=Now())
LEASE_OVER = Q(lease_until__lt=Now()) | Q(lease_until__gt=Now() + timedelta(hours=1))  # as in wf_due

jitter: Callable[[], float] = random.random  # tests put a constant here


def _is_out_of_time(step: Step, wait: timedelta = timedelta(0)) -> bool:
    """Whether the time limit of a worker's step is over, or would be after so long a pause."""
    return step.due_at is not None and Step.objects.filter(pk=step.pk, due_at__lte=Now() + wait).exists()


def pause(attempt: int) -> timedelta:
    """How long to wait after failed attempt number `attempt`: doubled each time, spread, an hour at most."""
    doubled: timedelta = FIRST_PAUSE * 2**attempt * (0.5 + jitter() / 2)
    return min(LONGEST_PAUSE, doubled)


@transaction.atomic(savepoint=False)
def complete(
    claim: Claim, step: Step | None = None, *, result: dict[str, Any] | None = None, outcome: str = ""
) -> int | None:
    """running → done, for the worker that holds the lease. Returns how many steps became ready. `step`: as `lock_claimed`.

    None: the lease is lost (or the run is over), nothing was changed, and the result is to be thrown away.
    """
    if not (locked := lock_claimed(claim, step)):
        return None
    run, step = locked
    if not move(
        step, State.DONE, by=claim.worker, where=claim.condition, result=result, outcome=outcome, error="", **NO_LEASE
    ):
        return None
    return settle(run, step)


@transaction.atomic
def fail(claim: Claim, error: str, *, is_final: bool = False) -> int | None:
    """running → ready after a pause, or for good when attempts are used up or the error is final. None: the lease is lost."""
    if not (locked := lock_claimed(claim)):
        return None
    run, step = locked
    wait = pause(step.attempt)
    if is_final or step.attempt >= step.max_attempts or _is_out_of_time(step, wait):
        return _give_up(run, step, error, by=claim.worker, where=claim.condition)
    moved = move(
        step,
        or_held(run, State.READY),
        by=claim.worker,
        detail=error,
        where=claim.condition,
        error=error,
        run_at=after(wait),
        **NO_LEASE,
    )
    return 0 if moved else None


@transaction.atomic
def ask_person(claim: Claim, error: str) -> bool:
    """running → attention: whether an effect took place is unknown, and doing it twice is worse than waiting."""
    if not (locked := lock_claimed(claim)):
        return False
    run, step = locked
    return _attention(run, step, error, by=claim.worker, where=claim.condition)


@transaction.atomic
def expire_lease(run_id: int, step_id: int) -> int | None:
    """running → ready, or for good after the last attempt, when the worker has not answered in time. For the sweeper."""
    run, step = lock_run(run_id), Step.objects.get(pk=step_id)
    if step.state != State.RUNNING:
        return None
    if step.attempt < step.max_attempts and not _is_out_of_time(step):
        error = "The worker did not answer in time."
        target = or_held(run, State.READY)
        moved = move(step, target, by=SWEEPER, detail=error, where=LEASE_OVER, error=error, run_at=None, **NO_LEASE)
        return int(target == State.READY) if moved else None
    error = f"The worker did not answer in time, {step.attempt} times."
    return _give_up(run, step, error, by=SWEEPER, where=LEASE_OVER)


@transaction.atomic
def end_wait(run_id: int, step_id: int) -> int | None:
    """What follows when the time of a waiting step has come. For the sweeper.

    A wait is done, unless its date has moved away meanwhile; a step that waits for another run ends as that did; the
    time limit of others leads on where an edge asks for “timed_out”, and needs attention where none does.
    """
    run, step = lock_run(run_id), Step.objects.get(pk=step_id)
    if step.state != State.WAITING or run.state not in Run.OPEN:
        return None
    if step.kind == Step.Kind.WORKFLOW:
        return _end_part(run, step)
    is_limit = step.is_for_people or (step.wait_event != "" and step.outcome == "")
    if is_limit:
        return _time_out(run, step)
    if (end := waits.has_moved(run, step)) and Step.objects.filter(pk=step.pk, run_at__lte=Now()).update(run_at=end):
        step.run_at = end
    if not move(step, State.DONE, by=SWEEPER, where=DUE):
        return None
    return settle(run, step)


def _time_out(run: Run, step: Step) -> int | None:
    if Edge.objects.filter(parent=step, outcome=TIMED_OUT).exists():
        if not move(step, State.DONE, by=SWEEPER, where=DUE, detail="Its time is over", outcome=TIMED_OUT):
            return None
        return settle(run, step)
    return _give_up(run, step, "Nobody answered in time.", by=SWEEPER, where=DUE)


def _end_part(run: Run, step: Step) -> int | None:
    """The run that the step waits for is over."""
    if step.outcome == Run.State.DONE:
        return settle(run, step) if move(step, State.DONE, by=SWEEPER, where=DUE) else None
    if run.state == Run.State.COMPENSATING:
        if not move(step, State.CANCELLED, by=SWEEPER, where=DUE):
            return None
        ready = compensation.undo(run)
        finish(run)
        return ready
    how = {Run.State.CANCELLED: "was cancelled", Run.State.COMPENSATED: "failed and was undone"}
    return _give_up(run, step, f"The workflow {how[Run.State(step.outcome)]}.", by=SWEEPER, where=DUE)


@transaction.atomic
def happen(run_id: int, step_id: int, event: str) -> int | None:
    """waiting → done for a wait whose event has happened; one on hold ends when its run goes on. None: it is over already."""
    run, step = lock_run(run_id), Step.objects.get(pk=step_id)
    if step.wait_event != event or step.outcome or run.state not in Run.OPEN:
        return None
    if step.state == State.HELD:
        Step.objects.filter(pk=step.pk).update(outcome=HAPPENED, run_at=Now())
        return 0
    if step.state != State.WAITING or not move(step, State.DONE, by=ENGINE, detail=event, outcome=HAPPENED):
        return None
    return settle(run, step)


def end_waiting(
    run: Run, step: Step, *, by: str, target: str = State.DONE, detail: str = "", **decision: Any
) -> int | None:
    """waiting → done or skipped for a step of people, in a run that the caller has locked in this transaction.

    None: somebody else was first.
    """
    if step.state != State.WAITING or not step.is_for_people or run.state not in Run.OPEN:
        return None
    if not move(step, target, by=by, detail=detail, **decision):
        return None
    return settle(run, step)


@transaction.atomic
def escalate(run_id: int, step_id: int) -> bool:
    """Once: a person has not answered in their term, so their manager may answer too, and those who are answerable for the
    program are told."""
    run, step = lock_run(run_id), Step.objects.get(pk=step_id)
    late = Step.objects.filter(pk=step_id, state=State.WAITING, escalated_at=None, due_at__lte=Now())
    if late.update(escalated_at=Now()) != 1:
        return False
    asking.escalate(run, step)
    note(step, by=SWEEPER, detail="The term is over")
    notices.late(run, step)
    return True


@transaction.atomic
def remind(run_id: int, step_id: int) -> bool:
    """Once: half the term of a step of people is over, so those who are asked are told again. For the sweeper."""
    run, step = lock_run(run_id), Step.objects.get(pk=step_id)
    if Step.objects.filter(pk=step_id, state=State.WAITING, remind_at__lte=Now()).update(remind_at=None) != 1:
        return False
    notices.reminder(run, step)
    return True


def unhide(step_id: int) -> bool:
    """A retry that lies further ahead than any pause was set before the clock went back: it may run now."""
    hidden = Step.objects.filter(pk=step_id, state=State.READY, run_at__gt=Now() + timedelta(minutes=61))
    return hidden.update(run_at=None) == 1


def settle(run: Run, step: Step) -> int:
    """What follows when a step of a locked run has ended well: its children, an undo that waited for it, the run's end."""
    ready = release(run, step, step.outcome)
    if run.state == Run.State.COMPENSATING:
        ready += compensation.undo(run)
    if not ready:
        finish(run)
    return ready


def _give_up(run: Run, step: Step, error: str, *, by: str, where: Q) -> int | None:
    """An undo that fails for good must not end as failed: nobody would look, and the run would hang."""
    is_undo = step.compensates_id is not None
    if is_undo or (step.on_failure == Step.OnFailure.ATTENTION and run.state != Run.State.COMPENSATING):
        return 0 if _attention(run, step, error, by=by, where=where) else None
    if not move(step, State.FAILED, by=by, detail=error, where=where, error=error, **NO_LEASE):
        return None
    return compensation.begin(run, by=by)


def _attention(run: Run, step: Step, error: str, *, by: str, where: Q) -> bool:
    moved = move(step, State.ATTENTION, by=by, detail=error, where=where, error=error, **NO_LEASE)
    if moved:
        notices.attention(run, step)
    return moved

"""How steps end: completed, failed, out of lease, decided, out of time. Each is one short transaction."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from workflows import notices
from workflows.engine import compensation
from workflows.engine.activation import release
from workflows.engine.claims import Claim
from workflows.engine.clock import Now, after
from workflows.engine.finish import finish
from workflows.engine.moves import NO_LEASE, SWEEPER, lock_run, move, note
from workflows.models import Run, Step

State = Step.State
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(hours=1)
LEASE_OVER = Q(lease_until__lt=Now()) | Q(lease_until__gt=Now() + timedelta(hours=1))  # as in wf_due

jitter: Callable[[], float] = random.random  # tests put a constant here


def pause(attempt: int) -> timedelta:
    """How long to wait after failed attempt number `attempt`: doubled each time, spread, an hour at most."""
    doubled: timedelta = FIRST_PAUSE * 2**attempt * (0.5 + jitter() / 2)
    return min(LONGEST_PAUSE, doubled)


@transaction.atomic
def complete(claim: Claim, *, result: dict[str, Any] | None = None, outcome: str = "") -> int | None:
    """running → done, for the worker that holds the lease. Returns how many steps became ready.

    None: the lease is lost (or the run is over), nothing was changed, and the result is to be thrown away.
    """
    run, step = lock_run(claim.run_id), Step.objects.get(pk=claim.step_id)
    if not claim.holds(step) or run.state not in Run.OPEN:
        return None
    if not move(
        step, State.DONE, by=claim.worker, where=claim.condition, result=result, outcome=outcome, error="", **NO_LEASE
    ):
        return None
    return settle(run, step)


@transaction.atomic
def fail(claim: Claim, error: str, *, is_final: bool = False) -> int | None:
    """running → ready after a pause, or for good when attempts are used up or the error is final. None: the lease is lost."""
    run, step = lock_run(claim.run_id), Step.objects.get(pk=claim.step_id)
    if not claim.holds(step) or run.state not in Run.OPEN:
        return None
    if is_final or step.attempt >= step.max_attempts:
        return _give_up(run, step, error, by=claim.worker, where=claim.condition)
    again = after(pause(step.attempt))
    moved = move(
        step, State.READY, by=claim.worker, detail=error, where=claim.condition, error=error, run_at=again, **NO_LEASE
    )
    return 0 if moved else None


@transaction.atomic
def ask_person(claim: Claim, error: str) -> bool:
    """running → attention: whether an effect took place is unknown, and doing it twice is worse than waiting."""
    run, step = lock_run(claim.run_id), Step.objects.get(pk=claim.step_id)
    if not claim.holds(step) or run.state not in Run.OPEN:
        return False
    return _attention(run, step, error, by=claim.worker, where=claim.condition)


@transaction.atomic
def expire_lease(run_id: int, step_id: int) -> int | None:
    """running → ready, or for good after the last attempt, when the worker has not answered in time. For the sweeper."""
    run, step = lock_run(run_id), Step.objects.get(pk=step_id)
    if step.state != State.RUNNING:
        return None
    if step.attempt < step.max_attempts:
        error = "The worker did not answer in time."
        moved = move(
            step, State.READY, by=SWEEPER, detail=error, where=LEASE_OVER, error=error, run_at=None, **NO_LEASE
        )
        return 1 if moved else None
    error = f"The worker did not answer in time, {step.attempt} times."
    return _give_up(run, step, error, by=SWEEPER, where=LEASE_OVER)


@transaction.atomic
def end_wait(run_id: int, step_id: int) -> int | None:
    """waiting → done for a wait whose time has come. For the sweeper."""
    run, step = lock_run(run_id), Step.objects.get(pk=step_id)
    if step.state != State.WAITING or step.kind != Step.Kind.WAIT:
        return None
    if not move(step, State.DONE, by=SWEEPER, where=Q(run_at__lte=Now())):
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
    """Once: a person has not answered in their term, so those who are answerable for the program are told."""
    run, step = lock_run(run_id), Step.objects.get(pk=step_id)
    late = Step.objects.filter(pk=step_id, state=State.WAITING, escalated_at=None, due_at__lte=Now())
    if late.update(escalated_at=Now()) != 1:
        return False
    note(step, State.WAITING, by=SWEEPER, detail="The term is over")
    notices.late(run, step)
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
    finish(run)
    return ready


def _give_up(run: Run, step: Step, error: str, *, by: str, where: Q) -> int | None:
    """An undo that fails for good must not end as failed: nobody would look, and the run would hang."""
    is_undo = step.compensates_id is not None
    if is_undo or (step.on_failure == Step.OnFailure.ATTENTION and run.state == Run.State.RUNNING):
        return 0 if _attention(run, step, error, by=by, where=where) else None
    if not move(step, State.FAILED, by=by, detail=error, where=where, error=error, **NO_LEASE):
        return None
    return compensation.begin(run, by=by)


def _attention(run: Run, step: Step, error: str, *, by: str, where: Q) -> bool:
    moved = move(step, State.ATTENTION, by=by, detail=error, where=where, error=error, **NO_LEASE)
    if moved:
        notices.attention(run, step)
    return moved

"""The one way in which a step changes state: compare-and-set. Postgres writes the line in the log (trigger wf_log_step)."""

from typing import Any

from django.db.models import Q

from workflows.engine.claims import Claim
from workflows.engine.clock import Now
from workflows.models import Run, Step, StepEvent

ENGINE, SWEEPER = "Engine", "Sweeper"
NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_until": None, "worker": ""}


def lock_run(run_id: int) -> Run:
    """The run, locked until the end of the transaction. Whatever ends a step takes this lock first.

    Without it two last steps that end together each see the other one open, and the run never ends.
    NO KEY UPDATE: rows that merely refer to the run may still be added.
    """
    return Run.objects.select_for_update(no_key=True).get(pk=run_id)


def lock_claimed(claim: Claim, step: Step | None = None) -> tuple[Run, Step] | None:
    """The run, locked as by `lock_run`, and the claimed step (`step`, where the worker has read it with its run).

    One query; None when the run is over or the lease lost. It may have got lost since the step was read, and nothing else
    of a leased step changes: move it only where `claim.condition` still holds.
    """
    if step is None:
        steps = Step.objects.select_related("run").select_for_update(no_key=True, of=("run",))
        step = steps.get(pk=claim.step_id)
    else:
        states = Run.objects.select_for_update(no_key=True).filter(pk=claim.run_id).values_list("state", flat=True)
        step.run.state = states.get()
    return (step.run, step) if claim.holds(step) and step.run.state in Run.OPEN else None


def open_parts(run: Run, step: Step | None = None) -> list[int]:
    """Open runs that steps of a locked run wait for (or only `step`), to be locked after it: nobody locks them before."""
    parts = Run.objects.filter(parent_step__run=run, state__in=Run.OPEN)
    if step is not None:
        parts = parts.filter(parent_step=step)
    return list(parts.order_by("pk").values_list("pk", flat=True))


def or_held(run: Run, state: str) -> str:
    """`state` for a step that begins; on hold while its run is paused."""
    return Step.State.HELD if run.state == Run.State.PAUSED else state


def move(step: Step, target: str, *, by: str, detail: str = "", where: Q | None = None, **changes: Any) -> bool:
    """Move the step from the state it was read in to `target`, if it still is in that state and `where` holds.

    Returns whether it moved. Side effects: the row, its StepEvent; the instance gets the plain values too.
    """
    rows = Step.objects.filter(where or Q(), pk=step.pk, state=step.state)
    if rows.update(state=target, **_log(by, detail), **changes) != 1:
        return False
    step.state = target
    for name, value in changes.items():
        if not hasattr(value, "resolve_expression"):
            setattr(step, name, value)
    return True


def _log(by: str, detail: str = "") -> dict[str, Any]:
    """What a changed row says of its change, for the trigger that writes the StepEvent."""
    return {"since": Now(), "moved_by": by[:200], "moved_why": detail[:500]}


def note(step: Step, *, by: str, detail: str) -> None:
    """A line in the log of a step that stays in its state."""
    StepEvent.objects.create(
        tenant_id=step.tenant_id,
        run_id=step.run_id,
        step_id=step.pk,
        old_state=step.state,
        new_state=step.state,
        attempt=step.attempt,
        actor=by[:200],
        detail=detail[:500],
        at=Now(),
    )


def cancel_all(run: Run, states: tuple[str, ...], *, by: str, but: Q | None = None) -> None:
    """Cancel the steps of a locked run that are in one of `states`; a worker on one of them loses its lease."""
    rows = Step.objects.filter(run=run, state__in=states)
    (rows.exclude(but) if but else rows).update(state=Step.State.CANCELLED, **_log(by), **NO_LEASE)

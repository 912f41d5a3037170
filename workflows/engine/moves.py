"""The one way in which a step changes state: compare-and-set, with its line in the log."""

from typing import Any

from django.db.models import Q

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

    Returns whether it moved. Side effects: the row, a StepEvent; the instance gets the plain values too.
    """
    rows = Step.objects.filter(where or Q(), pk=step.pk, state=step.state)
    if rows.update(state=target, since=Now(), **changes) != 1:
        return False
    note(step, target, by=by, detail=detail)
    step.state = target
    for name, value in changes.items():
        if not hasattr(value, "resolve_expression"):
            setattr(step, name, value)
    return True


def note(step: Step, target: str, *, by: str, detail: str = "") -> None:
    """A line in the log of the step."""
    StepEvent.objects.create(
        tenant_id=step.tenant_id,
        run_id=step.run_id,
        step_id=step.pk,
        old_state=step.state,
        new_state=target,
        attempt=step.attempt,
        actor=by[:200],
        detail=detail[:500],
        at=Now(),
    )


def cancel_all(run: Run, states: tuple[str, ...], *, by: str, but: Q | None = None) -> None:
    """Cancel the steps of a locked run that are in one of `states`; a worker on one of them loses its lease."""
    rows = Step.objects.select_for_update(no_key=True).filter(run=run, state__in=states)
    steps = list((rows.exclude(but) if but else rows).order_by("pk"))
    Step.objects.filter(pk__in=[step.pk for step in steps]).update(state=Step.State.CANCELLED, since=Now(), **NO_LEASE)
    for step in steps:
        note(step, Step.State.CANCELLED, by=by)

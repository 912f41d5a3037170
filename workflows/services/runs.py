"""What those who manage workflows do with runs: resolve, cancel, notice that a fact came true."""

from django.db import models, transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.permissions import Capability, Refused, require
from workflows.engine import attention, hints, pauses, runs, transitions, waits
from workflows.engine.moves import lock_run, open_parts
from workflows.models import Run, Step
from workflows.subjects import fact_of, subject_of


@transaction.atomic
def resolve_step(*, step: Step, how: str, actor: Actor, reason: str = "") -> Step:
    """Say what becomes of a step that needs attention: "retry" it, "done" (it did happen), or "skip" (go on without it).

    Raises Refused without workflow.manage in the program, Refusal without a reason for done and skip, for a decision or
    an approval that would so be passed by, and when somebody was first. Event `step.resolved`.
    """
    if how not in attention.TARGETS:
        raise Refusal("Try again, mark as done, or skip.", field="how")
    if how != "retry":
        _require_reason(reason)
    run = lock_run(step.run_id)
    step = Step.objects.get(pk=step.pk)
    _require_manager(run, actor)
    if how != "retry":
        _refuse_passing_by(step)
    if not attention.resolve(run, step, how=how, by=actor.label, reason=reason.strip()):
        raise Refusal("Somebody has resolved this already.", remedy="Reload the page.", code="state_changed")
    events.announce("step.resolved", step, actor=actor, how=how, reason=reason.strip(), run_id=run.pk)
    return step


@transaction.atomic
def skip_step(*, step: Step, reason: str, actor: Actor) -> Step:
    """Go on without a step that is queued, waits, is on hold or needs attention. Runs that are part of it are cancelled.

    Raises Refused without workflow.manage in the program, Refusal without a reason, for decisions and approvals, for a
    step that a worker is at or that is over. Event `step.resolved` with "skip".
    """
    _require_reason(reason)
    run = lock_run(step.run_id)
    step = Step.objects.get(pk=step.pk)
    if step.state == Step.State.ATTENTION:
        return resolve_step(step=step, how="skip", reason=reason, actor=actor)
    _require_manager(run, actor)
    _refuse_passing_by(step)
    if step.state == Step.State.RUNNING:
        raise Refusal(
            "A worker is at it right now.", remedy="Wait until it has ended, then look again.", code="running"
        )
    if step.state == Step.State.PENDING:
        raise Refusal("It has not begun yet.", remedy="Skip it when its turn has come.", code="pending")
    for part in open_parts(run, step):
        runs.cancel(part, actor=actor)
    if not attention.skip(run, Step.objects.get(pk=step.pk), by=actor.label, reason=reason.strip()):
        raise Refusal("This step is over already.", remedy="Reload the page.", code="state_changed")
    step.refresh_from_db()
    events.announce("step.resolved", step, actor=actor, how="skip", reason=reason.strip(), run_id=run.pk)
    return step


@transaction.atomic
def retry_now(*, step: Step, actor: Actor) -> Step:
    """Try a queued step again at once instead of after its pause. Raises Refused, and Refusal when it is not queued."""
    run = lock_run(step.run_id)
    _require_manager(run, actor)
    if Step.objects.filter(pk=step.pk, state=Step.State.READY).update(run_at=None) != 1:
        raise Refusal("It is not waiting for another try.", remedy="Reload the page.", code="state_changed")
    step.refresh_from_db()
    hints.after_commit(1)
    events.announce("step.resolved", step, actor=actor, how="retry", reason="", run_id=run.pk)
    return step


@transaction.atomic
def pause_run(*, run: Run, reason: str, actor: Actor) -> Run:
    """Hold a running run, and those that are part of it: nothing begins, nobody can answer, no term runs on.

    Raises Refused without workflow.manage in the program, Refusal without a reason or when it is not running. Event
    `run.paused`.
    """
    _require_reason(reason)
    _require_manager(run, actor)
    if not pauses.pause(run.pk, by=actor.label):
        raise Refusal("Only a running workflow can be paused.", remedy="Reload the page.", code="state_changed")
    run.refresh_from_db(fields=["state", "paused_at"])
    events.announce("run.paused", run, actor=actor, reason=reason.strip())
    return run


@transaction.atomic
def resume_run(*, run: Run, actor: Actor) -> Run:
    """Let a paused run go on; terms and timers move on by the pause. What came true meanwhile ends its step now.

    Raises Refused without workflow.manage in the program, Refusal when it is not paused. Event `run.resumed`.
    """
    _require_manager(run, actor)
    ready = pauses.resume(run.pk, by=actor.label)
    if ready is None:
        raise Refusal("This workflow is not paused.", remedy="Reload the page.", code="state_changed")
    hints.after_commit(ready)
    recheck(subject=subject_of(run), actor=actor)
    run.refresh_from_db(fields=["state", "paused_at", "finished_at"])
    events.announce("run.resumed", run, actor=actor)
    return run


@transaction.atomic
def cancel_run(*, run: Run, reason: str, actor: Actor, undo: bool = False) -> Run:
    """End a run before its time; with `undo`, what is done is undone first. Event `run.cancelled`.

    Raises Refused without workflow.manage in the program, Refusal without a reason or when it is over.
    """
    _require_reason(reason)
    _require_manager(run, actor)
    if not runs.cancel(run.pk, actor=actor, undo=undo):
        raise Refusal("This workflow is over already.", code="state_changed")
    run.refresh_from_db(fields=["state", "finished_at"])
    events.announce("run.cancelled", run, actor=actor, reason=reason.strip())
    return run


@transaction.atomic
def cancel_runs_about(*, subject: models.Model, actor: Actor, trigger: str = "", key: str = "") -> int:
    """End the open runs about a subject that has gone away, as automation; `trigger` narrows to those it started, `key`
    to those of the definition of that key."""
    open_runs = Run.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk, state__in=Run.OPEN)
    if trigger:
        open_runs = open_runs.filter(version__definition__trigger=trigger)
    if key:
        open_runs = open_runs.filter(version__definition__key=key)
    return sum(runs.cancel(pk, actor=actor) for pk in open_runs.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def recheck(*, subject: models.Model, actor: Actor) -> int:
    """End waiting steps about a subject whose `skip_when` fact has come true; returns how many.

    Call it in the transaction in which the fact comes true: it locks the runs first, so that a step which is just
    beginning sees the fact.
    """
    label = subject._meta.label_lower
    open_runs = Run.objects.filter(subject_type=label, subject_id=subject.pk, state__in=Run.OPEN)
    ended = 0
    for pk in open_runs.order_by("pk").values_list("pk", flat=True):
        run = lock_run(pk)
        fact = fact_of(run, subject_of(run))
        for step in (
            Step.objects.filter(run=run, state=Step.State.WAITING).exclude(params__skip_when=None).order_by("pk")
        ):
            if not fact(step.params["skip_when"]):
                continue
            ready = transitions.end_waiting(run, step, by=actor.label, detail="It has happened", outcome="done")
            if ready is not None:
                hints.after_commit(ready)
                ended += 1
    return ended


@transaction.atomic
def follow_dates(*, subject_type: str, subject_id: int) -> int:
    """Waits for a date of a subject follow the date when it changes, in both directions; returns how many moved.

    Called with every event about the subject. One query when nothing waits for its dates.
    """
    states = (Step.State.WAITING, Step.State.HELD)
    steps = Step.objects.filter(
        run__subject_type=subject_type,
        run__subject_id=subject_id,
        run__state__in=Run.OPEN,
        kind=Step.Kind.WAIT,
        state__in=states,
        params__until__has_key="date",
    )
    moved = 0
    for step in steps.order_by("run_id", "pk"):
        run = lock_run(step.run_id)
        if end := waits.has_moved(run, step):
            moved += Step.objects.filter(pk=step.pk, state__in=states).update(run_at=end)
    return moved


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Refusal("Say why.", field="reason", remedy="One sentence is enough.", code="required")


def _refuse_passing_by(step: Step) -> None:
    """Approvals are decided, never passed by: who manages workflows would else approve for everybody."""
    if step.kind == Step.Kind.DECISION:
        raise Refusal("What follows depends on this decision.", remedy="Mend its cause and try again.", field="how")
    if step.kind == Step.Kind.APPROVAL:
        raise Refusal(
            "An approval is decided, not skipped.", remedy="Ask who may decide it, or cancel the workflow.", field="how"
        )


def _require_manager(run: Run, actor: Actor) -> None:
    require(actor, Capability.WORKFLOW_MANAGE)
    if actor.programs is not None and run.program_id not in actor.programs:
        raise Refused(Capability.WORKFLOW_MANAGE)

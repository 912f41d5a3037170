"""What those who manage workflows do with runs: resolve, cancel, notice that a fact came true."""

from django.db import models, transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.permissions import Capability, Refused, require
from workflows.engine import attention, hints, runs, transitions
from workflows.engine.moves import lock_run
from workflows.models import Run, Step
from workflows.subjects import fact_of, subject_of


@transaction.atomic
def resolve_step(*, step: Step, how: str, actor: Actor, reason: str = "") -> Step:
    """Say what becomes of a step that needs attention: "retry" it, "done" (it did happen), or "skip" (go on without it).

    Raises Refused without workflow.manage in the program, Refusal without a reason for done and skip, for skipping a
    decision, and when somebody was first. Event `step.resolved`.
    """
    if how not in attention.TARGETS:
        raise Refusal("Try again, mark as done, or skip.", field="how")
    if how != "retry" and not reason.strip():
        raise Refusal("Say why.", field="reason", remedy="One sentence is enough.", code="required")
    run = lock_run(step.run_id)
    step = Step.objects.get(pk=step.pk)
    _require_manager(run, actor)
    if how != "retry" and step.kind == Step.Kind.DECISION:
        raise Refusal("What follows depends on this decision.", remedy="Mend its cause and try again.", field="how")
    if not attention.resolve(run, step, how=how, by=actor.label, reason=reason.strip()):
        raise Refusal("Somebody has resolved this already.", remedy="Reload the page.", code="state_changed")
    events.announce("step.resolved", step, actor=actor, how=how, reason=reason.strip(), run_id=run.pk)
    return step


@transaction.atomic
def cancel_run(*, run: Run, reason: str, actor: Actor, undo: bool = False) -> Run:
    """End a run before its time; with `undo`, what is done is undone first. Event `run.cancelled`.

    Raises Refused without workflow.manage in the program, Refusal without a reason or when it is over.
    """
    if not reason.strip():
        raise Refusal("Say why.", field="reason", remedy="One sentence is enough.", code="required")
    _require_manager(run, actor)
    if not runs.cancel(run.pk, actor=actor, undo=undo):
        raise Refusal("This workflow is over already.", code="state_changed")
    run.refresh_from_db(fields=["state", "finished_at"])
    events.announce("run.cancelled", run, actor=actor, reason=reason.strip())
    return run


@transaction.atomic
def cancel_runs_about(*, subject: models.Model, actor: Actor, trigger: str = "") -> int:
    """End the open runs about a subject that has gone away, as automation; `trigger` narrows to those it started."""
    open_runs = Run.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk, state__in=Run.OPEN)
    if trigger:
        open_runs = open_runs.filter(version__definition__trigger=trigger)
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


def _require_manager(run: Run, actor: Actor) -> None:
    require(actor, Capability.WORKFLOW_MANAGE)
    if actor.programs is not None and run.program_id not in actor.programs:
        raise Refused(Capability.WORKFLOW_MANAGE)

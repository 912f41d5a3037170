"""Runs begin, and are cancelled."""

from typing import Any

from django.db import models, transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.models import Membership
from workflows.engine import compensation, hints
from workflows.engine.activation import activate
from workflows.engine.clock import Now
from workflows.engine.finish import close, finish
from workflows.engine.moves import cancel_all, lock_run, open_parts
from workflows.graph import StepSpec, read
from workflows.models import DefinitionVersion, Edge, Run, Step
from workflows.subjects import kind_of

OPEN_STEPS = tuple(state for state in Step.State.values if state not in Step.ENDED)


@transaction.atomic
def start(
    *,
    version: DefinitionVersion,
    subject: models.Model,
    idempotency_key: str,
    actor: Actor,
    context: dict[str, Any] | None = None,
    parent_step: Step | None = None,
) -> Run:
    """Begin a run of `version` about `subject`; the same key gives the run that is there already.

    `parent_step`: the step that ends when this run does. Side effects: run, steps and edges; what has no parent begins; a
    hint to the workers after commit; event `run.started`, and `run.finished` when there is nothing to do.
    Raises GraphError for a version that cannot work.
    """
    kind = kind_of(subject._meta.label_lower)
    requester = kind.requester(subject)
    run, is_new = Run.objects.get_or_create(
        idempotency_key=idempotency_key,
        defaults={
            "version": version,
            "program": kind.program(subject),
            "title": str(subject)[:200],
            "subject_type": kind.label,
            "subject_id": subject.pk,
            "context": context or {},
            "started_by_id": _existing_membership(actor.person_id),
            "requested_by": requester,
            "parent_step": parent_step,
            "started_at": Now(),
        },
    )
    if not is_new:
        return run
    roots = _make_steps(
        run, read(version.graph, subject_type=kind.label), on_failure=version.graph.get("on_failure", "")
    )
    events.announce("run.started", run, actor=actor, definition=version.definition.key)
    hints.after_commit(sum(activate(run, step) for step in roots))
    finish(run)
    return run


def _existing_membership(person_id: int | None) -> int | None:
    return person_id if person_id and Membership.objects.filter(pk=person_id).exists() else None


def _make_steps(run: Run, specs: list[StepSpec], *, on_failure: str) -> list[Step]:
    """Rows for the graph; returns the steps that nothing comes before."""
    steps = {
        spec.key: Step(
            tenant_id=run.tenant_id,
            run=run,
            key=spec.key,
            title=spec.title,
            kind=spec.kind,
            position=position,
            params=spec.as_params(),
            action=spec.action,
            compensator=spec.undo,
            on_failure=spec.on_failure or on_failure or Step.OnFailure.ATTENTION,
            max_attempts=spec.max_attempts,
            deps_left=len(spec.after),
        )
        for position, spec in enumerate(specs)
    }
    Step.objects.bulk_create(steps.values())
    Edge.objects.bulk_create(
        Edge(tenant_id=run.tenant_id, parent=steps[parent], child=steps[spec.key], outcome=outcome)
        for spec in specs
        for parent, outcome in spec.after
    )
    return [step for step in steps.values() if not step.deps_left]


@transaction.atomic
def cancel(run_id: int, *, actor: Actor, undo: bool = False) -> bool:
    """End an open run: nothing of it begins any more. Workers on one of its steps lose their lease.

    With `undo` what is done is undone first. Returns False when it was over already. Event `run.finished`, in the end.
    """
    run = lock_run(run_id)
    if run.state not in Run.OPEN:
        return False
    if undo:
        hints.after_commit(compensation.begin(run, by=actor.label))
        return True
    for part in open_parts(run):
        cancel(part, actor=actor)
    cancel_all(run, OPEN_STEPS, by=actor.label)
    return close(run, Run.State.CANCELLED, actor=actor)

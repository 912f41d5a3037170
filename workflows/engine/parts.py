"""Steps that start another workflow: a run about the same subject, which ends the step when it ends."""

from django.db import transaction

from workflows.engine import compensation, pauses, runs
from workflows.engine.claims import Claim
from workflows.engine.finish import actor_of, finish
from workflows.engine.moves import NO_LEASE, lock_claimed, move, or_held
from workflows.models import Definition, DefinitionVersion, Run, Step
from workflows.subjects import subject_of

DEEPEST = 5


class NoWorkflow(LookupError):  # noqa: N818  words for who mends it
    """The workflow that a step names cannot be started."""


@transaction.atomic
def begin(claim: Claim) -> int | None:
    """running → waiting for the run that begins here, in one transaction. Returns how many steps became ready; None: lease lost.

    Raises NoWorkflow when there is none of that key, or when workflows start each other without end.
    """
    if not (locked := lock_claimed(claim)):
        return None
    run, step = locked
    if run.state == Run.State.COMPENSATING:  # a sibling has failed since: what has not begun does not begin
        return _give_back(run, step, claim)
    version = find_version(run, step.params["workflow"])
    _refuse_depth(run)
    moved = move(step, or_held(run, Step.State.WAITING), by=claim.worker, where=claim.condition, error="", **NO_LEASE)
    if not moved:
        return None
    part = runs.start(
        version=version,
        subject=subject_of(run),
        idempotency_key=f"part:{step.public_id}:{step.sub_runs.count()}",
        actor=actor_of(run),
        context={"part_of": str(run.public_id)},
        parent_step=step,
    )
    if run.state == Run.State.PAUSED:
        pauses.pause(part.pk, by=claim.worker)
    return 0  # `start` has sent the hints


def _give_back(run: Run, step: Step, claim: Claim) -> int | None:
    if not move(step, Step.State.CANCELLED, by=claim.worker, where=claim.condition, **NO_LEASE):
        return None
    ready = compensation.undo(run)
    finish(run)
    return ready


def find_version(run: Run, key: str) -> DefinitionVersion:
    """The newest version of the workflow of that key in the run's program, or else of the company."""
    about = Definition.objects.filter(key=key, is_active=True, subject_type=run.subject_type)
    for program in dict.fromkeys([run.program_id, None]):
        versions = DefinitionVersion.objects.filter(definition__in=about.filter(program=program))
        if version := versions.select_related("definition").order_by("-number").first():
            return version
    raise NoWorkflow(f"There is no active workflow “{key}” here. Publish one, then try again.")


def _refuse_depth(run: Run) -> None:
    depth, outer = 0, run
    while outer.parent_step_id:
        depth, outer = depth + 1, Run.objects.get(steps=outer.parent_step_id)
    if depth >= DEEPEST:
        raise NoWorkflow(f"Workflows start each other more than {DEEPEST} levels deep: one of them starts itself.")

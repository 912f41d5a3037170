"""What people do with steps: approve, reject, complete."""

from django.db import transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.permissions import Capability, Refused
from workflows import people
from workflows.engine import hints, transitions
from workflows.engine.clock import Now
from workflows.engine.moves import lock_run
from workflows.models import Run, Step

APPROVED, REJECTED = "approved", "rejected"


@transaction.atomic
def decide(*, step: Step, outcome: str, actor: Actor, comment: str = "") -> Step:
    """Approve or reject what a waiting approval asks. `outcome` is "approved" or "rejected"; a rejection needs a comment.

    Raises Refused for somebody who is not asked, Refusal for one's own request (also through an automation on one's
    behalf), for who has decided another step of the same run, and for the second of two who decide: it says who was first.
    Side effects: the step ends, the run goes on, event `step.decided`.
    """
    if outcome not in (APPROVED, REJECTED):
        raise Refusal("Approve or reject.", field="outcome")
    if outcome == REJECTED and not comment.strip():
        raise Refusal("Say why, so that it can be mended.", field="comment", code="required")
    return _answer(step, kind=Step.Kind.APPROVAL, outcome=outcome, actor=actor, comment=comment)


@transaction.atomic
def complete_task(*, step: Step, actor: Actor, comment: str = "") -> Step:
    """Say that a waiting task is done. Raises as `decide`. Event `step.decided` with outcome "done"."""
    if step.params.get("skip_when"):
        raise Refusal("This is done by itself as soon as it has happened.", code="by_itself")
    return _answer(step, kind=Step.Kind.TASK, outcome="done", actor=actor, comment=comment)


def _answer(step: Step, *, kind: str, outcome: str, actor: Actor, comment: str) -> Step:
    run = lock_run(step.run_id)  # whoever comes second waits here, and then sees that it is decided
    step = Step.objects.select_related("decided_by__user").get(pk=step.pk)
    _refuse_wrong_person(run, step, actor)
    if step.kind != kind:
        raise Refusal("This step is answered in another way.", remedy="Reload the page.")
    if step.state != Step.State.WAITING or run.state not in Run.OPEN:
        raise Refusal(_too_late(step), remedy="Reload the page to see what happened.", code="state_changed")
    ready = transitions.end_waiting(
        run,
        step,
        by=actor.label,
        detail=comment,
        outcome=outcome,
        decided_by_id=actor.membership_id,
        decided_at=Now(),
        comment=comment.strip(),
    )
    if ready is None:
        raise Refusal(_too_late(step), remedy="Reload the page to see what happened.", code="state_changed")
    hints.after_commit(ready)
    events.announce("step.decided", step, actor=actor, outcome=outcome, run_id=run.pk, kind=step.kind)
    return step


def _refuse_wrong_person(run: Run, step: Step, actor: Actor) -> None:
    if actor.kind == "automation" or actor.membership_id is None:
        raise Refusal("A person decides this, not an automation.", code="person_only")
    barred = people.barred(run, step)
    if actor.membership_id in barred:
        own = actor.membership_id in {run.requested_by_id, run.started_by_id}
        raise Refusal(
            "Nobody approves their own request." if own else "You have decided an earlier step of this already.",
            remedy="Another person must decide.",
            code="own_request" if own else "second_pair_of_eyes",
        )
    if step.assignee_id:
        if step.assignee_id != actor.membership_id:
            raise Refusal("This waits for somebody else.", code="not_asked")
        return
    capability = step.capability or Capability.WORKFLOW_MANAGE
    in_program = actor.programs is None or run.program_id in actor.programs
    if not actor.can(capability) or not in_program:
        raise Refused(capability)


def _too_late(step: Step) -> str:
    word = {"approved": "approved", "rejected": "rejected"}.get(step.outcome, "completed")
    if step.decided_by is not None:
        return f"{step.decided_by} has {word} this already."
    return f"This is “{step.get_state_display()}” by now."

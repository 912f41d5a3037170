"""The door to a step of people: who comes in, and how the step ends by what they say. For all four kinds."""

from datetime import datetime
from typing import Any

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.permissions import Capability, Refused
from workflows import people
from workflows.asking import APPROVED, CHANGES, REJECTED
from workflows.engine import hints, transitions
from workflows.engine.moves import lock_run
from workflows.models import Decision, Run, Step
from workflows.standins import StandIn

WORDS = {APPROVED: "approved", REJECTED: "rejected", CHANGES: "asked for changes of"}


def open_step(step: Step, kind: str, actor: Actor) -> tuple[Run, Step, StandIn]:
    """The locked run, the step as it is now, and in whose place the actor answers it. Whoever comes second waits here.

    Raises Refused for somebody who is not asked; Refusal for an automation, for one's own request or a second answer in a
    run (approvals), for a delegate above their limit, for a step of another kind, and when it is over: it says who was first.
    """
    run = lock_run(step.run_id)
    step = Step.objects.select_related("decided_by__user", "tenant").get(pk=step.pk)
    if actor.kind == "automation" or actor.membership_id is None:
        raise Refusal("A person answers this, not an automation.", code="person_only")
    place = _place_in(step, actor)
    if step.kind != kind:
        raise Refusal("This step is answered in another way.", remedy="Reload the page.")
    if step.state != Step.State.WAITING or run.state not in Run.OPEN:
        raise too_late(step)
    if place is None:
        raise _not_asked(run, step, actor)
    return run, step, place


def end_step(
    run: Run,
    step: Step,
    actor: Actor,
    *,
    outcome: str,
    comment: str,
    at: datetime,
    result: dict[str, Any] | None = None,
) -> None:
    """waiting → done by what the actor says. Raises Refusal when somebody was faster. A hint to the workers after commit."""
    ready = transitions.end_waiting(
        run,
        step,
        by=actor.label,
        detail=comment,
        result=result,
        outcome=outcome,
        decided_by_id=actor.membership_id,
        decided_at=at,
        comment=comment,
    )
    if ready is None:
        raise too_late(step)
    hints.after_commit(ready)


def announce(run: Run, step: Step, actor: Actor, *, outcome: str, **more: Any) -> None:
    """Event `step.decided`."""
    events.announce("step.decided", step, actor=actor, outcome=outcome, run_id=run.pk, kind=step.kind, **more)


def too_late(step: Step) -> Refusal:
    """What is said to the second of two."""
    words = f"This is “{step.get_state_display()}” by now."
    if step.decided_by is not None:
        words = f"{step.decided_by} has {WORDS.get(step.outcome, 'completed')} this already."
    return Refusal(words, remedy="Reload the page to see what happened.", code="state_changed")


def _place_in(step: Step, actor: Actor) -> StandIn | None:
    """In whose place the actor answers: their own first, then by the widest limit; None when they may not."""
    for one, condition in people.place_conditions(actor):
        if Step.objects.filter(condition, pk=step.pk).exists():
            return one
    return None


def _not_asked(run: Run, step: Step, actor: Actor) -> Refusal | Refused:
    """Why somebody may not answer: their own request, a second answer, an amount above their limit, or not asked."""
    me = actor.membership_id
    if me in people.barred(run, step):
        own = me in {run.requested_by_id, run.started_by_id}
        here = Decision.objects.filter(step=step, voided_at=None, decided_by=me).exists()
        message = "You have decided this already." if here else "You have decided an earlier step of this already."
        return Refusal(
            "Nobody approves their own request." if own else message,
            remedy="Another person must decide.",
            code="own_request" if own else "second_pair_of_eyes",
        )
    if step.kind == Step.Kind.APPROVAL and _stands_in(run, step, actor):
        return Refusal(
            "You may not decide this in somebody's place: it is above your limit, or it is their own request.",
            remedy="Ask them, or another approver.",
            code="not_as_delegate",
        )
    if step.assignee_id or step.needed is not None:
        return Refusal("This waits for somebody else.", code="not_asked")
    return Refused(step.capability or Capability.WORKFLOW_MANAGE)


def _stands_in(run: Run, step: Step, actor: Actor) -> bool:
    asked = people.places_asked(run, step) | {run.requested_by_id, run.started_by_id}
    return any(one.is_delegated and one.place in asked for one, _ in people.place_conditions(actor))

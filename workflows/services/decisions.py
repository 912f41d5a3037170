"""What people do with steps: approve, reject, ask for changes, complete."""

from datetime import datetime
from typing import Any

from django.db import transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, Refused
from workflows import asking, notices, people
from workflows.asking import APPROVED, CHANGES, REJECTED
from workflows.engine import hints, transitions
from workflows.engine.clock import now
from workflows.engine.moves import lock_run, note
from workflows.materials import content_of, hash_of
from workflows.models import Decision, Edge, Run, Step
from workflows.standins import StandIn
from workflows.subjects import kind_of, subject_of

WORDS = {APPROVED: "approved", REJECTED: "rejected", CHANGES: "asked for changes of"}
Via = Decision.Via


@transaction.atomic
def decide(
    *,
    step: Step,
    outcome: str,
    actor: Actor,
    comment: str = "",
    via: str = Via.PAGE,
    seen: str = "",
) -> Step:
    """Answer a waiting approval: "approved", "rejected" or "changes" (give it back to be changed); the last two need a comment.

    The decision is made in the actor's own place, or in that of somebody for whom they stand in, and is tied to the material
    fields as they are now. `seen` is the hash of what the actor has looked at; empty asks for no comparison. One person
    fills one place, and each place is filled once. The step ends at enough approvals, or at the first other answer.

    Raises Refused for somebody who is not asked; Refusal for one's own request (also through an automation on one's behalf,
    or as a delegate), for who has decided in this run already, when what is asked has changed since it was looked at, and
    for the second of two who decide: it says who was first. Side effects: a Decision; perhaps the step ends and the run
    goes on; event `step.decided`.
    """
    if outcome not in WORDS:
        raise Refusal("Approve, reject or ask for changes.", field="outcome")
    if outcome != APPROVED and not comment.strip():
        raise Refusal("Say why, so that it can be mended.", field="comment", code="required")
    run, step, place = _open(step, Step.Kind.APPROVAL, actor)
    decision = _store(run, step, place, actor, outcome=outcome, comment=comment.strip(), via=via, seen=seen)
    _settle(run, step, decision, actor)
    events.announce(
        "step.decided",
        step,
        actor=actor,
        outcome=outcome,
        run_id=run.pk,
        kind=step.kind,
        via=via,
        in_place_of_id=decision.in_place_of_id,
        has_ended=step.state == Step.State.DONE,
    )
    return step


@transaction.atomic
def complete_task(*, step: Step, actor: Actor, comment: str = "") -> Step:
    """Say that a waiting task is done. Raises as `decide`. Event `step.decided` with outcome "done"."""
    if step.params.get("skip_when"):
        raise Refusal("This is done by itself as soon as it has happened.", code="by_itself")
    run, step, _ = _open(step, Step.Kind.TASK, actor)
    _end(run, step, actor, outcome="done", comment=comment.strip(), at=now())
    events.announce("step.decided", step, actor=actor, outcome="done", run_id=run.pk, kind=step.kind)
    return step


def _open(step: Step, kind: str, actor: Actor) -> tuple[Run, Step, StandIn]:
    """The locked run, the step as it is now, and in whose place the actor answers it; raises for everybody else."""
    run, step = _lock(step)
    _refuse_robots(actor)
    place = _place_in(run, step, actor)
    _refuse_wrong_state(run, step, kind)
    if place is None:
        _refuse_person(run, step, actor)
    assert place is not None
    return run, step, place


def _lock(step: Step) -> tuple[Run, Step]:
    """Whoever comes second waits here, and then sees that it is decided."""
    run = lock_run(step.run_id)
    return run, Step.objects.select_related("decided_by__user", "tenant").get(pk=step.pk)


def _place_in(run: Run, step: Step, actor: Actor) -> StandIn | None:
    """In whose place the actor answers: their own first, then by the widest limit; None when they may not."""
    for one, condition in people.place_conditions(actor):
        if Step.objects.filter(condition, pk=step.pk).exists():
            return one
    return None


def _in_place_of(run: Run, step: Step, place: StandIn) -> int:
    """Whose place is filled. A manager to whom it was escalated, and who is not asked, fills that of the late approver."""
    asked = people.places_asked(run, step)
    if place.place in asked:
        return place.place
    if (found := people.escalation_of(run, step)) and place.place == step.escalated_to_id:
        return found[0].pk
    left = sorted(asked - people.barred(run, step))
    return left[0] if left else place.place


def _store(
    run: Run, step: Step, place: StandIn, actor: Actor, *, outcome: str, comment: str, via: str, seen: str
) -> Decision:
    subject = subject_of(run)
    content = content_of(step, subject, run=run)
    digest = hash_of(content)
    if seen and seen != digest:
        raise Refusal(
            "This has changed since you looked at it.",
            remedy="Look at what is different, then decide.",
            code="content_changed",
        )
    amount, currency = kind_of(run.subject_type).amount(subject) or (None, "")
    return Decision.objects.create(
        step=step,
        decided_by_id=place.person,
        in_place_of_id=_in_place_of(run, step, place),
        outcome=outcome,
        comment=comment,
        content=content,
        content_hash=digest,
        amount=amount,
        currency=currency,
        via=via,
        decided_at=now(),
    )


def _settle(run: Run, step: Step, decision: Decision, actor: Actor) -> None:
    """End the step, if this decision was the last that it needs; else say who is waited for still."""
    if decision.outcome != APPROVED:
        outcome = _way_back(step) if decision.outcome == CHANGES else REJECTED
        _end(run, step, actor, outcome=outcome, comment=decision.comment, at=decision.decided_at)
        return
    standing = Decision.objects.filter(step=step, voided_at=None, outcome=APPROVED).order_by("decided_at", "pk")
    if len(standing) >= (step.needed or 1):
        words = " · ".join(one.comment for one in standing if one.comment)
        _end(run, step, actor, outcome=APPROVED, comment=words, at=decision.decided_at)
        return
    note(step, by=actor.label, detail=f"Approved, {len(standing)} of {step.needed}")
    if not asking.can_be_reached(run, step):
        give_up(run, step, by=actor.label)
    elif step.escalated_at and asking.escalate(run, step):
        notices.escalated(run, step)


def give_up(run: Run, step: Step, *, by: str) -> None:
    """End an approval of a locked run for which too few people are left: as rejected, with that as its reason."""
    words = f"{step.needed} people must approve, and not so many are left who can. Ask anew, or have more people asked."
    ready = transitions.end_waiting(run, step, by=by, detail=words, outcome=REJECTED, comment=words, decided_at=now())
    hints.after_commit(ready or 0)
    step.refresh_from_db()


def _way_back(step: Step) -> str:
    """A graph that knows no “changes” gives the thing back as it does after a rejection."""
    knows = Edge.objects.filter(parent=step, outcome__in=("", CHANGES)).exists()
    return CHANGES if knows else REJECTED


def _end(run: Run, step: Step, actor: Actor, *, outcome: str, comment: str, at: datetime) -> None:
    decision: dict[str, Any] = {"decided_by_id": actor.membership_id, "decided_at": at, "comment": comment}
    ready = transitions.end_waiting(run, step, by=actor.label, detail=comment, outcome=outcome, **decision)
    if ready is None:
        raise Refusal(_too_late(step), remedy="Reload the page to see what happened.", code="state_changed")
    hints.after_commit(ready)


def _refuse_robots(actor: Actor) -> None:
    if actor.kind == "automation" or actor.membership_id is None:
        raise Refusal("A person decides this, not an automation.", code="person_only")


def _refuse_wrong_state(run: Run, step: Step, kind: str) -> None:
    if step.kind != kind:
        raise Refusal("This step is answered in another way.", remedy="Reload the page.")
    if step.state != Step.State.WAITING or run.state not in Run.OPEN:
        raise Refusal(_too_late(step), remedy="Reload the page to see what happened.", code="state_changed")


def _refuse_person(run: Run, step: Step, actor: Actor) -> None:
    """Say why somebody may not answer: their own request, a second answer, an amount above their limit, or not asked."""
    me = actor.membership_id
    if me in people.barred(run, step):
        own = me in {run.requested_by_id, run.started_by_id}
        here = Decision.objects.filter(step=step, voided_at=None, decided_by=me).exists()
        message = "You have decided this already." if here else "You have decided an earlier step of this already."
        raise Refusal(
            "Nobody approves their own request." if own else message,
            remedy="Another person must decide.",
            code="own_request" if own else "second_pair_of_eyes",
        )
    if _stands_in(run, step, actor):
        raise Refusal(
            "You may not decide this in somebody's place: it is above your limit, or it is their own request.",
            remedy="Ask them, or another approver.",
            code="not_as_delegate",
        )
    if step.assignee_id or step.needed is not None:
        raise Refusal("This waits for somebody else.", code="not_asked")
    raise Refused(step.capability or Capability.WORKFLOW_MANAGE)


def _stands_in(run: Run, step: Step, actor: Actor) -> bool:
    asked = people.places_asked(run, step) | {run.requested_by_id, run.started_by_id}
    return any(one.is_delegated and one.place in asked for one, _ in people.place_conditions(actor))


def _too_late(step: Step) -> str:
    if step.decided_by is not None:
        return f"{step.decided_by} has {_word(step)} this already."
    return f"This is “{step.get_state_display()}” by now."


def _word(step: Step) -> str:
    return WORDS.get(step.outcome, "completed")


def names_of(decision: Decision) -> tuple[Membership, Membership | None]:
    """(who decided, in whose place; None for their own)."""
    other = decision.in_place_of if decision.in_place_of_id != decision.decided_by_id else None
    return decision.decided_by, other

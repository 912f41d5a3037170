"""What people decide: approve, reject, ask for changes."""

from django.db import transaction

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
from workflows import asking, notices, people
from workflows.asking import APPROVED, CHANGES, REJECTED
from workflows.engine import hints, transitions
from workflows.engine.clock import now
from workflows.engine.moves import note
from workflows.materials import content_of, hash_of
from workflows.models import Decision, Edge, Run, Step
from workflows.services import door
from workflows.standins import StandIn
from workflows.subjects import kind_of, subject_of

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
    if outcome not in door.WORDS:
        raise Refusal("Approve, reject or ask for changes.", field="outcome")
    if outcome != APPROVED and not comment.strip():
        raise Refusal("Say why, so that it can be mended.", field="comment", code="required")
    run, step, place = door.open_step(step, Step.Kind.APPROVAL, actor)
    decision = _store(run, step, place, actor, outcome=outcome, comment=comment.strip(), via=via, seen=seen)
    _settle(run, step, decision, actor)
    has_ended = step.state == Step.State.DONE
    door.announce(
        run, step, actor, outcome=outcome, via=via, in_place_of_id=decision.in_place_of_id, has_ended=has_ended
    )
    return step


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
        door.end_step(run, step, actor, outcome=outcome, comment=decision.comment, at=decision.decided_at)
        return
    standing = Decision.objects.filter(step=step, voided_at=None, outcome=APPROVED).order_by("decided_at", "pk")
    if len(standing) >= (step.needed or 1):
        words = " · ".join(one.comment for one in standing if one.comment)
        door.end_step(run, step, actor, outcome=APPROVED, comment=words, at=decision.decided_at)
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


def names_of(decision: Decision) -> tuple[Membership, Membership | None]:
    """(who decided, in whose place; None for their own)."""
    other = decision.in_place_of if decision.in_place_of_id != decision.decided_by_id else None
    return decision.decided_by, other

"""Engaging: from an open requisition and a person to a planned assignment."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.formats import money_text
from freelance_hub.models import Membership
from freelance_hub.numbers import next_number
from freelance_hub.permissions import Capability, require
from talent.access import owns_work
from talent.models import Assignment, Engagement, Freelancer, Requisition, Submission
from talent.services.requisitions import budget_left, refuse_others
from talent.services.submissions import UNDECIDED


@transaction.atomic
def engage(
    *,
    requisition: Requisition,
    freelancer: Freelancer,
    rate: Decimal,
    starts_on: date,
    ends_on: date,
    title: str,
    manager: Membership,
    actor: Actor,
    budget: Decimal | None = None,
) -> Assignment:
    """Engage a person for an open requisition: an engagement and its first assignment, planned.

    `rate` per the requisition's unit and `budget`, the most that may be accepted, both without tax in its currency;
    budget left out: all that is left of the requisition's. `manager` accepts the work. Raises Refused without
    assignment.engage or for another's requisition without requisition.manage; Refusal, with what to change, when the
    requisition is not open, the person is blocked, has no e-mail address, is engaged for it already or is oneself, the
    rate is out of range, the budget above what is left, or the dates end before they start.
    Side effects: engagement and assignment rows, a hired submission, event `assignment.planned`.
    """
    require(actor, Capability.ASSIGNMENT_ENGAGE)
    refuse_others(requisition, actor)
    # The lock keeps two engagements from spending the same budget.
    requisition = Requisition.objects.select_for_update().select_related("program").get(pk=requisition.pk)
    _refuse_requisition(requisition)
    _refuse_person(requisition, freelancer, manager, actor)
    _refuse_rate(requisition, rate)
    if ends_on < starts_on:
        raise Refusal("It ends before it starts.", field="ends_on", remedy="Choose a later day.", code="dates")
    if not title.strip():
        raise Refusal("Give the assignment a title.", field="title", code="required")
    budget = _allowed_budget(requisition, budget)
    engagement = Engagement.objects.create(
        freelancer=freelancer,
        legal_entity_id=requisition.program.legal_entity_id,
        program_id=requisition.program_id,
        purpose=title.strip(),
    )
    assignment = Assignment.objects.create(
        number=next_number("assignment"),
        engagement=engagement,
        program_id=requisition.program_id,
        freelancer=freelancer,
        requisition=requisition,
        manager=manager,
        title=title.strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        rate=rate,
        rate_unit=requisition.rate_unit,
        currency=requisition.currency,
        budget=budget,
    )
    _hire(requisition, freelancer, rate, actor)
    events.announce(
        "assignment.planned",
        assignment,
        actor=actor,
        requisition_id=requisition.pk,
        freelancer_id=freelancer.pk,
        program_id=assignment.program_id,
    )
    return assignment


def _refuse_requisition(requisition: Requisition) -> None:
    if requisition.state != Requisition.State.OPEN:
        remedy = {
            Requisition.State.DRAFT: "Submit it for approval first.",
            Requisition.State.IN_APPROVAL: "Wait for the approval.",
            Requisition.State.ON_HOLD: "Reopen it first.",
            Requisition.State.FILLED: "Reopen it to engage one more.",
        }.get(Requisition.State(requisition.state), "Ask for a new one.")
        raise Refusal(
            f"{requisition.ref} is “{requisition.get_state_display()}”, so nobody can be engaged for it.",
            remedy=remedy,
            code="not_open",
        )


def _refuse_person(requisition: Requisition, freelancer: Freelancer, manager: Membership, actor: Actor) -> None:
    if freelancer.state == Freelancer.State.BLOCKED:
        raise Refusal(
            f"{freelancer.name} is marked “do not engage”.",
            field="freelancer",
            remedy="Choose somebody else, or ask a program manager to lift the mark.",
            code="blocked",
        )
    if not freelancer.email:
        raise Refusal(
            f"{freelancer.name} has no e-mail address, so no invitation can reach them.",
            field="freelancer",
            remedy="Add it to their entry in the directory first.",
            code="no_email",
        )
    if owns_work(actor, freelancer):
        raise Refusal("Nobody engages themselves.", field="freelancer", remedy="Ask a colleague.", code="own_person")
    if manager.kind != Membership.Kind.STAFF or manager.state != Membership.State.ACTIVE:
        raise Refusal(
            f"{manager} is not an active employee.", field="manager", remedy="Choose somebody else.", code="manager"
        )
    if freelancer.membership_id and freelancer.membership.user_id == manager.user_id:
        raise Refusal("Nobody manages themselves.", field="manager", remedy="Choose somebody else.", code="manager")
    live = Assignment.objects.filter(requisition=requisition, freelancer=freelancer).exclude(state__in=Assignment.OVER)
    if (twin := live.first()) is not None:
        raise Refusal(
            f"{freelancer.name} is engaged for {requisition.ref} already: {twin.ref}.", field="freelancer", code="taken"
        )


def _refuse_rate(requisition: Requisition, rate: Decimal) -> None:
    low, high, unit = requisition.rate_min, requisition.rate_max, requisition.get_rate_unit_display()
    if rate <= 0:
        raise Refusal("A rate is above zero.", field="rate", code="rate")
    if high is not None and rate > high:
        raise Refusal(
            f"{money_text(rate, requisition.currency)} {unit} is above what was approved.",
            field="rate",
            remedy=f"Agree on at most {money_text(high, requisition.currency)}, or ask anew with a wider range.",
            code="rate",
        )
    if low is not None and rate < low:
        raise Refusal(
            f"{money_text(rate, requisition.currency)} {unit} is below what was approved.",
            field="rate",
            remedy=f"Pay at least {money_text(low, requisition.currency)}, or ask anew with a wider range.",
            code="rate",
        )


def _allowed_budget(requisition: Requisition, budget: Decimal | None) -> Decimal:
    left = budget_left(requisition)
    if left <= 0:
        raise Refusal(
            f"Nothing is left of the budget of {requisition.ref}.",
            field="budget",
            remedy="End an assignment that holds it, or ask for a new budget.",
            code="budget",
        )
    if budget is None:
        return left
    if budget <= 0:
        raise Refusal("A budget is above zero.", field="budget", code="budget")
    if budget > left:
        raise Refusal(
            f"{money_text(budget, requisition.currency)} is more than is left of {requisition.ref}.",
            field="budget",
            remedy=f"Give at most {money_text(left, requisition.currency)}.",
            code="budget",
        )
    return budget


def _hire(requisition: Requisition, freelancer: Freelancer, rate: Decimal, actor: Actor) -> None:
    """The candidate becomes the hired one; who was never put forward becomes candidate and hired at once."""
    mine = Submission.objects.filter(requisition=requisition, freelancer=freelancer)
    now = timezone.now()
    if mine.filter(state__in=UNDECIDED).update(state=Submission.State.HIRED, rate=rate, decided_at=now):
        return
    if not mine.update(state=Submission.State.HIRED, rate=rate, decided_at=now):
        Submission.objects.create(
            requisition=requisition,
            freelancer=freelancer,
            state=Submission.State.HIRED,
            rate=rate,
            currency=requisition.currency,
            created_by_id=actor.person_id or requisition.requested_by_id,
            decided_at=now,
        )

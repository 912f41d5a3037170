"""Candidates: put forward for a requisition, shortlisted or declined."""

from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.states import change_state
from talent.models import Freelancer, Requisition, Submission
from talent.services.requisitions import refuse_others

State = Submission.State
UNDECIDED = (State.NEW, State.SHORTLISTED, State.INTERVIEW, State.OFFERED)


@transaction.atomic
def add_submission(
    *, requisition: Requisition, freelancer: Freelancer, actor: Actor, rate: Decimal | None = None
) -> Submission:
    """Put a person forward for an open requisition; `rate` as asked, in the requisition's currency and unit.

    Raises Refusal when the requisition is not open, the person is blocked or is a candidate already. Event
    `submission.added`.
    """
    refuse_others(requisition, actor)
    if requisition.state != Requisition.State.OPEN:
        raise Refusal(
            f"{requisition.ref} is “{requisition.get_state_display()}”; candidates are put forward while it is open.",
            code="not_open",
        )
    if freelancer.state == Freelancer.State.BLOCKED:
        raise Refusal(f"{freelancer.name} is marked “do not engage”.", code="blocked")
    if actor.person_id is None:
        raise Refusal("Say for whom the automation acts.", code="required")
    if rate is None and freelancer.currency == requisition.currency and requisition.rate_unit == "hour":
        rate = freelancer.hourly_rate
    try:
        with transaction.atomic():
            submission = Submission.objects.create(
                requisition=requisition,
                freelancer=freelancer,
                rate=rate,
                currency=requisition.currency,
                created_by_id=actor.person_id,
            )
    except IntegrityError as error:
        raise Refusal(f"{freelancer.name} is a candidate for {requisition.ref} already.", code="taken") from error
    events.announce("submission.added", submission, actor=actor, requisition_id=requisition.pk)
    return submission


@transaction.atomic
def shortlist(*, submission: Submission, actor: Actor) -> Submission:
    """Keep the candidate in the closer choice: new → shortlisted. Event `submission.shortlisted`."""
    refuse_others(submission.requisition, actor)
    change_state(submission, source=State.NEW, target=State.SHORTLISTED)
    events.announce("submission.shortlisted", submission, actor=actor, requisition_id=submission.requisition_id)
    return submission


@transaction.atomic
def decline(*, submission: Submission, actor: Actor) -> Submission:
    """Not this one: any undecided state → declined. Event `submission.declined`."""
    refuse_others(submission.requisition, actor)
    change_state(submission, source=UNDECIDED, target=State.DECLINED, decided_at=timezone.now())
    events.announce("submission.declined", submission, actor=actor, requisition_id=submission.requisition_id)
    return submission

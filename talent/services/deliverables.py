"""Deliverables: agreed, handed in, accepted with a rating or returned with a reason."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.permissions import Capability, require
from freelance_hub.services.files import store_upload
from freelance_hub.states import change_state
from talent.access import owns_work, signer
from talent.models import Assignment, Deliverable
from talent.models.work import WorkState
from talent.services.amounts import CENT, refuse_above_budget
from talent.services.time_lines import needed_reason, why_closed

RATINGS = range(1, 6)


@transaction.atomic
def create_deliverable(
    *,
    actor: Actor,
    assignment: Assignment,
    title: str,
    description: str = "",
    due_on: date | None = None,
    amount: Decimal | None = None,
) -> Deliverable:
    """Agree on something to be handed in. With an amount (the assignment's currency) it is a milestone paid on
    acceptance, and takes that much of the budget from now on.

    Raises Refused without work.accept; Refusal when the assignment is over, the date lies outside it, or the budget
    would be exceeded.
    Side effects: event deliverable.created with {title, due_on, amount, currency}.
    """
    require(actor, Capability.WORK_ACCEPT)
    assignment = Assignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    if assignment.state in Assignment.OVER:
        raise Refusal(f"{assignment.ref} is over, so nothing new can be agreed on it.", remedy="Make a new assignment.")
    if due_on and not assignment.starts_on <= due_on <= assignment.ends_on:
        raise Refusal(
            "The date lies outside the assignment.",
            remedy=f"Choose one from {assignment.starts_on:%-d %b %Y} to {assignment.ends_on:%-d %b %Y}.",
            field="due_on",
        )
    if amount is not None:
        if amount <= 0 or amount != amount.quantize(CENT):
            raise Refusal("The amount must be above zero, in cents at most.", field="amount")
        refuse_above_budget(assignment, more=amount)
    made = Deliverable.objects.create(
        assignment=assignment,
        title=title.strip(),
        description=description.strip(),
        due_on=due_on,
        amount=amount,
        currency=assignment.currency,
    )
    events.announce(
        "deliverable.created",
        made,
        actor=actor,
        title=made.title,
        due_on=due_on.isoformat() if due_on else None,
        amount=str(amount) if amount is not None else None,
        currency=made.currency,
    )
    return made


@transaction.atomic
def submit_deliverable(
    *, actor: Actor, deliverable: Deliverable, note: str = "", uploads: Iterable["UploadedFile[Any]"] = ()
) -> Deliverable:
    """Hand in a deliverable for the first time, or again after it was returned.

    Only its freelancer may, while the assignment is active. `first_submitted_at` is kept from the first time: on-time
    figures count from it. Raises Refusal when neither a note nor a file is there, and for a bad file.
    Side effects: stored files (owner: the deliverable), event deliverable.submitted with {title, first, files}.
    """
    if not owns_work(actor, deliverable.assignment.freelancer) and actor.kind != "automation":
        raise Refusal("Only the freelancer hands in their own work.", code="not_own_work")
    if why := why_closed(deliverable.assignment):
        raise Refusal(why, code="assignment_closed")
    files = [store_upload(actor=actor, upload=upload, owner=deliverable) for upload in uploads]
    if not files and not note.strip():
        raise Refusal("Add a file, or say where the work is.", field="note")
    now = timezone.now()
    is_first = deliverable.first_submitted_at is None
    change_state(
        deliverable,
        source=Deliverable.EDITABLE,
        target=WorkState.SUBMITTED,
        note=note.strip(),
        submitted_at=now,
        first_submitted_at=deliverable.first_submitted_at or now,
    )
    events.announce(
        "deliverable.submitted", deliverable, actor=actor, title=deliverable.title, first=is_first, files=len(files)
    )
    return deliverable


@transaction.atomic
def accept_deliverable(*, actor: Actor, deliverable: Deliverable, rating: int) -> Deliverable:
    """Accept what was handed in, with a rating from 1 (poor) to 5 (excellent).

    Raises Refused without work.accept; Refusal for one's own work, and when somebody was first.
    Side effects: event deliverable.accepted with {title, rating, amount, currency}.
    """
    require(actor, Capability.WORK_ACCEPT)
    _not_ones_own(actor, deliverable)
    if rating not in RATINGS:
        raise Refusal("Rate the work from 1 to 5.", field="rating")
    change_state(
        deliverable,
        source=WorkState.SUBMITTED,
        target=WorkState.ACCEPTED,
        decided_at=timezone.now(),
        decided_by_id=signer(actor),
        return_reason="",
        rework_due_on=None,
        rating=rating,
    )
    events.announce(
        "deliverable.accepted",
        deliverable,
        actor=actor,
        title=deliverable.title,
        rating=rating,
        amount=str(deliverable.amount) if deliverable.amount is not None else None,
        currency=deliverable.currency,
    )
    return deliverable


@transaction.atomic
def return_deliverable(
    *, actor: Actor, deliverable: Deliverable, reason: str, rework_due_on: date | None = None
) -> Deliverable:
    """Return what was handed in, with a reason and perhaps the date on which it is wanted again.

    `due_on` stays what was agreed. Raises Refused without work.accept; Refusal without a reason, for one's own work, and
    when somebody was first.
    Side effects: event deliverable.returned with {title, reason, rework_due_on}.
    """
    require(actor, Capability.WORK_ACCEPT)
    _not_ones_own(actor, deliverable)
    reason = needed_reason(reason)
    change_state(
        deliverable,
        source=WorkState.SUBMITTED,
        target=WorkState.RETURNED,
        decided_at=timezone.now(),
        decided_by_id=signer(actor),
        return_reason=reason,
        rework_due_on=rework_due_on,
        returned_count=F("returned_count") + 1,
    )
    deliverable.refresh_from_db(fields=["returned_count"])
    events.announce(
        "deliverable.returned",
        deliverable,
        actor=actor,
        title=deliverable.title,
        reason=reason,
        rework_due_on=rework_due_on.isoformat() if rework_due_on else None,
    )
    return deliverable


def _not_ones_own(actor: Actor, deliverable: Deliverable) -> None:
    if owns_work(actor, deliverable.assignment.freelancer):
        raise Refusal("This is your own work, so somebody else decides on it.", code="own_work")

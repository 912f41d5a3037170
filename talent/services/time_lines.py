"""Time: kept as drafts, handed in by the week, accepted or returned line by line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.formats import date_format

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.permissions import Capability, require
from freelance_hub.states import change_state
from talent.access import owns_work, signer
from talent.models import Assignment, Requisition, TimeLine
from talent.models.work import WorkState
from talent.services.amounts import line_amount, refuse_above_budget
from talent.services.days import days_of, today_in, week_of


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """What a person writes for one day: hours or days, in the assignment's unit; None or 0 for none."""

    worked_on: date
    quantity: Decimal | None
    note: str = ""


def why_closed(assignment: Assignment) -> str:
    """Why nobody can hand in time for this assignment now; empty when they can."""
    if assignment.state in Assignment.OPENS_WORKSPACE:
        return ""
    return f"{assignment.ref} is “{assignment.get_state_display()}”: work can be handed in only while it is active."


@transaction.atomic
def save_time(*, actor: Actor, assignment: Assignment, entries: Iterable[TimeEntry]) -> list[TimeLine]:
    """Keep what the freelancer has written as drafts; a day without a quantity loses its draft.

    Days that were handed in stay as they are: an entry that says something else is refused. A returned line that is
    changed stays returned until it is handed in again. Amounts are estimates until then. Returns the lines of those
    days, by date. Raises Refusal (field: the date) for a day outside the assignment or in the future (company's time
    zone), more than 24 hours or one day on one date, and when the assignment is not active.
    """
    assignment = _open_for_time(actor, assignment)
    entries = sorted(entries, key=lambda entry: entry.worked_on)
    days = [entry.worked_on for entry in entries]
    if len(set(days)) != len(days):
        raise Refusal("One date stands twice in this timesheet.", remedy="Put the hours of a day into one line.")
    known = {line.worked_on: line for line in _lines(assignment, days)}
    today = today_in(assignment.tenant)
    kept = [_save_day(assignment, entry, known.get(entry.worked_on), today) for entry in entries]
    return [line for line in kept if line is not None]


@transaction.atomic
def submit_time(*, actor: Actor, assignment: Assignment, week: date) -> list[TimeLine]:
    """Hand in every draft and returned line of the week (Monday to Sunday) in which the date `week` lies.

    The rate is fixed now: quantity × rate, half a cent up. Returns the lines handed in. Raises Refusal when there is
    nothing to hand in, a day breaks a rule of `save_time`, or the budget would be exceeded.
    Side effects: event time.submitted with {lines, week, quantity, amount, currency}.
    """
    assignment = _open_for_time(actor, assignment)
    week = week_of(week)
    lines = [line for line in _lines(assignment, days_of(week)) if line.state in TimeLine.EDITABLE]
    if not lines:
        raise Refusal(
            "There is nothing to hand in for this week.", remedy="Enter your time first.", code="nothing_to_submit"
        )
    today, now = today_in(assignment.tenant), timezone.now()
    for line in lines:
        _check_day(assignment, line.worked_on, line.quantity, today)
        line.rate, line.currency = assignment.rate, assignment.currency
        line.amount = line_amount(line.quantity, line.rate)
        line.state, line.submitted_at = WorkState.SUBMITTED, now
    amount = sum((line.amount for line in lines), Decimal(0))
    refuse_above_budget(assignment, more=amount, without_lines=[line.pk for line in lines])
    TimeLine.objects.bulk_update(lines, ["rate", "currency", "amount", "state", "submitted_at"])
    events.announce(
        "time.submitted",
        assignment,
        actor=actor,
        lines=[line.pk for line in lines],
        week=week.isoformat(),
        quantity=str(sum(line.quantity for line in lines)),
        amount=str(amount),
        currency=assignment.currency,
    )
    return lines


@transaction.atomic
def accept_time(*, actor: Actor, line: TimeLine) -> TimeLine:
    """Accept one line that waits for it.

    Raises Refused without work.accept; Refusal for one's own time, and when somebody was first.
    Side effects: event time.accepted with {worked_on, quantity, amount, currency}.
    """
    require(actor, Capability.WORK_ACCEPT)
    _not_ones_own(actor, line)
    change_state(
        line,
        source=WorkState.SUBMITTED,
        target=WorkState.ACCEPTED,
        decided_at=timezone.now(),
        decided_by_id=signer(actor),
        return_reason="",
    )
    events.announce("time.accepted", line, actor=actor, **_payload(line))
    return line


@transaction.atomic
def return_time(*, actor: Actor, line: TimeLine, reason: str) -> TimeLine:
    """Return one line that waits for acceptance; the freelancer corrects it and hands it in again.

    Raises Refused without work.accept; Refusal without a reason, for one's own time, and when somebody was first.
    Side effects: event time.returned with {worked_on, quantity, amount, currency, reason}.
    """
    require(actor, Capability.WORK_ACCEPT)
    _not_ones_own(actor, line)
    reason = needed_reason(reason)
    change_state(
        line,
        source=WorkState.SUBMITTED,
        target=WorkState.RETURNED,
        decided_at=timezone.now(),
        decided_by_id=signer(actor),
        return_reason=reason,
        returned_count=F("returned_count") + 1,
    )
    line.refresh_from_db(fields=["returned_count"])
    events.announce("time.returned", line, actor=actor, **_payload(line), reason=reason)
    return line


def needed_reason(reason: str) -> str:
    """The reason, trimmed; raises Refusal when there is none: the other side must know what to change."""
    reason = reason.strip()
    if not reason:
        raise Refusal("Say why.", remedy="The other side reads it and knows what to change.", field="reason")
    return reason[:400]


def _open_for_time(actor: Actor, assignment: Assignment) -> Assignment:
    """The assignment, read again with its row locked: two tabs, or two budgets' ends, wait for each other."""
    locked = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("tenant", "freelancer__membership")
        .get(pk=assignment.pk)
    )
    if not owns_work(actor, locked.freelancer) and actor.kind != "automation":
        raise Refusal(
            "Only the freelancer enters their own time.",
            remedy="Ask them to write it, or to correct it.",
            code="not_own_work",
        )
    if why := why_closed(locked):
        raise Refusal(why, remedy="Ask the manager of the assignment.", code="assignment_closed")
    return locked


def _lines(assignment: Assignment, days: Sequence[date]) -> list[TimeLine]:
    lines = TimeLine.objects.filter(assignment=assignment, worked_on__in=days)
    return list(lines.order_by("worked_on"))


def _save_day(assignment: Assignment, entry: TimeEntry, line: TimeLine | None, today: date) -> TimeLine | None:
    quantity, note = entry.quantity or Decimal(0), " ".join(entry.note.split())[:300]
    if line is not None and line.state not in TimeLine.EDITABLE:
        if (quantity, note) != (line.quantity, line.note):
            word = line.get_state_display().lower()
            raise _refuse(entry.worked_on, f"is {word}, so it can no longer be changed.", "Reload the page.")
        return line
    if not quantity:
        if line is not None:
            line.delete()
        return None
    _check_day(assignment, entry.worked_on, quantity, today)
    values = {
        "quantity": quantity,
        "note": note,
        "rate": assignment.rate,
        "currency": assignment.currency,
        "amount": line_amount(quantity, assignment.rate),
    }
    if line is None:
        return TimeLine.objects.create(assignment=assignment, worked_on=entry.worked_on, **values)
    changed = [name for name, value in values.items() if getattr(line, name) != value]
    if changed:
        for name in changed:
            setattr(line, name, values[name])
        line.save(update_fields=changed)
    return line


def _check_day(assignment: Assignment, day: date, quantity: Decimal, today: date) -> None:
    if not assignment.starts_on <= day <= assignment.ends_on:
        span = f"{date_format(assignment.starts_on, 'j M Y')} to {date_format(assignment.ends_on, 'j M Y')}"
        raise _refuse(day, f"is outside the assignment ({span}).", "Ask the manager if the dates are wrong.")
    if day > today:
        raise _refuse(day, "is in the future.", "Enter time once it is worked.")
    if quantity < 0 or quantity != quantity.quantize(Decimal("0.01")):
        raise _refuse(day, "needs a quantity with at most two decimals, such as 7.5.")
    if assignment.rate_unit == Requisition.RateUnit.DAY:
        if quantity > 1:
            raise _refuse(day, "cannot hold more than 1 day.", "Write 0.5 for half a day.")
        return
    elsewhere = TimeLine.objects.filter(
        assignment__freelancer=assignment.freelancer_id,
        assignment__rate_unit=Requisition.RateUnit.HOUR,
        worked_on=day,
    ).exclude(assignment=assignment).aggregate(sum=Sum("quantity"))["sum"] or Decimal(0)
    if quantity + elsewhere > 24:
        also = f" {elsewhere.normalize():f} of them are in another assignment." if elsewhere else ""
        raise _refuse(day, f"cannot hold {(quantity + elsewhere).normalize():f} hours; a day has 24.{also}")


def _refuse(day: date, why: str, remedy: str = "") -> Refusal:
    return Refusal(f"{date_format(day, 'l, j F')} {why}", remedy=remedy, field=day.isoformat(), code="bad_day")


def _not_ones_own(actor: Actor, line: TimeLine) -> None:
    if owns_work(actor, line.assignment.freelancer):
        raise Refusal(
            "This is your own time, so somebody else decides on it.",
            remedy="The manager of the assignment does.",
            code="own_work",
        )


def _payload(line: TimeLine) -> dict[str, str]:
    return {
        "worked_on": line.worked_on.isoformat(),
        "quantity": str(line.quantity),
        "amount": str(line.amount),
        "currency": line.currency,
    }

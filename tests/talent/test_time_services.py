"""Time lines: what may be written, handed in, accepted and returned, and by whom."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freelance_hub import audit
from freelance_hub.errors import Refusal
from freelance_hub.models import Event
from talent.models import Assignment, Requisition, TimeLine
from talent.models.work import WorkState
from talent.services.amounts import line_amount
from talent.services.time_lines import TimeEntry, accept_time, return_time, save_time, submit_time
from tests.factories.work import last_monday, make_assignment, make_deliverable, make_line


@pytest.fixture
def assignment(acme):
    with acme.enter("freelancer"):
        yield make_assignment(acme)


@pytest.fixture
def me(acme):
    return acme.actor("freelancer")


@pytest.fixture
def manager(acme):
    return acme.actor("hiring_manager")


def hours(day, quantity, note=""):
    return TimeEntry(day, Decimal(quantity) if quantity is not None else None, note)


def test_a_saved_week_can_be_changed_and_a_day_without_hours_goes_away(assignment, me):
    monday = last_monday()

    save_time(
        actor=me, assignment=assignment, entries=[hours(monday, "8", " Kick  off "), hours(monday + timedelta(1), "4")]
    )
    save_time(
        actor=me, assignment=assignment, entries=[hours(monday, "7.25", "Kick off"), hours(monday + timedelta(1), None)]
    )

    line = TimeLine.objects.get()
    assert (line.worked_on, line.quantity, line.note, line.amount, line.state) == (
        monday,
        Decimal("7.25"),
        "Kick off",
        Decimal("580.00"),
        WorkState.DRAFT,
    )
    assert [entry.operation for entry in audit.history(line)] == ["update", "insert"]


def test_submitting_a_week_fixes_the_rate_tells_once_and_twice_changes_nothing(assignment, me):
    monday = last_monday()
    save_time(actor=me, assignment=assignment, entries=[hours(monday, "8"), hours(monday + timedelta(1), "7.5")])
    Assignment.objects.update(rate=Decimal("90.10"))

    lines = submit_time(actor=me, assignment=assignment, week=monday)

    assert [(line.state, line.rate, line.amount) for line in TimeLine.objects.order_by("worked_on")] == [
        (WorkState.SUBMITTED, Decimal("90.10"), Decimal("720.80")),
        (WorkState.SUBMITTED, Decimal("90.10"), Decimal("675.75")),
    ]
    event = Event.objects.get(kind="time.submitted")
    assert event.payload == {
        "lines": [line.pk for line in lines],
        "week": monday.isoformat(),
        "quantity": "15.50",
        "amount": "1396.55",
        "currency": "EUR",
    }
    with pytest.raises(Refusal, match="nothing to hand in"):
        submit_time(actor=me, assignment=assignment, week=monday)
    assert Event.objects.filter(kind="time.submitted").count() == 1


def test_a_rate_that_changes_later_leaves_accepted_time_alone(assignment, me, manager):
    line = make_line(assignment)
    accept_time(actor=manager, line=line)

    Assignment.objects.update(rate=Decimal(500))

    assert TimeLine.objects.get().amount == Decimal("640.00")


def test_what_was_handed_in_is_not_changed_by_saving(assignment, me):
    line = make_line(assignment, quantity="8")
    same = hours(line.worked_on, "8", "Sketches")

    save_time(actor=me, assignment=assignment, entries=[same])
    with pytest.raises(Refusal, match="waiting for acceptance"):
        save_time(actor=me, assignment=assignment, entries=[hours(line.worked_on, "9", "Sketches")])

    assert TimeLine.objects.get().quantity == 8


@pytest.mark.parametrize(
    ("shift", "quantity", "words"),
    [
        (-61, "8", "outside the assignment"),
        (1, "8", "in the future"),
        (-1, "24.25", "a day has 24"),
        (-1, "-1", "at most two decimals"),
        (-1, "1.005", "at most two decimals"),
    ],
)
def test_a_day_that_breaks_a_rule_is_refused_at_that_day(assignment, me, shift, quantity, words):
    day = timezone.localdate() + timedelta(days=shift)

    with pytest.raises(Refusal, match=words) as refused:
        save_time(actor=me, assignment=assignment, entries=[hours(day, quantity)])

    assert refused.value.field == day.isoformat()
    assert not TimeLine.objects.exists()


def test_a_day_paid_by_the_day_holds_one_day(assignment, me):
    Assignment.objects.update(rate_unit=Requisition.RateUnit.DAY, rate=Decimal("555.55"))

    with pytest.raises(Refusal, match="more than 1 day"):
        save_time(actor=me, assignment=assignment, entries=[hours(last_monday(), "1.5")])
    [line] = save_time(actor=me, assignment=assignment, entries=[hours(last_monday(), "0.5")])

    assert line.amount == Decimal("277.78")  # 277.775, half a cent up


def test_two_assignments_share_the_24_hours_of_a_day(acme, assignment, me):
    other = make_assignment(acme)
    make_line(other, worked_on=last_monday(), quantity="20")

    with pytest.raises(Refusal, match="20 of them are in another assignment"):
        save_time(actor=me, assignment=assignment, entries=[hours(last_monday(), "4.5")])
    save_time(actor=me, assignment=assignment, entries=[hours(last_monday(), "4")])


def test_the_future_begins_at_midnight_of_the_company(assignment, me, monkeypatch):
    """At 22:30 UTC it is tomorrow in Berlin already, and still today in London."""
    late = datetime.combine(timezone.localdate(), datetime.min.time(), UTC).replace(hour=23, minute=30)
    monkeypatch.setattr(timezone, "now", lambda: late)
    tomorrow_in_utc = late.date() + timedelta(days=1)

    [line] = save_time(actor=me, assignment=assignment, entries=[hours(tomorrow_in_utc, "0.25")])

    assert line.worked_on == tomorrow_in_utc
    with pytest.raises(Refusal, match="in the future"):
        save_time(actor=me, assignment=assignment, entries=[hours(tomorrow_in_utc + timedelta(days=1), "1")])


@pytest.mark.parametrize("state", [state for state in Assignment.State if state not in Assignment.OPENS_WORKSPACE])
def test_an_assignment_that_is_not_at_work_takes_no_time(assignment, me, state):
    Assignment.objects.update(state=state)

    with pytest.raises(Refusal, match="only while it is active"):
        save_time(actor=me, assignment=assignment, entries=[hours(last_monday(), "8")])


def test_a_budget_that_would_be_exceeded_says_by_how_much_and_what_to_do(assignment, me):
    make_deliverable(assignment, amount="9000")
    save_time(
        actor=me, assignment=assignment, entries=[hours(last_monday(), "8"), hours(last_monday() + timedelta(1), "6")]
    )

    with pytest.raises(Refusal) as refused:
        submit_time(actor=me, assignment=assignment, week=last_monday())

    assert str(refused.value) == (
        f"This is €120.00 above the budget of {assignment.ref}: €1,000.00 of it is left. "
        "Ask the manager of the assignment for a larger budget, or hand in less."
    )
    assert set(TimeLine.objects.values_list("state", flat=True)) == {WorkState.DRAFT}


def test_returned_time_does_not_count_twice_against_the_budget(assignment, me, manager):
    Assignment.objects.update(budget=Decimal(640))
    save_time(actor=me, assignment=assignment, entries=[hours(last_monday(), "8")])
    [line] = submit_time(actor=me, assignment=assignment, week=last_monday())
    return_time(actor=manager, line=line, reason="Split the two tasks, please.")

    submit_time(actor=me, assignment=assignment, week=last_monday())

    assert TimeLine.objects.get().state == WorkState.SUBMITTED


def test_a_returned_line_is_corrected_and_handed_in_again(assignment, me, manager):
    line = make_line(assignment, worked_on=last_monday())

    return_time(actor=manager, line=line, reason="  8 hours? We met for two.  ")
    save_time(actor=me, assignment=assignment, entries=[hours(last_monday(), "2", "Workshop")])
    submit_time(actor=me, assignment=assignment, week=last_monday())

    line = TimeLine.objects.get()
    assert (line.state, line.quantity, line.amount) == (WorkState.SUBMITTED, Decimal("2.00"), Decimal("160.00"))
    assert (line.returned_count, line.return_reason) == (1, "8 hours? We met for two.")
    assert Event.objects.get(kind="time.returned").payload["reason"] == "8 hours? We met for two."


def test_accepting_twice_leaves_one_decision(assignment, manager):
    line = make_line(assignment)
    copy = TimeLine.objects.get()

    accept_time(actor=manager, line=line)
    with pytest.raises(Refusal, match="by now"):
        accept_time(actor=manager, line=copy)

    assert Event.objects.filter(kind="time.accepted").count() == 1
    stored = TimeLine.objects.get()
    assert (stored.state, stored.decided_by_id) == (WorkState.ACCEPTED, manager.membership_id)


def test_a_return_needs_a_reason(assignment, manager):
    line = make_line(assignment)

    with pytest.raises(Refusal, match="Say why"):
        return_time(actor=manager, line=line, reason="  ")

    assert TimeLine.objects.get().state == WorkState.SUBMITTED


def test_nobody_decides_on_their_own_time_also_with_a_second_hat(acme, assignment):
    """The freelancer is an employee of the same company too; their other membership does not help them."""
    from freelance_hub.models import Membership
    from freelance_hub.services.members import join

    person = acme.people["freelancer"].user
    acme.people["both"] = join(
        user=person, kind=Membership.Kind.STAFF, role_keys=["program_manager"], actor=acme.automation()
    )
    line = make_line(assignment)

    for decide in (accept_time, lambda **given: return_time(reason="Mine", **given)):
        with pytest.raises(Refusal, match="your own time"):
            decide(actor=acme.actor("both"), line=line)

    assert TimeLine.objects.get().state == WorkState.SUBMITTED


def test_an_automation_that_acts_for_nobody_accepts_nothing(acme, assignment):
    line = make_line(assignment)

    with pytest.raises(Refusal, match="A person must answer"):
        accept_time(actor=acme.automation(), line=line)


def test_nobody_writes_time_of_others(acme, assignment):
    for role in ("other_freelancer", "hiring_manager", "program_manager"):
        with pytest.raises(Refusal, match="Only the freelancer"):
            save_time(actor=acme.actor(role), assignment=assignment, entries=[hours(last_monday(), "8")])


money = st.decimals(min_value="0.01", max_value="9999.99", places=2)


@given(quantity=st.decimals(min_value="0.01", max_value="24", places=2), rate=money)
def test_an_amount_is_the_product_to_the_half_cent(quantity, rate):
    exact = quantity * rate

    amount = line_amount(quantity, rate)

    assert amount == exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert abs(amount - exact) <= Decimal("0.005")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    week=st.lists(
        st.one_of(st.none(), st.decimals(min_value="0.01", max_value="24", places=2)), min_size=7, max_size=7
    ),
    rate=money,
)
def test_no_cent_is_lost_between_a_week_and_its_lines(assignment, me, week, rate):
    """Whatever is written, what is announced is the sum of what is stored, to the cent."""
    TimeLine.objects.all().delete()
    Assignment.objects.update(rate=rate, budget=Decimal(99999999))
    entries = [TimeEntry(last_monday() + timedelta(days=at), quantity) for at, quantity in enumerate(week)]
    save_time(actor=me, assignment=assignment, entries=entries)
    if not any(week):
        return

    lines = submit_time(actor=me, assignment=assignment, week=last_monday())

    event = Event.objects.filter(kind="time.submitted").latest("id")
    assert Decimal(event.payload["amount"]) == sum(line.amount for line in TimeLine.objects.all())
    assert [line.amount for line in lines] == [line_amount(quantity, rate) for quantity in week if quantity]

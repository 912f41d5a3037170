"""Deliverables: agreed, handed in, accepted or returned, and whose turn it is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from freelance_hub import audit
from freelance_hub.errors import Refusal
from freelance_hub.models import Event
from freelance_hub.permissions import Refused
from freelance_hub.services.files import files_of
from talent.models import Assignment, Deliverable
from talent.models.work import WorkState
from talent.services.deliverables import (
    accept_deliverable,
    create_deliverable,
    return_deliverable,
    submit_deliverable,
)
from tests.factories.work import make_assignment, make_deliverable, make_line


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


def pdf(name="logo.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.7\n%%EOF", "application/pdf")


def test_a_milestone_takes_its_part_of_the_budget_at_once(assignment, manager):
    made = create_deliverable(
        actor=manager, assignment=assignment, title=" Logo ", due_on=assignment.ends_on, amount=Decimal("9500.50")
    )

    assert (made.title, made.currency, made.state) == ("Logo", "EUR", WorkState.DRAFT)
    assert Event.objects.get(kind="deliverable.created").payload["amount"] == "9500.50"
    with pytest.raises(Refusal, match=r"€500\.50 above the budget"):
        create_deliverable(actor=manager, assignment=assignment, title="Book", amount=Decimal(1000))
    assert Deliverable.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"due_on": timezone.localdate() + timedelta(days=70)}, "outside the assignment"),
        ({"amount": Decimal(0)}, "above zero"),
        ({"amount": Decimal("1.005")}, "above zero"),
    ],
)
def test_what_cannot_be_agreed_is_refused(assignment, manager, values, words):
    with pytest.raises(Refusal, match=words):
        create_deliverable(actor=manager, assignment=assignment, title="Logo", **values)

    assert not Deliverable.objects.exists()


def test_an_assignment_that_is_over_takes_no_deliverable(assignment, manager):
    Assignment.objects.update(state=Assignment.State.ENDED)

    with pytest.raises(Refusal, match="is over"):
        create_deliverable(actor=manager, assignment=assignment, title="Logo")


def test_handing_in_keeps_files_and_tells_once(assignment, me):
    deliverable = make_deliverable(assignment)
    copy = Deliverable.objects.get()

    submit_deliverable(actor=me, deliverable=deliverable, note=" Two variants. ", uploads=[pdf()])
    with pytest.raises(Refusal, match="by now"):
        submit_deliverable(actor=me, deliverable=copy, note="Again")

    stored = Deliverable.objects.get()
    assert (stored.state, stored.note) == (WorkState.SUBMITTED, "Two variants.")
    assert [file.name for file in files_of(stored)] == ["logo.pdf"]
    assert Event.objects.get(kind="deliverable.submitted").payload == {"title": "Logo", "first": True, "files": 1}
    assert [entry.operation for entry in audit.history(stored)] == ["update", "insert"]


def test_nothing_is_not_handed_in(assignment, me):
    with pytest.raises(Refusal, match="Add a file"):
        submit_deliverable(actor=me, deliverable=make_deliverable(assignment), note="  ")


def test_the_first_time_stays_when_work_is_returned_and_comes_again(assignment, me, manager):
    deliverable = make_deliverable(assignment)
    submit_deliverable(actor=me, deliverable=deliverable, note="First")
    first = deliverable.first_submitted_at
    due_on = deliverable.due_on
    again = timezone.localdate() + timedelta(days=20)

    return_deliverable(actor=manager, deliverable=deliverable, reason="Too dark", rework_due_on=again)
    submit_deliverable(actor=me, deliverable=deliverable, note="Lighter")

    stored = Deliverable.objects.get()
    assert stored.first_submitted_at == first
    assert stored.submitted_at > first
    assert (stored.due_on, stored.rework_due_on, stored.returned_count) == (due_on, again, 1)
    assert [event.payload["first"] for event in Event.objects.filter(kind="deliverable.submitted").order_by("id")] == [
        True,
        False,
    ]


def test_accepting_takes_a_rating_and_one_decision(assignment, manager):
    deliverable = make_deliverable(assignment, state=WorkState.SUBMITTED, amount="500")
    copy = Deliverable.objects.get()

    for wrong in (0, 6):
        with pytest.raises(Refusal, match="1 to 5"):
            accept_deliverable(actor=manager, deliverable=deliverable, rating=wrong)
    accept_deliverable(actor=manager, deliverable=deliverable, rating=4)
    with pytest.raises(Refusal, match="by now"):
        return_deliverable(actor=manager, deliverable=copy, reason="No")

    stored = Deliverable.objects.get()
    assert (stored.state, stored.rating, stored.decided_by_id) == (WorkState.ACCEPTED, 4, manager.membership_id)
    assert Event.objects.get(kind="deliverable.accepted").payload == {
        "title": "Logo",
        "rating": 4,
        "amount": "500.00",
        "currency": "EUR",
    }


def test_only_the_freelancer_hands_in_and_only_others_decide(acme, assignment, me, manager):
    deliverable = make_deliverable(assignment)
    for role in ("other_freelancer", "hiring_manager"):
        with pytest.raises(Refusal, match="Only the freelancer"):
            submit_deliverable(actor=acme.actor(role), deliverable=deliverable, note="Mine")
    submit_deliverable(actor=me, deliverable=deliverable, note="Mine")

    with pytest.raises(Refused):
        accept_deliverable(actor=me, deliverable=deliverable, rating=5)
    with pytest.raises(Refused):
        accept_deliverable(actor=acme.actor("viewer"), deliverable=deliverable, rating=5)
    accept_deliverable(actor=manager, deliverable=deliverable, rating=5)


def test_time_and_milestones_draw_on_one_budget(assignment, manager):
    make_line(assignment, quantity="24", days_ago=2)
    make_line(assignment, quantity="24", days_ago=3, state=WorkState.RETURNED)

    with pytest.raises(Refusal, match=r"€0\.01 above"):
        create_deliverable(actor=manager, assignment=assignment, title="All", amount=Decimal("8080.01"))
    create_deliverable(actor=manager, assignment=assignment, title="All", amount=Decimal("8080.00"))

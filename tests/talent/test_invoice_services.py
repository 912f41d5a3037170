"""Invoices: made once from accepted work, approved by three different people, or rejected."""

from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freelance_hub import audit
from freelance_hub.errors import Refusal
from freelance_hub.models import Event, Membership
from freelance_hub.permissions import Refused
from freelance_hub.services.members import join
from programs.models import Program
from talent.models import Assignment, Deliverable, Invoice, InvoiceLine, TimeLine
from talent.models.work import WorkState
from talent.services.invoices import approve_invoice, create_invoice, reject_invoice, release_invoice
from tests.factories.work import make_assignment, make_deliverable, make_line

ACCEPTED = WorkState.ACCEPTED


@pytest.fixture
def assignment(acme):
    with acme.enter("freelancer"):
        assignment = make_assignment(acme)
        make_line(assignment, days_ago=2, quantity="8", state=ACCEPTED)
        make_line(assignment, days_ago=1, quantity="7.5", state=ACCEPTED)
        yield assignment


@pytest.fixture
def me(acme):
    return acme.actor("freelancer")


@pytest.fixture
def manager(acme):
    return acme.actor("hiring_manager")


@pytest.fixture
def finance(acme):
    return acme.actor("finance")


def states(model):
    return list(model.objects.order_by("pk").values_list("state", flat=True))


def test_an_invoice_holds_all_accepted_work_and_nothing_else(assignment, me):
    make_line(assignment, days_ago=3, state=WorkState.SUBMITTED)
    make_deliverable(assignment, title="Logo", amount="500", state=ACCEPTED)
    make_deliverable(assignment, title="Paid through time", state=ACCEPTED)
    make_deliverable(assignment, title="Not yet", amount="100", state=WorkState.SUBMITTED)

    invoice = create_invoice(actor=me, assignment=assignment)

    assert (invoice.ref, invoice.state, invoice.total, invoice.currency) == (
        "INV-1",
        Invoice.State.SUBMITTED,
        Decimal("1740.00"),
        "EUR",
    )
    assert [line.amount for line in invoice.lines.order_by("pk")] == [640, 600, 500]
    assert states(TimeLine) == [WorkState.INVOICED, WorkState.INVOICED, WorkState.SUBMITTED]
    assert states(Deliverable) == [WorkState.INVOICED, ACCEPTED, WorkState.SUBMITTED]
    assert Event.objects.get(kind="invoice.submitted").payload == {
        "number": 1,
        "total": "1740.00",
        "currency": "EUR",
        "lines": 3,
    }
    assert [entry.operation for entry in audit.history(invoice)] == ["insert"]


def test_it_is_due_after_the_terms_of_the_program(acme, assignment, me):
    first = create_invoice(actor=me, assignment=assignment)
    Program.objects.update(settings={"payment_terms_days": 14})
    make_line(assignment, days_ago=5, state=ACCEPTED)

    second = create_invoice(actor=me, assignment=assignment)

    today = timezone.localdate(timezone=timezone.get_fixed_timezone(60))
    assert (first.issued_on, first.due_on) == (today, today + timedelta(days=30))
    assert second.due_on == today + timedelta(days=14)


def test_a_second_click_finds_nothing_and_takes_no_number(assignment, me):
    create_invoice(actor=me, assignment=assignment)
    with pytest.raises(Refusal, match="Nothing on ASG-1 waits to be invoiced"):
        create_invoice(actor=me, assignment=assignment)
    make_line(assignment, days_ago=4, state=ACCEPTED)

    assert create_invoice(actor=me, assignment=assignment).ref == "INV-2"
    assert Event.objects.filter(kind="invoice.submitted").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_invoice(acme):
    """Real connections: the second waits for the first, then finds nothing."""
    with acme.enter("freelancer"):
        assignment = make_assignment(acme)
        make_line(assignment, state=ACCEPTED)
    results = at_once(acme, lambda: create_invoice(actor=acme.actor("freelancer"), assignment=assignment))

    with acme.enter():
        assert sorted(type(result).__name__ for result in results) == ["Invoice", "Refusal", "Refusal", "Refusal"]
        assert Invoice.objects.get().total == InvoiceLine.objects.get().amount == 640


def at_once(company, work, workers=4):
    """What `work` returned or raised in threads that begin together, each with a connection of its own."""
    ready, results = Barrier(workers), []

    def run():
        try:
            with company.enter("freelancer"):
                ready.wait()
                results.append(work())
        except Refusal as refusal:
            results.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_the_database_itself_keeps_work_on_one_live_invoice(assignment, me):
    invoice = create_invoice(actor=me, assignment=assignment)
    line = invoice.lines.first()
    again = {
        "invoice": invoice,
        "time_line": line.time_line,
        "description": "",
        "quantity": 1,
        "unit_price": 1,
        "amount": 1,
    }

    with pytest.raises(IntegrityError, match="talent_invoiceline_time"), transaction.atomic():
        InvoiceLine.objects.create(**again)
    InvoiceLine.objects.create(**again, is_live=False)


def test_three_people_bring_an_invoice_to_payment(assignment, me, manager, finance):
    invoice = create_invoice(actor=me, assignment=assignment)

    approve_invoice(actor=manager, invoice=invoice)
    release_invoice(actor=finance, invoice=invoice)

    stored = Invoice.objects.get()
    assert stored.state == Invoice.State.APPROVED
    assert (stored.created_by_id, stored.manager_approved_by_id, stored.released_by_id) == (
        me.membership_id,
        manager.membership_id,
        finance.membership_id,
    )
    kinds = ["invoice.submitted", "invoice.manager_approved", "invoice.approved"]
    assert (
        list(Event.objects.filter(kind__startswith="invoice.").order_by("id").values_list("kind", flat=True)) == kinds
    )


def test_each_decision_is_made_once(assignment, me, manager, finance):
    create_invoice(actor=me, assignment=assignment)
    first, second = Invoice.objects.get(), Invoice.objects.get()

    approve_invoice(actor=manager, invoice=first)
    with pytest.raises(Refusal, match="“Waiting for finance” by now"):
        approve_invoice(actor=manager, invoice=second)
    release_invoice(actor=finance, invoice=first)
    with pytest.raises(Refusal, match="by now"):
        release_invoice(actor=finance, invoice=second)

    assert Event.objects.filter(kind__in=["invoice.manager_approved", "invoice.approved"]).count() == 2


def test_who_made_an_invoice_does_not_approve_it(acme, assignment):
    program_manager = acme.actor("program_manager")
    invoice = create_invoice(actor=program_manager, assignment=assignment)

    with pytest.raises(Refusal, match="You made this invoice"):
        approve_invoice(actor=program_manager, invoice=invoice)

    assert Invoice.objects.get().state == Invoice.State.SUBMITTED


def test_who_approved_it_does_not_release_it_even_with_the_right_and_a_stale_page(acme, assignment, me):
    person = acme.add("controller", "finance")
    from freelance_hub.models import MembershipRole, Role

    MembershipRole.objects.create(membership=person, role=Role.objects.get(key="program_manager"))
    both = acme.actor("controller")
    invoice = create_invoice(actor=me, assignment=assignment)
    stale = Invoice.objects.get()
    approve_invoice(actor=both, invoice=invoice)

    for copy in (invoice, stale):
        with pytest.raises(Refusal, match="a third person releases it"):
            release_invoice(actor=both, invoice=copy)

    assert Invoice.objects.get().state == Invoice.State.IN_APPROVAL


def test_nobody_approves_their_own_pay_with_a_second_hat(acme, assignment, manager):
    person = acme.people["freelancer"].user
    acme.people["both"] = join(
        user=person,
        kind=Membership.Kind.STAFF,
        role_keys=["program_manager", "finance"],
        actor=acme.automation(),
    )
    invoice = create_invoice(actor=manager, assignment=assignment)

    with pytest.raises(Refusal, match="pays you"):
        approve_invoice(actor=acme.actor("both"), invoice=invoice)
    Invoice.objects.update(state=Invoice.State.IN_APPROVAL)
    with pytest.raises(Refusal, match="pays you"):
        release_invoice(actor=acme.actor("both"), invoice=invoice)


def test_nobody_without_the_right_decides(acme, assignment, me, manager):
    invoice = create_invoice(actor=me, assignment=assignment)

    for role in ("viewer", "owner", "finance", "freelancer", "approver"):
        with pytest.raises(Refused):
            approve_invoice(actor=acme.actor(role), invoice=invoice)
    approve_invoice(actor=manager, invoice=invoice)
    for role in ("viewer", "owner", "hiring_manager", "program_manager"):
        with pytest.raises(Refused):
            release_invoice(actor=acme.actor(role), invoice=invoice)


@pytest.mark.parametrize("by_finance", [False, True])
def test_rejected_work_is_free_again_and_the_invoice_keeps_its_lines(assignment, me, manager, finance, by_finance):
    invoice = create_invoice(actor=me, assignment=assignment)
    if by_finance:
        invoice = approve_invoice(actor=manager, invoice=invoice)
    actor = finance if by_finance else manager

    with pytest.raises(Refusal, match="Say why"):
        reject_invoice(actor=actor, invoice=invoice, reason=" ")
    reject_invoice(actor=actor, invoice=invoice, reason="Wrong week")
    with pytest.raises(Refusal):
        reject_invoice(actor=actor, invoice=invoice, reason="Wrong week")

    rejected = Invoice.objects.get()
    assert (rejected.state, rejected.rejection_reason, rejected.rejected_by_id) == (
        Invoice.State.REJECTED,
        "Wrong week",
        actor.membership_id,
    )
    assert states(TimeLine) == [ACCEPTED, ACCEPTED]
    assert rejected.lines.count() == 2
    event = Event.objects.get(kind="invoice.rejected")
    assert (event.payload["reason"], event.payload["by"]) == ("Wrong week", "finance" if by_finance else "manager")
    again = create_invoice(actor=me, assignment=assignment)
    assert (again.ref, again.total) == ("INV-2", rejected.total)


def test_whose_turn_it_is_rejects(acme, assignment, me, manager, finance):
    invoice = create_invoice(actor=me, assignment=assignment)

    with pytest.raises(Refused):
        reject_invoice(actor=finance, invoice=invoice, reason="No")
    approve_invoice(actor=manager, invoice=invoice)
    with pytest.raises(Refused):
        reject_invoice(actor=manager, invoice=invoice, reason="No")


def test_work_that_is_worth_nothing_makes_no_invoice(acme, assignment, me):
    TimeLine.objects.all().delete()
    Assignment.objects.update(rate=Decimal("0.01"))
    assignment.refresh_from_db()
    make_line(assignment, quantity="0.01", state=ACCEPTED)

    with pytest.raises(Refusal, match="Nothing on"):
        create_invoice(actor=me, assignment=assignment)


amounts = st.decimals(min_value="0.01", max_value="24", places=2)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    quantities=st.lists(amounts, min_size=1, max_size=12),
    milestones=st.lists(st.decimals(min_value="0.01", max_value="99999.99", places=2), max_size=4),
    rate=st.decimals(min_value="0.5", max_value="999.99", places=2),
    rejects=st.integers(0, 2),
)
def test_no_cent_is_lost_or_paid_twice(acme, assignment, me, manager, quantities, milestones, rate, rejects):
    """However often invoices are rejected: the live ones add up to exactly the accepted work."""
    InvoiceLine.objects.all().delete()
    Invoice.objects.all().delete()
    TimeLine.objects.all().delete()
    Deliverable.objects.all().delete()
    Assignment.objects.update(rate=rate)
    assignment.refresh_from_db()
    for at, quantity in enumerate(quantities):
        make_line(assignment, days_ago=at + 1, quantity=quantity, state=ACCEPTED)
    for amount in milestones:
        make_deliverable(assignment, amount=amount, state=ACCEPTED)
    worth = sum(line.amount for line in TimeLine.objects.all()) + sum(milestones)

    invoice = create_invoice(actor=me, assignment=assignment)
    for _ in range(rejects):
        reject_invoice(actor=manager, invoice=invoice, reason="Again")
        invoice = create_invoice(actor=me, assignment=assignment)

    assert invoice.total == worth == invoice.lines.aggregate(sum=Sum("amount"))["sum"]
    assert InvoiceLine.objects.filter(is_live=True).aggregate(sum=Sum("amount"))["sum"] == worth
    for line in invoice.lines.exclude(time_line=None):
        assert line.amount == line.time_line.amount

"""Payment batches: each approved invoice leaves once, with totals that add up, in a file nobody can turn into a program."""

import csv
import hashlib
import io
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freelance_hub import gates
from freelance_hub.access import automation
from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent, Event, Membership
from freelance_hub.permissions import Refused
from freelance_hub.services.files import access_file
from talent.models import (
    Deliverable,
    Freelancer,
    Invoice,
    InvoiceLine,
    PaymentBatch,
    PaymentRow,
    PayoutAccount,
    TimeLine,
)
from talent.models.work import WorkState
from talent.services.invoices import approve_invoice, create_invoice, release_invoice
from talent.services.payments import (
    control_csv,
    download_batch,
    export_payments,
    mark_paid,
    plan_payments,
)
from tests.factories.work import IBANS, make_assignment, make_deliverable, make_line


@pytest.fixture
def finance(acme):
    return acme.actor("finance")


@pytest.fixture
def inside(acme):
    with acme.enter("finance"):
        yield acme


def approved(company, *, amount="500.00", **values):
    """An invoice that only waits to be paid, made and approved by three people through the services."""
    assignment = make_assignment(company, budget=Decimal(10**9), **values)
    make_deliverable(assignment, amount=amount, state=WorkState.ACCEPTED)
    freelancer = company.actor(
        next(k for k, m in company.people.items() if m.pk == assignment.freelancer.membership_id)
    )
    invoice = create_invoice(actor=freelancer, assignment=assignment)
    invoice = approve_invoice(actor=company.actor("hiring_manager"), invoice=invoice)
    return release_invoice(actor=company.actor("finance"), invoice=invoice)


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_a_batch_takes_every_approved_invoice_of_its_currency(inside, finance):
    first, second = approved(inside), approved(inside, amount="0.01", freelancer="other_freelancer")
    other_currency = approved(inside, currency="GBP")
    waiting = create_invoice_only(inside)

    batch = export_payments(actor=finance, currency="EUR")

    assert (batch.ref, batch.rows_count, batch.total, batch.created_by_id) == (
        "PAY-1",
        2,
        Decimal("500.01"),
        finance.membership_id,
    )
    assert {row.invoice_id: row.amount for row in batch.rows.all()} == {first.pk: 500, second.pk: Decimal("0.01")}
    assert dict(Invoice.objects.values_list("number", "state")) == {
        first.number: "exported",
        second.number: "exported",
        other_currency.number: "approved",
        waiting.number: "submitted",
    }
    assert Event.objects.get(kind="payment.exported").payload == {
        "number": 1,
        "rows": 2,
        "total": "500.01",
        "currency": "EUR",
        "invoices": [first.number, second.number],
    }


def create_invoice_only(company):
    assignment = make_assignment(company)
    make_line(assignment, state=WorkState.ACCEPTED)
    return create_invoice(actor=company.actor("freelancer"), assignment=assignment)


def test_the_file_says_who_is_paid_what_and_where_cost_lands(inside, finance):
    invoice = approved(inside, amount="1234.5")

    batch = export_payments(actor=finance, currency="EUR")

    content = download_batch(actor=finance, batch=batch)
    assert rows_of(content) == [
        {
            "batch": "PAY-1",
            "row": "1",
            "invoice": "INV-1",
            "payee": "Freelancer Acme",
            "iban": IBANS["freelancer"],
            "bic": "",
            "amount": "1234.50",
            "currency": "EUR",
            "pay_by": invoice.due_on.isoformat(),
            "reference": "PAY-1 INV-1",
            "legal_entity": str(inside.entity),
            "cost_centre": "4711",
            "program": "Pilot",
            "assignment": "ASG-1",
        }
    ]
    assert not content.startswith(b"\xef\xbb\xbf")
    assert hashlib.sha256(content).hexdigest() == batch.sha256


def test_the_file_is_the_same_however_often_it_is_read_and_each_look_is_recorded(inside, finance):
    approved(inside)
    batch = export_payments(actor=finance, currency="EUR")
    first = download_batch(actor=finance, batch=batch)
    Freelancer.objects.update(name="Somebody else")
    PayoutAccount.objects.update(holder="Somebody else", bic="DEUTDEFF")

    second = download_batch(actor=finance, batch=batch)

    assert first == second
    assert PaymentBatch.objects.get().download_count == 2
    looks = AuditEvent.objects.filter(operation="payment.downloaded")
    assert [(look.actor, look.row_id, look.changes["batch"]) for look in looks] == [
        ("Finance Acme", batch.pk, "PAY-1")
    ] * 2
    assert AuditEvent.objects.filter(operation="bank.written", row_id=batch.pk).count() == 1


def test_bank_details_are_on_no_disk_and_behind_no_other_address(inside, finance):
    approved(inside)
    batch = export_payments(actor=finance, currency="EUR")

    with default_storage.open(batch.file.storage_name) as file:
        kept = file.read()

    assert IBANS["freelancer"].encode() not in kept
    assert b"Freelancer" not in kept
    with pytest.raises(Http404):
        access_file(finance, batch.file.public_id)


def test_a_file_that_was_changed_is_not_handed_out(inside, finance):
    approved(inside)
    batch = export_payments(actor=finance, currency="EUR")
    PaymentBatch.objects.update(sha256="0" * 64)
    batch.refresh_from_db()

    with pytest.raises(RuntimeError, match="not the one that was made"):
        download_batch(actor=finance, batch=batch)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "@SUM(A1)", "\tx", "－1+1", "Müller, “Ana”;\r\nINJECTED,1"])
def test_a_name_is_never_a_formula_or_a_row_of_its_own(inside, finance, name):
    invoice = approved(inside)
    PayoutAccount.objects.update(holder=name)

    batch = export_payments(actor=finance, currency="EUR")

    [row] = rows_of(download_batch(actor=finance, batch=batch))
    guarded = name if name[0] == "M" or name == "+1" else f"'{name}"
    assert (row["payee"], row["amount"], row["invoice"]) == (guarded, "500.00", invoice.ref)


def test_running_again_exports_nothing_and_says_why(inside, finance):
    with pytest.raises(Refusal, match="No invoice in EUR is approved yet"):
        export_payments(actor=finance, currency="EUR")
    approved(inside)
    export_payments(actor=finance, currency="EUR")

    with pytest.raises(Refusal, match="everything approved left with PAY-1 or before"):
        export_payments(actor=finance, currency="EUR")

    assert PaymentBatch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_exports_at_once_make_one_batch(acme):
    """Real connections: the second waits for the rows of the first, then is told that nothing is left."""
    with acme.enter("finance"):
        for _ in range(3):
            approved(acme)
    actor, ready, results = acme.actor("finance"), Barrier(4), []

    def run():
        try:
            with acme.enter("finance"):
                ready.wait()
                results.append(export_payments(actor=actor, currency="EUR"))
        except Refusal as refusal:
            results.append(refusal)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with acme.enter("finance"):
        batch = PaymentBatch.objects.get()
        assert (batch.number, batch.rows_count, batch.total) == (1, 3, 1500)
        assert PaymentRow.objects.count() == 3
    assert sum("Nothing is left to export" in str(result) for result in results) == 3


def test_the_database_itself_keeps_an_invoice_in_one_batch(inside, finance):
    invoice = approved(inside)
    batch = export_payments(actor=finance, currency="EUR")

    with pytest.raises(IntegrityError, match="talent_paymentrow_once"), transaction.atomic():
        PaymentRow.objects.create(batch=batch, invoice=invoice, amount=invoice.total)


def test_who_cannot_be_paid_is_held_back_and_the_rest_goes(inside, finance):
    approved(inside)
    held = approved(inside, freelancer="other_freelancer", account=False)

    plan = plan_payments(actor=finance, currency="EUR")
    batch = export_payments(actor=finance, currency="EUR", seen=(len(plan.invoices), plan.total))

    assert [(one.invoice.pk, one.reason) for one in plan.held] == [
        (held.pk, "Other Freelancer Acme has not said where to be paid.")
    ]
    assert batch.rows_count == 1
    assert Invoice.objects.get(pk=held.pk).state == Invoice.State.APPROVED
    with pytest.raises(Refusal, match="The one approved invoice in EUR is held back: Other Freelancer"):
        export_payments(actor=finance, currency="EUR")


def test_a_gate_of_a_higher_app_holds_an_invoice_back(inside, finance, monkeypatch):
    approved(inside)
    stop = gates.Stop("The tax form is missing.", rule="tax_form", remedy="Ask for it.")
    monkeypatch.setitem(gates._checks, "invoice.pay", [lambda _invoice, _actor: [stop]])

    plan = plan_payments(actor=finance, currency="EUR")

    assert (list(plan.invoices), plan.total, [one.reason for one in plan.held]) == ([], 0, ["The tax form is missing."])


def test_what_changed_since_the_page_was_shown_is_said_before_it_leaves(inside, finance):
    approved(inside)
    plan = plan_payments(actor=finance, currency="EUR")
    approved(inside)

    with pytest.raises(Refusal, match=r"it is 2 invoices, €1,000\.00 by now"):
        export_payments(actor=finance, currency="EUR", seen=(len(plan.invoices), plan.total))

    assert not PaymentBatch.objects.exists()


def test_only_finance_exports_and_downloads(inside, finance):
    approved(inside)
    for role in ("owner", "program_manager", "hiring_manager", "viewer", "freelancer"):
        with pytest.raises(Refused):
            export_payments(actor=inside.actor(role), currency="EUR")
    batch = export_payments(actor=finance, currency="EUR")
    for role in ("owner", "program_manager", "viewer"):
        with pytest.raises(Refused):
            download_batch(actor=inside.actor(role), batch=batch)
        with pytest.raises(Refused):
            mark_paid(actor=inside.actor(role), batch=batch, paid_on=timezone.localdate())


def test_a_batch_needs_a_person_who_answers_for_it(inside):
    approved(inside)

    with pytest.raises(Refusal, match="A person must answer"):
        export_payments(actor=automation(tenant_id=inside.tenant.pk), currency="EUR")

    boss = Membership.objects.get(pk=inside.people["finance"].pk)
    actor = automation(tenant_id=inside.tenant.pk, on_behalf_of=boss)
    assert export_payments(actor=actor, currency="EUR").created_by == boss


def test_paid_invoices_and_their_work_are_marked_once(inside, finance):
    approved(inside)
    approved(inside, freelancer="other_freelancer")
    batch = export_payments(actor=finance, currency="EUR")
    first = Invoice.objects.order_by("number").first()
    today = timezone.localdate(timezone=timezone.get_fixed_timezone(60))

    some = mark_paid(actor=finance, batch=batch, paid_on=today, invoices=[first])
    rest = mark_paid(actor=finance, batch=batch, paid_on=today)
    with pytest.raises(Refusal, match="marked as paid already"):
        mark_paid(actor=finance, batch=batch, paid_on=today)

    assert ([one.number for one in some], [one.number for one in rest]) == ([1], [2])
    assert set(Invoice.objects.values_list("state", "paid_on")) == {("paid", today)}
    assert set(Deliverable.objects.values_list("state", flat=True)) == {WorkState.PAID}
    assert Event.objects.filter(kind="invoice.paid").count() == 2


@pytest.mark.parametrize("days", [-2, 2])
def test_a_batch_is_paid_neither_before_it_was_made_nor_in_the_future(inside, finance, days):
    approved(inside)
    batch = export_payments(actor=finance, currency="EUR")

    with pytest.raises(Refusal, match="PAY-1 was made on"):
        mark_paid(actor=finance, batch=batch, paid_on=timezone.localdate() + timedelta(days=days))


def test_an_invoice_of_another_batch_is_not_marked(inside, finance):
    first = approved(inside)
    export_payments(actor=finance, currency="EUR")
    approved(inside)
    second = export_payments(actor=finance, currency="EUR")

    with pytest.raises(Refusal, match="Not all of these invoices are in PAY-2"):
        mark_paid(actor=finance, batch=second, paid_on=timezone.localdate(), invoices=[first])


def test_the_control_file_tells_what_the_table_must_add_up_to(inside, finance):
    approved(inside, amount="0.10")
    approved(inside, amount="0.20")
    batch = export_payments(actor=finance, currency="EUR")

    [row] = rows_of(control_csv(batch))

    table = rows_of(download_batch(actor=finance, batch=batch))
    assert (row["batch"], row["file"], row["sha256"]) == ("PAY-1", "PAY-1-EUR.csv", batch.sha256)
    assert int(row["rows"]) == len(table)
    assert Decimal(row["total"]) == sum(Decimal(one["amount"]) for one in table) == Decimal("0.30")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.decimals(min_value="0.01", max_value="9999999.99", places=2), min_size=1, max_size=8))
def test_totals_are_sums_and_rows_leave_once(inside, finance, amounts):
    """Invoices in any number of batches: each in one, and all batches together are all the money."""
    for model in (PaymentRow, PaymentBatch, InvoiceLine, Invoice, Deliverable, TimeLine):
        model.objects.all().delete()
    batches = []
    for at, amount in enumerate(amounts):
        quick_approved(inside, amount)
        if at % 3 == 2:
            batches.append(export_payments(actor=finance, currency="EUR"))
    if Invoice.objects.filter(state=Invoice.State.APPROVED).exists():
        batches.append(export_payments(actor=finance, currency="EUR"))

    assert sum(batch.total for batch in batches) == sum(amounts)
    seen = []
    for batch in batches:
        rows = rows_of(download_batch(actor=finance, batch=batch))
        assert sum(Decimal(row["amount"]) for row in rows) == batch.total
        assert len(rows) == batch.rows_count
        seen += [row["invoice"] for row in rows]
    assert len(seen) == len(set(seen)) == len(amounts)


def quick_approved(company, amount):
    assignment = make_assignment(company)
    today = timezone.localdate()
    return Invoice.objects.create(
        number=Invoice.objects.count() + 1,
        assignment=assignment,
        freelancer=assignment.freelancer,
        legal_entity=company.entity,
        state=Invoice.State.APPROVED,
        currency="EUR",
        total=amount,
        issued_on=today,
        due_on=today,
        created_by=company.people["freelancer"],
    )

"""Payment batches: approved invoices leave once, in a numbered file with control totals, and are marked paid."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.formats import date_format

from freelance_hub import audit, csvs, events, gates, sealed
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.formats import money_text
from freelance_hub.numbers import next_number
from freelance_hub.permissions import Capability, require
from freelance_hub.services.files import open_file, store_made
from talent.access import signer, visible_invoices
from talent.models import Deliverable, Invoice, InvoiceLine, PaymentBatch, PaymentRow, PayoutAccount, TimeLine
from talent.models.work import WorkState
from talent.services.amounts import NOTHING
from talent.services.days import day_in, today_in

State = Invoice.State
HEADERS = (
    "batch",
    "row",
    "invoice",
    "payee",
    "iban",
    "bic",
    "amount",
    "currency",
    "pay_by",
    "reference",
    "legal_entity",
    "cost_centre",
    "program",
    "assignment",
)
CONTROL_HEADERS = ("batch", "rows", "total", "currency", "made_at", "file", "sha256")
PAYEE = ("freelancer", "legal_entity", "assignment__program__org_unit", "assignment__requisition__org_unit")


@dataclass(frozen=True, slots=True)
class Held:
    """An approved invoice that stays behind, and why."""

    invoice: Invoice
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch made now would hold, and what it would leave behind."""

    currency: str
    invoices: Sequence[Invoice]
    accounts: dict[int, PayoutAccount]
    held: Sequence[Held]

    @property
    def total(self) -> Decimal:
        return sum((invoice.total for invoice in self.invoices), NOTHING)


def plan_payments(*, actor: Actor, currency: str, lock: bool = False) -> Plan:
    """The approved invoices of one currency that the actor sees, oldest pay-by date first.

    Held back: those without a payout account, and those that a check of the moment `invoice.pay` stops. With `lock`
    (inside a transaction) their rows stay locked: a second export waits, then finds them gone.
    """
    ready = visible_invoices(actor).filter(state=State.APPROVED, currency=currency)
    ready = ready.select_related(*PAYEE).order_by("due_on", "number")
    if lock:
        ready = ready.select_for_update(of=("self",))
    found = list(ready)
    accounts = {
        account.freelancer_id: account
        for account in PayoutAccount.objects.select_related("freelancer__tenant").filter(
            freelancer__in={invoice.freelancer_id for invoice in found}
        )
    }
    go: list[Invoice] = []
    held: list[Held] = []
    for invoice in found:
        if reason := _why_held(actor, invoice, accounts):
            held.append(Held(invoice, reason))
        else:
            go.append(invoice)
    return Plan(currency, go, accounts, held)


@transaction.atomic
def export_payments(*, actor: Actor, currency: str, seen: tuple[int, Decimal] | None = None) -> PaymentBatch:
    """Make the next payment batch, PAY-n: every approved invoice of one currency (ISO 4217) that is not held back.

    One transaction: locks the invoices, writes their rows, control totals and the file, and marks them exported. `seen`
    is (invoices, total) as the person was told; when it is no longer so, Refusal says what is now. Two at once make one
    batch: the second is refused with "nothing left". Raises Refused without payment.export and person.see_bank.
    Side effects: PaymentBatch, PaymentRow and StoredFile rows; a sealed file; invoices exported; an audit entry for the
    look at bank details; event payment.exported with {number, rows, total, currency, invoices: their numbers}.
    """
    _may_handle_file(actor)
    plan = plan_payments(actor=actor, currency=currency, lock=True)
    if not plan.invoices:
        raise Refusal(_why_empty(plan), code="nothing_to_export")
    if seen is not None and seen != (len(plan.invoices), plan.total):
        now = f"{len(plan.invoices)} invoices, {money_text(plan.total, currency)}"
        raise Refusal(
            f"What waits for payment has changed: it is {now} by now.",
            remedy="Look at it again, then export.",
            code="plan_changed",
        )
    batch = PaymentBatch.objects.create(
        number=next_number("payment_batch"),
        currency=currency,
        rows_count=len(plan.invoices),
        total=plan.total,
        sha256="",
        created_by_id=signer(actor),
    )
    rows = [PaymentRow(batch=batch, invoice=invoice, amount=invoice.total) for invoice in plan.invoices]
    PaymentRow.objects.bulk_create(rows)
    content = _payments_csv(batch, plan)
    batch.sha256 = hashlib.sha256(content).hexdigest()
    batch.file = store_made(name=file_name(batch), content=_sealed(batch, content), owner=batch, actor=actor)
    batch.save(update_fields=["sha256", "file"])
    _move(plan.invoices, source=State.APPROVED, target=State.EXPORTED)
    audit.record("bank.written", batch, actor=actor, people=len(plan.accounts), batch=batch.ref)
    events.announce(
        "payment.exported",
        batch,
        actor=actor,
        number=batch.number,
        rows=len(rows),
        total=str(batch.total),
        currency=currency,
        invoices=[invoice.number for invoice in plan.invoices],
    )
    return batch


@transaction.atomic
def download_batch(*, actor: Actor, batch: PaymentBatch) -> bytes:
    """The bytes of the batch's file, the same each time. Raises Refused without payment.export and person.see_bank.

    Side effects: one audit entry, the count of downloads. Raises RuntimeError when the bytes are not those that were made.
    """
    _may_handle_file(actor)
    assert batch.file is not None
    with open_file(batch.file) as file:
        content = sealed.open_sealed(file.read().decode(), **_place(batch)).encode()
    if hashlib.sha256(content).hexdigest() != batch.sha256:
        msg = f"The file of {batch.ref} is not the one that was made."
        raise RuntimeError(msg)
    PaymentBatch.objects.filter(pk=batch.pk).update(download_count=F("download_count") + 1)
    audit.record("payment.downloaded", batch, actor=actor, batch=batch.ref, rows=batch.rows_count, sha256=batch.sha256)
    return content


def control_csv(batch: PaymentBatch) -> bytes:
    """The control file of a batch: count, sum and hash for whoever loads it. Holds nothing personal."""
    made_at = batch.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    row = (batch.ref, batch.rows_count, f"{batch.total:.2f}", batch.currency, made_at, file_name(batch), batch.sha256)
    return b"".join(csvs.write(CONTROL_HEADERS, [row]))


def file_name(batch: PaymentBatch) -> str:
    """PAY-7-EUR.csv"""
    return f"{batch.ref}-{batch.currency}.csv"


@transaction.atomic
def mark_paid(
    *, actor: Actor, batch: PaymentBatch, paid_on: date, invoices: Iterable[Invoice] | None = None
) -> list[Invoice]:
    """Say that the bank has paid the batch, or only some `invoices` of it, on `paid_on`. Returns those now paid.

    Invoices of the batch that are paid already stay as they are. Raises Refusal for a date before the batch or in the
    future (company's time zone), for invoices of another batch, and when nothing is left to mark.
    Side effects: invoices and the work on them paid; event invoice.paid with {number, total, currency, paid_on} for each.
    """
    require(actor, Capability.PAYMENT_EXPORT)
    made_on = day_in(batch.tenant, batch.created_at)
    if not made_on <= paid_on <= today_in(batch.tenant):
        raise Refusal(
            f"{batch.ref} was made on {date_format(made_on, 'j M Y')}.",
            remedy="Choose a date from then until today.",
            field="paid_on",
        )
    mine = Invoice.objects.select_for_update(of=("self",)).filter(payment_rows__batch=batch).order_by("number")
    if invoices is not None:
        wanted = {invoice.pk for invoice in invoices}
        mine = mine.filter(pk__in=wanted)
        if mine.count() != len(wanted):
            raise Refusal(f"Not all of these invoices are in {batch.ref}.", remedy="Reload the page.")
    paid = [invoice for invoice in mine if invoice.state == State.EXPORTED]
    if not paid:
        raise Refusal("All of these are marked as paid already.", code="nothing_to_mark")
    _move(paid, source=State.EXPORTED, target=State.PAID, paid_on=paid_on)
    on_them = InvoiceLine.objects.filter(invoice__in=paid, is_live=True)
    due = WorkState.INVOICED
    TimeLine.objects.filter(pk__in=on_them.values("time_line"), state=due).update(state=WorkState.PAID)
    Deliverable.objects.filter(pk__in=on_them.values("deliverable"), state=due).update(state=WorkState.PAID)
    for invoice in paid:
        events.announce(
            "invoice.paid",
            invoice,
            actor=actor,
            number=invoice.number,
            total=str(invoice.total),
            currency=invoice.currency,
            paid_on=paid_on.isoformat(),
        )
    return paid


def _may_handle_file(actor: Actor) -> None:
    require(actor, Capability.PAYMENT_EXPORT)
    require(actor, Capability.PERSON_SEE_BANK)


def _why_held(actor: Actor, invoice: Invoice, accounts: dict[int, PayoutAccount]) -> str:
    if invoice.freelancer_id not in accounts:
        return f"{invoice.freelancer.name} has not said where to be paid."
    return " ".join(stop.reason for stop in gates.ask("invoice.pay", invoice, actor=actor))


def _why_empty(plan: Plan) -> str:
    if plan.held:
        one = len(plan.held) == 1
        what = "The one approved invoice" if one else f"All {len(plan.held)} approved invoices"
        return f"{what} in {plan.currency} {'is' if one else 'are'} held back: {plan.held[0].reason}"
    last = PaymentBatch.objects.filter(currency=plan.currency).order_by("-number").first()
    if last is None:
        return f"No invoice in {plan.currency} is approved yet."
    return f"Nothing is left to export in {plan.currency}: everything approved left with {last.ref} or before."


def _payments_csv(batch: PaymentBatch, plan: Plan) -> bytes:
    """A plain table: no total line, which banks would try to pay and spreadsheets would add up. See `control_csv`."""
    rows = (_row(batch, number, invoice, plan.accounts) for number, invoice in enumerate(plan.invoices, start=1))
    return b"".join(csvs.write(HEADERS, rows))


def _row(batch: PaymentBatch, number: int, invoice: Invoice, accounts: dict[int, PayoutAccount]) -> tuple[object, ...]:
    account = accounts[invoice.freelancer_id]
    assignment = invoice.assignment
    unit = (assignment.requisition and assignment.requisition.org_unit) or assignment.program.org_unit
    return (
        batch.ref,
        number,
        invoice.ref,
        account.holder,
        open_iban(account),
        account.bic,
        f"{invoice.total:.2f}",
        invoice.currency,
        invoice.due_on.isoformat(),
        f"{batch.ref} {invoice.ref}",
        invoice.legal_entity.name,
        unit.code if unit else "",
        assignment.program.name,
        assignment.ref,
    )


def open_iban(account: PayoutAccount) -> str:
    """The account number in clear. The caller has checked person.see_bank and records the look in the audit log."""
    person = account.freelancer
    return sealed.open_sealed(
        account.iban, tenant_id=person.tenant.pk, table="talent_payoutaccount", row_id=person.pk, field="iban"
    )


def _sealed(batch: PaymentBatch, content: bytes) -> bytes:
    """The file as it is kept: sealed, for it holds bank details that a disk or a backup must not show."""
    return sealed.seal(content.decode(), **_place(batch)).encode()


def _place(batch: PaymentBatch) -> dict[str, Any]:
    return {"tenant_id": batch.tenant_id, "table": "talent_paymentbatch", "row_id": batch.pk, "field": "file"}


def _move(invoices: Sequence[Invoice], *, source: str, target: str, **changes: Any) -> None:
    """All invoices or none; their rows are locked, so none can be missing unless a rule above is wrong."""
    moved = Invoice.objects.filter(pk__in=[one.pk for one in invoices], state=source).update(state=target, **changes)
    if moved != len(invoices):
        raise Refusal("An invoice changed in this moment.", remedy="Try again.", code="state_changed")
    for invoice in invoices:
        for name, value in {"state": target, **changes}.items():
            setattr(invoice, name, value)

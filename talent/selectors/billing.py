"""Reads of invoices and payments, shared by pages, API and figures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format

from freelance_hub.access import Actor
from talent.access import invoicing_assignments, visible_batches, visible_invoices
from talent.models import Assignment, Deliverable, Invoice, PaymentBatch, PaymentRow, TimeLine
from talent.models.work import WorkState
from talent.selectors.search import matching

State = Invoice.State
_NUMBER = re.compile(r"(?:INV-)?(\d{1,9})", re.IGNORECASE)


def invoice_rows(actor: Actor) -> QuerySet[Invoice]:
    """Invoices as lists show them."""
    return visible_invoices(actor).select_related("freelancer", "assignment__manager__user")


def invoices_matching(text: str) -> Q:
    """Invoices by number (12, INV-12), else by the person or the title of their assignment."""
    if number := _NUMBER.fullmatch(text.strip()):
        return Q(number=int(number[1]))
    return Q(assignment__in=Assignment.objects.filter(matching("assignments", text)).values("pk"))


def batch_rows(actor: Actor) -> QuerySet[PaymentBatch]:
    """Payment batches as lists show them."""
    return visible_batches(actor).select_related("created_by__user")


def to_be_invoiced(actor: Actor) -> QuerySet[Assignment]:
    """Assignments with accepted work that is on no invoice, with its sum as `open_amount`; largest number first."""
    zero = DecimalField(max_digits=14, decimal_places=2)
    sums: list[Any] = []
    having: list[Any] = []
    for model in (TimeLine, Deliverable):
        work = model.objects.filter(state=WorkState.ACCEPTED, amount__isnull=False).order_by()
        having.append(work.values("assignment"))
        total = work.filter(assignment=OuterRef("pk")).values("assignment").annotate(sum=Sum("amount")).values("sum")
        sums.append(Coalesce(Subquery(total), Decimal(0), output_field=zero))
    # From the work to its assignments: the other way round would look at every assignment there ever was.
    found = invoicing_assignments(actor).filter(pk__in=having[0].union(having[1]))
    return found.annotate(open_amount=sums[0] + sums[1]).select_related("freelancer", "program").order_by("-number")


@dataclass(frozen=True, slots=True)
class Ready:
    """Approved invoices of one currency that wait for payment."""

    currency: str
    count: int
    total: Decimal


def ready_to_pay(actor: Actor) -> list[Ready]:
    """What waits for the next payment batch, by currency. Held-back invoices count too: the plan says which."""
    sums = visible_invoices(actor).filter(state=State.APPROVED).values("currency")
    rows = sums.annotate(count=Count("pk"), sum=Sum("total")).order_by("currency")
    return [Ready(row["currency"], row["count"], row["sum"]) for row in rows]


def batch_of(invoice: Invoice) -> PaymentBatch | None:
    """The payment batch that an invoice left with."""
    row = PaymentRow.objects.select_related("batch__created_by__user").filter(invoice=invoice).first()
    return row.batch if row else None


def payment_rows(batch: PaymentBatch) -> Sequence[PaymentRow]:
    """The invoices of a batch, in their order in the file."""
    return list(batch.rows.select_related("invoice__freelancer", "invoice__assignment").order_by("pk"))


def standing_words(invoice: Invoice, *, sent: datetime | None = None) -> str:
    """Where an invoice is, in a sentence: "Waiting for Finance since Monday, expected pay date 14 May".

    Needs `assignment.manager.user`. `sent` is when the batch left. Times in the zone active now.
    """
    pay = f"expected pay date {day_words(invoice.due_on)}"
    if invoice.due_on < timezone.localdate():
        pay = f"should have been paid by {day_words(invoice.due_on)}"
    match invoice.state:
        case State.SUBMITTED:
            return f"Waiting for {invoice.assignment.manager.user} {since(invoice.submitted_at)}, {pay}"
        case State.IN_APPROVAL:
            return f"Waiting for Finance {since(invoice.manager_approved_at)}, {pay}"
        case State.APPROVED:
            return f"Approved, waiting for the next payment run {since(invoice.approved_at)}, {pay}"
        case State.EXPORTED:
            return f"Sent to payment {since(sent).removeprefix('since ')}, {pay}".replace("  ", " ")
        case State.PAID if invoice.paid_on:
            return f"Paid on {day_words(invoice.paid_on)}"
        case State.REJECTED:
            return f"Rejected {since(invoice.rejected_at).removeprefix('since ')}"
    return str(invoice.get_state_display())


def since(moment: datetime | None) -> str:
    """ "since today", "since Monday", "since 3 November"; nothing without a moment."""
    if moment is None:
        return ""
    day = timezone.localdate(moment)
    days = (timezone.localdate() - day).days
    if days <= 1:
        return "since today" if days <= 0 else "since yesterday"
    return f"since {date_format(day, 'l')}" if days < 7 else f"since {day_words(day)}"


def moment_words(moment: datetime | None) -> str:
    """The day of a moment, as `day_words`; nothing without one."""
    return day_words(timezone.localdate(moment)) if moment else ""


def day_words(day: date) -> str:
    """ "14 May", with the year when it is another one."""
    return date_format(day, "j F" if day.year == timezone.localdate().year else "j F Y")

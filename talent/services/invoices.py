"""Invoices: made from accepted work, approved by the manager, released by finance, or rejected."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.numbers import next_number
from freelance_hub.permissions import Capability, require
from freelance_hub.states import change_state
from talent.access import signer, why_not_approve, why_not_release
from talent.models import Assignment, Deliverable, Invoice, InvoiceLine, TimeLine
from talent.models.work import WorkState
from talent.services.amounts import NOTHING
from talent.services.days import today_in
from talent.services.time_lines import needed_reason

State = Invoice.State
PAYMENT_TERMS_DAYS = 30
WAITING = (State.SUBMITTED, State.IN_APPROVAL)  # for the manager, for finance


@transaction.atomic
def create_invoice(*, actor: Actor, assignment: Assignment) -> Invoice:
    """One invoice of everything accepted and not yet invoiced on the assignment: time, and deliverables with an amount.

    Numbered INV-n without gaps, issued today (company's time zone), due after the program's payment terms (its setting
    `payment_terms_days`, else 30 days), and submitted at once. A second call finds nothing left and raises Refusal, as
    does an assignment without accepted work. A database constraint keeps each piece of work on one live invoice.
    Side effects: the work becomes invoiced; event invoice.submitted with {number, total, currency, lines}.
    """
    require(actor, Capability.WORK_SUBMIT if actor.is_guest else Capability.INVOICE_CREATE)
    # The lock makes the second of two clicks wait, then find nothing.
    assignment = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("tenant", "program", "engagement", "freelancer")
        .get(pk=assignment.pk)
    )
    lines = _lines_to_invoice(assignment)
    total = sum((line.amount for line in lines), NOTHING)
    if not total:
        raise Refusal(
            f"Nothing on {assignment.ref} waits to be invoiced.",
            remedy="Work is invoiced once it is accepted.",
            code="nothing_to_invoice",
        )
    today, now = today_in(assignment.tenant), timezone.now()
    terms = int(assignment.program.settings.get("payment_terms_days", PAYMENT_TERMS_DAYS))
    invoice = Invoice.objects.create(
        number=next_number("invoice"),
        assignment=assignment,
        freelancer=assignment.freelancer,
        legal_entity_id=assignment.engagement.legal_entity_id,
        state=State.SUBMITTED,
        currency=assignment.currency,
        total=total,
        issued_on=today,
        due_on=today + timedelta(days=terms),
        created_by_id=signer(actor),
        submitted_at=now,
    )
    for line in lines:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create(lines)
    _move_work(lines, source=WorkState.ACCEPTED, target=WorkState.INVOICED)
    events.announce("invoice.submitted", invoice, actor=actor, **_payload(invoice), lines=len(lines))
    return invoice


@transaction.atomic
def approve_invoice(*, actor: Actor, invoice: Invoice) -> Invoice:
    """The manager agrees that the invoice is right; it goes on to finance.

    Raises Refusal for the one who is paid by it or made it, and when somebody was first.
    Side effects: event invoice.manager_approved with {number, total, currency}.
    """
    require(actor, Capability.INVOICE_APPROVE)
    invoice = _locked(invoice)
    if why := why_not_approve(actor, invoice):
        raise Refusal(why, code="separation_of_duties")
    change_state(
        invoice,
        source=State.SUBMITTED,
        target=State.IN_APPROVAL,
        manager_approved_by_id=signer(actor),
        manager_approved_at=timezone.now(),
    )
    events.announce("invoice.manager_approved", invoice, actor=actor, **_payload(invoice))
    return invoice


@transaction.atomic
def release_invoice(*, actor: Actor, invoice: Invoice) -> Invoice:
    """Finance approves the invoice for payment; the next payment batch takes it along.

    Raises Refusal for the one who is paid by it, made it or approved it as manager, and when somebody was first.
    Side effects: event invoice.approved with {number, total, currency}.
    """
    require(actor, Capability.INVOICE_RELEASE)
    invoice = _locked(invoice)
    if why := why_not_release(actor, invoice):
        raise Refusal(why, code="separation_of_duties")
    change_state(
        invoice,
        source=State.IN_APPROVAL,
        target=State.APPROVED,
        released_by_id=signer(actor),
        approved_at=timezone.now(),
    )
    events.announce("invoice.approved", invoice, actor=actor, **_payload(invoice))
    return invoice


@transaction.atomic
def reject_invoice(*, actor: Actor, invoice: Invoice, reason: str) -> Invoice:
    """Say no to an invoice that waits: the manager while it waits for them, finance while it waits for finance.

    The work on it becomes accepted again, so that a right invoice can be made; the invoice keeps its number and lines.
    Raises Refused without the right of whose turn it is; Refusal without a reason, for the one who is paid by it, made it
    or approved it before, and when it waits for nobody by now.
    Side effects: event invoice.rejected with {number, total, currency, reason, by}.
    """
    invoice = _locked(invoice)
    is_finance = invoice.state == State.IN_APPROVAL
    if invoice.state in WAITING:
        require(actor, Capability.INVOICE_RELEASE if is_finance else Capability.INVOICE_APPROVE)
        if why := (why_not_release if is_finance else why_not_approve)(actor, invoice):
            raise Refusal(why, code="separation_of_duties")
    reason = needed_reason(reason)
    change_state(
        invoice,
        source=WAITING,
        target=State.REJECTED,
        rejected_by_id=signer(actor),
        rejected_at=timezone.now(),
        rejection_reason=reason,
        returned_count=invoice.returned_count + 1,
    )
    lines = list(invoice.lines.all())
    _move_work(lines, source=WorkState.INVOICED, target=WorkState.ACCEPTED)
    InvoiceLine.objects.filter(invoice=invoice).update(is_live=False)
    by = "finance" if is_finance else "manager"
    events.announce("invoice.rejected", invoice, actor=actor, **_payload(invoice), reason=reason, by=by)
    return invoice


def work_to_invoice(assignment: Assignment) -> tuple[list[TimeLine], list[Deliverable]]:
    """What an invoice made now would hold: accepted time by date, accepted milestones by date of acceptance."""
    time = TimeLine.objects.filter(assignment=assignment, state=WorkState.ACCEPTED).order_by("worked_on")
    milestones = Deliverable.objects.filter(assignment=assignment, state=WorkState.ACCEPTED, amount__isnull=False)
    return list(time), list(milestones.order_by("decided_at", "pk"))


def _lines_to_invoice(assignment: Assignment) -> list[InvoiceLine]:
    time, milestones = work_to_invoice(assignment)
    return [
        *(
            InvoiceLine(
                time_line=line,
                description=f"{date_format(line.worked_on, 'j M Y')} · {line.note or assignment.title}"[:300],
                quantity=line.quantity,
                unit_price=line.rate,
                amount=line.amount,
            )
            for line in time
        ),
        *(
            InvoiceLine(
                deliverable=one, description=one.title, quantity=Decimal(1), unit_price=one.amount, amount=one.amount
            )
            for one in milestones
            if one.amount is not None
        ),
    ]


def _move_work(lines: list[InvoiceLine], *, source: str, target: str) -> None:
    """Move the work behind invoice lines, all of it: somebody in between is a reason to stop."""
    time = [line.time_line_id for line in lines if line.time_line_id]
    milestones = [line.deliverable_id for line in lines if line.deliverable_id]
    moved = TimeLine.objects.filter(pk__in=time, state=source).update(state=target)
    moved += Deliverable.objects.filter(pk__in=milestones, state=source).update(state=target)
    if moved != len(lines):
        raise Refusal("The work changed in this moment.", remedy="Reload the page and try again.", code="state_changed")


def _locked(invoice: Invoice) -> Invoice:
    """The invoice as it is now, its row locked: who decided before must be known before somebody decides again."""
    people = ("freelancer__membership", "created_by", "manager_approved_by")
    return Invoice.objects.select_for_update(of=("self",)).select_related(*people).get(pk=invoice.pk)


def _payload(invoice: Invoice) -> dict[str, str | int]:
    return {"number": invoice.number, "total": str(invoice.total), "currency": invoice.currency}

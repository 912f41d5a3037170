"""Invoices for employees: the list, one invoice with its way to payment, and the decisions on it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.lists import (
    BulkAction,
    Column,
    Empty,
    ListFilters,
    ListPage,
    PageAction,
    Tab,
    list_methods,
    list_page,
)
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, day, due, money
from talent.access import access_invoice, access_invoicing, rate_visible, why_not_approve, why_not_release
from talent.forms.work import ReasonForm
from talent.models import Invoice
from talent.selectors.billing import (
    batch_of,
    day_words,
    invoice_rows,
    invoices_matching,
    moment_words,
    standing_words,
    to_be_invoiced,
)
from talent.selectors.happenings import happenings
from talent.selectors.work import short
from talent.services.invoices import (
    WAITING,
    approve_invoice,
    create_invoice,
    reject_invoice,
    release_invoice,
    work_to_invoice,
)

State = Invoice.State
SHOWN_ASSIGNMENTS = 50
SETTLED = (State.PAID, State.REJECTED, State.CREDITED)


class InvoiceFilters(ListFilters):
    state = forms.MultipleChoiceField(
        choices=[one for one in State.choices if one[0] not in {State.DRAFT, State.PENDING_PO}]
    )
    lookups = {"state": "state__in"}
    search_hint = "Number, freelancer or assignment"

    def search(self, text: str) -> Q:
        return invoices_matching(text)


def _approve(invoice: Invoice, *, actor: Actor) -> str:
    approve_invoice(actor=actor, invoice=invoice)
    return "Approved"


def _release(invoice: Invoice, *, actor: Actor) -> str:
    release_invoice(actor=actor, invoice=invoice)
    return "Released"


INVOICES = ListPage(
    key="invoices",
    title="Invoices",
    lead="Made from accepted work, approved by the manager, released by finance.",
    noun=("invoice", "invoices"),
    columns=(
        Column(
            "number",
            "Invoice",
            value=lambda one: format_html('<span class="ref">{}</span>{}', one.ref, one.freelancer.name),
            sort="number",
        ),
        Column("freelancer__name", "Freelancer", optional=True, cell="extra"),
        Column("assignment__title", "Assignment", value=lambda one: short(one.assignment.title), cell="person"),
        Column("issued_on", "Issued", value=lambda one: day(one.issued_on), cell="extra"),
        Column("due_on", "Pay by", value=lambda one: due(one.due_on, done=one.state in SETTLED), sort="due"),
        Column("total", "Amount", value=lambda one: money(one.total, one.currency), class_="number"),
        Column("currency", "Currency", optional=True, cell="extra"),
        Column("state", "State", value=lambda one: chip(one.state, "invoice"), cell="state"),
    ),
    filters=InvoiceFilters,
    sorts={"number": ("number", "Number"), "due": ("due_on", "Pay by")},
    default_sort="-number",
    row_link=lambda one: tenant_url("invoice_detail", number=one.number),
    row_key="number",
    row_label=lambda one: one.ref,
    tabs=(
        Tab("All", ""),
        Tab("With the manager", "state=submitted"),
        Tab("With finance", "state=in_approval"),
        Tab("To be paid", "state=approved"),
        Tab("Paid", "state=paid"),
    ),
    actions=(PageAction("New invoice", "invoice_create", Capability.INVOICE_CREATE, icon="plus"),),
    bulk=(
        BulkAction("approve", "Approve", _approve, Capability.INVOICE_APPROVE),
        BulkAction("release", "Release for payment", _release, Capability.INVOICE_RELEASE),
    ),
    empty=Empty(
        "No invoices yet", "Accepted work becomes an invoice, made by the freelancer or by you.", icon="receipt-text"
    ),
)


@console
@list_methods
def invoice_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.INVOICE_SEE)
    return list_page(request, INVOICES, invoice_rows(request.actor))


@console
@require_safe
def invoice_create(request: HubRequest) -> HttpResponseBase:
    """The choice of what is invoiced: every assignment with accepted work."""
    require(request.actor, Capability.INVOICE_CREATE)
    found = list(to_be_invoiced(request.actor)[: SHOWN_ASSIGNMENTS + 1])
    context = {"assignments": found[:SHOWN_ASSIGNMENTS], "more": len(found) > SHOWN_ASSIGNMENTS}
    return render(request, "talent/invoice_create.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_create_for(request: HubRequest, number: int) -> HttpResponseBase:
    """What an invoice of one assignment would hold, then the invoice."""
    assignment = access_invoicing(request.actor, number)
    error = None
    if request.method == "POST":
        try:
            invoice = create_invoice(actor=request.actor, assignment=assignment)
        except Refusal as refusal:
            error = refusal
        else:
            messages.success(request, f"{invoice.ref} is made. Somebody else approves it now.")
            return redirect_to(request, tenant_url("invoice_detail", number=invoice.number))
    time, milestones = work_to_invoice(assignment)
    work: list[Any] = [*time, *milestones]
    context = {
        "assignment": assignment,
        "time": time,
        "milestones": milestones,
        "total": sum(one.amount or 0 for one in work),
        "shows_amounts": rate_visible(request.actor, assignment),
        "error": error,
    }
    return render(request, "talent/invoice_create_for.html", context, status=409 if error else 200)


@console
@require_safe
def invoice_detail(request: HubRequest, number: int) -> HttpResponseBase:
    invoice = access_invoice(request.actor, number)
    return render(request, "talent/invoice_detail.html", _detail(request.actor, invoice))


@console
@require_POST
def invoice_approve(request: HubRequest, number: int) -> HttpResponseBase:
    invoice = access_invoice(request.actor, number, to=Capability.INVOICE_APPROVE)
    with refusals_told(request):
        approve_invoice(actor=request.actor, invoice=invoice)
        messages.success(request, f"You approved {invoice.ref}. Finance releases it next.")
    return redirect_to(request, tenant_url("invoice_detail", number=number))


@console
@require_POST
def invoice_release(request: HubRequest, number: int) -> HttpResponseBase:
    invoice = access_invoice(request.actor, number, to=Capability.INVOICE_RELEASE)
    with refusals_told(request):
        release_invoice(actor=request.actor, invoice=invoice)
        messages.success(request, f"{invoice.ref} is released. The next payment batch takes it along.")
    return redirect_to(request, tenant_url("invoice_detail", number=number))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def invoice_reject(request: HubRequest, number: int) -> HttpResponseBase:
    """Why it is rejected; its work can be invoiced again."""
    invoice = access_invoice(request.actor, number)
    require(request.actor, _right_to_decide(invoice))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            reject_invoice(actor=request.actor, invoice=invoice, **form.cleaned_data)
            messages.success(request, f"{invoice.ref} is rejected. Its work can be invoiced again.")
            return redirect_to(request, tenant_url("invoice_detail", number=number))
    context = {"form": form, "invoice": invoice, "lines": invoice.lines.count()}
    return render(request, "talent/invoice_reject.html", context, status=422 if form.errors else 200)


def _right_to_decide(invoice: Invoice) -> str:
    return Capability.INVOICE_RELEASE if invoice.state == State.IN_APPROVAL else Capability.INVOICE_APPROVE


def _detail(actor: Actor, invoice: Invoice) -> dict[str, Any]:
    batch = batch_of(invoice) if invoice.state in {State.EXPORTED, State.PAID} else None
    turn = invoice.state in WAITING and actor.can(_right_to_decide(invoice))
    why_not = (why_not_release if invoice.state == State.IN_APPROVAL else why_not_approve)(actor, invoice)
    return {
        "invoice": invoice,
        "assignment": invoice.assignment,
        "lines": invoice.lines.order_by("pk"),
        "shows_amounts": rate_visible(actor, invoice.assignment),
        "standing": standing_words(invoice, sent=batch.created_at if batch else None),
        "batch": batch,
        "may_open_batch": actor.can(Capability.PAYMENT_SEE),
        "may_decide": turn and not why_not,
        "why_not": why_not if turn else "",
        "is_finance": invoice.state == State.IN_APPROVAL,
        "way": way_of(invoice, sent=batch.created_at if batch else None),
        "history": happenings(invoice),
    }


def way_of(invoice: Invoice, *, sent: datetime | None = None) -> list[dict[str, str]]:
    """The steps of an invoice, as the `steps` component shows them; `sent` is when its batch left."""
    manager = invoice.manager_approved_by or invoice.assignment.manager
    finance = str(invoice.released_by.user) if invoice.released_by else ""
    steps = [
        ("Made", moment_words(invoice.submitted_at), str(invoice.created_by.user)),
        ("Approved by the manager", moment_words(invoice.manager_approved_at), str(manager.user)),
        ("Released by finance", moment_words(invoice.approved_at), finance),
        ("Sent to payment", moment_words(sent), ""),
        ("Paid", day_words(invoice.paid_on) if invoice.paid_on else "", ""),
    ]
    way, is_next = [], True
    for label, when, who in steps:
        state = "done" if when else "active" if is_next else "waiting"
        if invoice.state == State.REJECTED and not when:
            state = "failed" if is_next else "skipped"
        is_next = bool(when)
        way.append({"label": label, "state": state, "note": ", ".join(word for word in (who, when) if word)})
    return way

"""Invoices in the portal: made from accepted work, then followed until they are paid."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, portal, redirect_to
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, day, money
from talent.access import access_invoice, access_invoicing
from talent.models import Invoice, PayoutAccount
from talent.selectors.billing import batch_of, invoice_rows, standing_words, to_be_invoiced
from talent.services.invoices import create_invoice, work_to_invoice
from talent.views.invoices import way_of

State = Invoice.State

OWN_INVOICES = ListPage(
    key="own_invoices",
    title="Invoices",
    lead="What you are paid, and where it is.",
    noun=("invoice", "invoices"),
    columns=(
        Column(
            "number",
            "Invoice",
            value=lambda one: format_html('<span class="ref">{}</span>{}', one.ref, one.assignment.title),
            sort="number",
        ),
        Column("issued_on", "Issued", value=lambda one: day(one.issued_on), cell="extra"),
        Column("due_on", "Expected pay date", value=lambda one: day(one.paid_on or one.due_on)),
        Column("total", "Amount", value=lambda one: money(one.total, one.currency), class_="number"),
        Column("state", "State", value=lambda one: chip(one.state, "invoice"), cell="state"),
    ),
    filters=ListFilters,
    sorts={"number": ("number", "Number")},
    default_sort="-number",
    row_link=lambda one: tenant_url("portal_invoice_detail", number=one.number),
    row_key="number",
    empty=Empty("No invoices yet", "Once your work is accepted, you make an invoice of it here.", icon="receipt-text"),
    template="talent/portal_invoice_list.html",
    base="portal.html",
)


@portal
@list_methods
def portal_invoice_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.PORTAL_USE)
    return list_page(
        request,
        OWN_INVOICES,
        invoice_rows(request.actor),
        extra_context={"to_invoice": to_be_invoiced(request.actor), "needs_account": _needs_account(request)},
    )


@portal
@require_safe
def portal_invoice_detail(request: HubRequest, number: int) -> HttpResponseBase:
    invoice = access_invoice(request.actor, number)
    batch = batch_of(invoice) if invoice.state in {State.EXPORTED, State.PAID} else None
    sent = batch.created_at if batch else None
    context = {
        "invoice": invoice,
        "assignment": invoice.assignment,
        "lines": invoice.lines.order_by("pk"),
        "standing": standing_words(invoice, sent=sent),
        "way": way_of(invoice, sent=sent),
        "needs_account": invoice.state in Invoice.OPEN and _needs_account(request),
    }
    return render(request, "talent/portal_invoice_detail.html", context)


@portal
@require_http_methods(["GET", "HEAD", "POST"])
def portal_invoice_create(request: HubRequest, number: int) -> HttpResponseBase:
    """What the invoice would hold, then the invoice."""
    assignment = access_invoicing(request.actor, number)
    error = None
    if request.method == "POST":
        try:
            invoice = create_invoice(actor=request.actor, assignment=assignment)
        except Refusal as refusal:
            error = refusal
        else:
            messages.success(request, f"{invoice.ref} is on its way.")
            return redirect_to(request, tenant_url("portal_invoice_detail", number=invoice.number))
    time, milestones = work_to_invoice(assignment)
    work: list[Any] = [*time, *milestones]
    context = {
        "assignment": assignment,
        "time": time,
        "milestones": milestones,
        "total": sum(one.amount or 0 for one in work),
        "shows_amounts": True,
        "error": error,
    }
    return render(request, "talent/portal_invoice_create.html", context, status=409 if error else 200)


def _needs_account(request: HubRequest) -> bool:
    """Whether the person has not said yet where to be paid: then no invoice of theirs can leave."""
    return not PayoutAccount.objects.filter(freelancer__membership=request.membership).exists()

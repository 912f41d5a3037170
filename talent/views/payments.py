"""Payment batches: what would leave, what left, and what the bank has paid."""

import codecs
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, PageAction, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import money, when
from talent.access import access_batch
from talent.forms.billing import CurrencyForm, PaidForm, SeenForm
from talent.models import Invoice
from talent.selectors.billing import batch_rows, payment_rows, ready_to_pay
from talent.services.days import today_in
from talent.services.payments import (
    control_csv,
    download_batch,
    export_payments,
    file_name,
    mark_paid,
    plan_payments,
)

SHOWN_ROWS = 200


class BatchFilters(ListFilters):
    currency = forms.CharField(max_length=3)
    lookups = {"currency": "currency__iexact"}


BATCHES = ListPage(
    key="payments",
    title="Payments",
    lead="Approved invoices leave in numbered batches, each invoice once.",
    noun=("batch", "batches"),
    columns=(
        Column("number", "Batch", value=lambda one: format_html("{}", one.ref), sort="number"),
        Column("created_by__user__name", "Made by", cell="person"),
        Column("created_at", "Made", value=lambda one: when(one.created_at)),
        Column("rows_count", "Invoices", class_="number"),
        Column("total", "Total", value=lambda one: money(one.total, one.currency), class_="number"),
        Column("currency", "Currency", optional=True, cell="extra"),
        Column("download_count", "Downloads", class_="number", cell="extra"),
    ),
    filters=BatchFilters,
    sorts={"number": ("number", "Number")},
    default_sort="-number",
    row_link=lambda one: tenant_url("payment_batch_detail", number=one.number),
    row_key="number",
    row_label=lambda one: one.ref,
    actions=(PageAction("New batch", "payment_batch_create", Capability.PAYMENT_EXPORT, icon="banknote-arrow-up"),),
    empty=Empty(
        "No payments yet", "A batch takes every approved invoice of one currency to the bank.", icon="banknote"
    ),
)


@console
@list_methods
def payment_batch_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.PAYMENT_SEE)
    return list_page(request, BATCHES, batch_rows(request.actor))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def payment_batch_create(request: HubRequest) -> HttpResponseBase:
    """What a batch would hold, in numbers, then the batch of exactly that."""
    for capability in (Capability.PAYMENT_SEE, Capability.PAYMENT_EXPORT, Capability.PERSON_SEE_BANK):
        require(request.actor, capability)
    error = None
    if request.method == "POST":
        form = SeenForm(request.POST)
        if form.is_valid():
            try:
                batch = export_payments(actor=request.actor, currency=form.cleaned_data["currency"], seen=form.seen)
            except Refusal as refusal:
                error = refusal
            else:
                messages.success(
                    request, f"{batch.ref} is ready. Its {batch.rows_count} invoices will not leave again."
                )
                return redirect_to(request, tenant_url("payment_batch_detail", number=batch.number))
    ready = ready_to_pay(request.actor)
    asked = CurrencyForm(request.POST or request.GET)
    asked.full_clean()
    currency = asked.cleaned_data.get("currency") or (ready[0].currency if ready else request.tenant.currency)
    plan = plan_payments(actor=request.actor, currency=currency)
    context = {
        "ready": ready,
        "plan": plan,
        "rows": plan.invoices[:SHOWN_ROWS],
        "more": len(plan.invoices) - SHOWN_ROWS,
        "error": error,
    }
    return render(request, "talent/payment_batch_create.html", context, status=409 if error else 200)


@console
@require_safe
def payment_batch_detail(request: HubRequest, number: int) -> HttpResponseBase:
    batch = access_batch(request.actor, number)
    rows = payment_rows(batch)
    may_handle = request.actor.can(Capability.PAYMENT_EXPORT)
    context = {
        "batch": batch,
        "rows": rows[:SHOWN_ROWS],
        "more": len(rows) - SHOWN_ROWS,
        "paid": sum(row.invoice.state == Invoice.State.PAID for row in rows),
        "may_download": may_handle and request.actor.can(Capability.PERSON_SEE_BANK),
        "may_mark": may_handle and any(row.invoice.state == Invoice.State.EXPORTED for row in rows),
        "may_open_invoice": request.actor.can(Capability.INVOICE_SEE),
    }
    return render(request, "talent/payment_batch_detail.html", context)


@console
@require_safe
def payment_batch_download(request: HubRequest, number: int) -> HttpResponseBase:
    """The file, byte for byte as it was made; `?for=excel` puts the mark in front by which Excel knows UTF-8."""
    batch = access_batch(request.actor, number, to=Capability.PAYMENT_EXPORT)
    content = download_batch(actor=request.actor, batch=batch)
    if request.GET.get("for") == "excel":
        content = codecs.BOM_UTF8 + content
    return _attachment(content, file_name(batch))


@console
@require_safe
def payment_batch_control(request: HubRequest, number: int) -> HttpResponseBase:
    """The control totals as a file of their own."""
    batch = access_batch(request.actor, number)
    return _attachment(control_csv(batch), file_name(batch).replace(".csv", "-control.csv"))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def payment_batch_paid(request: HubRequest, number: int) -> HttpResponseBase:
    """Say when the bank paid, all or only some."""
    batch = access_batch(request.actor, number, to=Capability.PAYMENT_EXPORT)
    open_rows = [row.invoice for row in payment_rows(batch) if row.invoice.state == Invoice.State.EXPORTED]
    form = PaidForm(
        request.POST if request.method == "POST" else None,
        rows=[(one.number, f"{one.ref} {one.freelancer.name}") for one in open_rows],
        today=today_in(request.tenant).isoformat(),
    )
    if request.method == "POST" and form.is_valid():
        picked = [one for one in open_rows if one.number in form.cleaned_data["invoices"]]
        with refusals_at(form):
            paid = mark_paid(actor=request.actor, batch=batch, paid_on=form.cleaned_data["paid_on"], invoices=picked)
            messages.success(
                request, f"{len(paid)} {'invoice is' if len(paid) == 1 else 'invoices are'} marked as paid."
            )
            return redirect_to(request, tenant_url("payment_batch_detail", number=number))
    context: dict[str, Any] = {"form": form, "batch": batch, "open": len(open_rows)}
    return render(request, "talent/payment_batch_paid.html", context, status=422 if form.errors else 200)


def _attachment(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response

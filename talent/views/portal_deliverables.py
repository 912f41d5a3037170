"""Deliverables in the portal: what was agreed, and handing it in."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from freelance_hub.http import HubRequest, portal, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListPage, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.services.files import file_items, files_of
from freelance_hub.templatetags.hub import chip, due, money
from talent.access import access_deliverable
from talent.forms.work import SubmitDeliverableForm
from talent.models import Deliverable
from talent.selectors.happenings import happenings
from talent.selectors.work import deliverable_rows
from talent.services.deliverables import submit_deliverable
from talent.services.time_lines import why_closed
from talent.views.deliverables import DONE, DeliverableFilters

OWN_DELIVERABLES = ListPage(
    key="own_deliverables",
    title="Deliverables",
    lead="What you agreed to hand in.",
    noun=("deliverable", "deliverables"),
    columns=(
        Column("title", "Deliverable"),
        Column("assignment__title", "Assignment", cell="person"),
        Column("due_on", "Due", value=lambda one: due(one.due_on, done=one.state in DONE), sort="due"),
        Column("amount", "Amount", value=lambda one: money(one.amount, one.currency), class_="number"),
        Column("state", "State", value=lambda one: chip(one.state, "deliverable"), cell="state"),
    ),
    filters=DeliverableFilters,
    sorts={"due": ("due_on", "Due first")},
    default_sort="due",
    row_link=lambda one: tenant_url("portal_deliverable_detail", public_id=one.public_id),
    tabs=(Tab("To hand in", "state=draft&state=returned"), Tab("All", "")),
    empty=Empty("Nothing is agreed yet", "Your client adds what you are to hand in.", icon="package"),
    base="portal.html",
)


@portal
@list_methods
def portal_deliverable_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.WORK_SUBMIT)
    return list_page(request, OWN_DELIVERABLES, deliverable_rows(request.actor))


@portal
@require_safe
def portal_deliverable_detail(request: HubRequest, public_id: str) -> HttpResponseBase:
    deliverable = access_deliverable(request.actor, public_id)
    return _page(request, deliverable, SubmitDeliverableForm(initial={"note": deliverable.note}))


@portal
@require_POST
def portal_deliverable_submit(request: HubRequest, public_id: str) -> HttpResponseBase:
    deliverable = access_deliverable(request.actor, public_id, to=Capability.WORK_SUBMIT)
    form = SubmitDeliverableForm(request.POST, request.FILES)
    if form.is_valid():
        with refusals_at(form):
            submit_deliverable(
                actor=request.actor,
                deliverable=deliverable,
                note=form.cleaned_data["note"],
                uploads=form.cleaned_data["file"],
            )
            messages.success(request, f"“{deliverable.title}” is handed in.")
            return redirect_to(request, tenant_url("portal_deliverable_detail", public_id=deliverable.public_id))
    return _page(request, deliverable, form)


def _page(request: HubRequest, deliverable: Deliverable, form: SubmitDeliverableForm) -> HttpResponseBase:
    closed = why_closed(deliverable.assignment)
    context: dict[str, Any] = {
        "deliverable": deliverable,
        "assignment": deliverable.assignment,
        "form": form,
        "files": file_items(files_of(deliverable), request.actor),
        "is_open": deliverable.state in Deliverable.EDITABLE and not closed,
        "closed": closed if deliverable.state in Deliverable.EDITABLE else "",
        "is_done": deliverable.state in DONE,
        "history": happenings(deliverable),
    }
    return render(request, "talent/portal_deliverable_detail.html", context, status=422 if form.errors else 200)

"""Deliverables for employees: the list, what is agreed, and the decision on what was handed in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.services.files import file_items, files_of
from freelance_hub.templatetags.hub import chip, due, money
from talent.access import access_deliverable, access_timesheet, owns_work
from talent.forms.work import AcceptDeliverableForm, DeliverableForm, ReturnDeliverableForm
from talent.models import Deliverable
from talent.models.work import WorkState
from talent.selectors.happenings import happenings
from talent.selectors.work import deliverable_rows, shows_amounts
from talent.services.deliverables import accept_deliverable, create_deliverable, return_deliverable
from talent.views.timesheets import page_for

DONE = (WorkState.SUBMITTED, WorkState.ACCEPTED, WorkState.INVOICED, WorkState.PAID)  # no longer late


class DeliverableFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=WorkState)
    lookups = {"state": "state__in"}
    search_fields = ("title", "assignment__freelancer__name")


DELIVERABLES = ListPage(
    key="deliverables",
    title="Deliverables",
    lead="What was agreed to be handed in.",
    noun=("deliverable", "deliverables"),
    columns=(
        Column("title", "Deliverable"),
        Column(
            "assignment__freelancer__name",
            "Freelancer",
            value=lambda one: format_html("{}", one.assignment.freelancer.name),
            cell="person",
        ),
        Column("due_on", "Due", value=lambda one: due(one.due_on, done=one.state in DONE), sort="due"),
        Column("amount", "Amount", value=lambda one: money(one.amount, one.currency), class_="number"),
        Column("state", "State", value=lambda one: chip(one.state, "deliverable"), cell="state"),
    ),
    filters=DeliverableFilters,
    sorts={"due": ("due_on", "Due first")},
    default_sort="due",
    row_link=lambda one: tenant_url("deliverable_detail", public_id=one.public_id),
    tabs=(Tab("To accept", "state=submitted"), Tab("Open", "state=draft&state=returned"), Tab("All", "")),
    empty=Empty("No deliverables yet", "Agree on one from the page of an assignment.", icon="package"),
)


@console
@list_methods
def deliverable_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.WORK_SEE)
    return list_page(request, page_for(request.actor, DELIVERABLES), deliverable_rows(request.actor))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def deliverable_create(request: HubRequest, number: int) -> HttpResponseBase:
    assignment = access_timesheet(request.actor, number, to=Capability.WORK_ACCEPT)
    form = DeliverableForm(request.POST if request.method == "POST" else None, assignment=assignment)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            made = create_deliverable(actor=request.actor, assignment=assignment, **form.cleaned_data)
            messages.success(request, f"{assignment.freelancer} now sees “{made.title}” in the portal.")
            return redirect_to(request, tenant_url("deliverable_detail", public_id=made.public_id))
    context = {"form": form, "assignment": assignment}
    return render(request, "talent/deliverable_form.html", context, status=422 if form.errors else 200)


@console
@require_safe
def deliverable_detail(request: HubRequest, public_id: str) -> HttpResponseBase:
    deliverable = access_deliverable(request.actor, public_id)
    return render(request, "talent/deliverable_detail.html", _detail(request, deliverable))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def deliverable_accept(request: HubRequest, public_id: str) -> HttpResponseBase:
    deliverable = access_deliverable(request.actor, public_id, to=Capability.WORK_ACCEPT)
    form = AcceptDeliverableForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            accept_deliverable(actor=request.actor, deliverable=deliverable, **form.cleaned_data)
            messages.success(request, f"“{deliverable.title}” is accepted.")
            return redirect_to(request, tenant_url("deliverable_detail", public_id=deliverable.public_id))
    return _decision_page(request, deliverable, form, accept=True)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def deliverable_return(request: HubRequest, public_id: str) -> HttpResponseBase:
    deliverable = access_deliverable(request.actor, public_id, to=Capability.WORK_ACCEPT)
    form = ReturnDeliverableForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            return_deliverable(actor=request.actor, deliverable=deliverable, **form.cleaned_data)
            messages.success(request, f"“{deliverable.title}” went back with your reason.")
            return redirect_to(request, tenant_url("deliverable_detail", public_id=deliverable.public_id))
    return _decision_page(request, deliverable, form, accept=False)


def _decision_page(
    request: HubRequest, deliverable: Deliverable, form: forms.Form, *, accept: bool
) -> HttpResponseBase:
    context = {
        "form": form,
        "deliverable": deliverable,
        "accept": accept,
        "shows_amounts": shows_amounts(request.actor),
        "back": tenant_url("deliverable_detail", public_id=deliverable.public_id),
    }
    return render(request, "talent/deliverable_decide.html", context, status=422 if form.errors else 200)


def _detail(request: HubRequest, deliverable: Deliverable) -> dict[str, Any]:
    own = owns_work(request.actor, deliverable.assignment.freelancer)
    waits = deliverable.state == WorkState.SUBMITTED
    return {
        "deliverable": deliverable,
        "assignment": deliverable.assignment,
        "files": file_items(files_of(deliverable), request.actor),
        "shows_amounts": shows_amounts(request.actor),
        "may_decide": waits and request.actor.can(Capability.WORK_ACCEPT) and not own,
        "is_own": waits and own,
        "is_done": deliverable.state in DONE,
        "history": happenings(deliverable),
    }

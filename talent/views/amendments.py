"""Changes of terms: written, looked at as a comparison, sent for approval, taken back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability
from talent.access import (
    access_amendment,
    access_assignment,
    amendment_money_visible,
    rate_visible,
    visible_assignments,
)
from talent.forms.engagements import AmendmentForm
from talent.models import Amendment
from talent.selectors.happenings import happenings
from talent.selectors.terms import compare
from talent.services import amendments as services

State = Amendment.State
EDITABLE = (State.DRAFT, State.IN_APPROVAL)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_create(request: HubRequest, number: int) -> HttpResponseBase:
    assignment = access_assignment(request.actor, number, to=Capability.ASSIGNMENT_ENGAGE)
    form = AmendmentForm(request.POST if request.method == "POST" else None, assignment=assignment)
    asks_money = rate_visible(request.actor, assignment)
    if not asks_money:
        form.hide_money()
    if form.is_valid():
        with refusals_at(form):
            amendment = services.create_amendment(assignment=assignment, actor=request.actor, **form.cleaned_data)
            messages.success(request, "Kept as a draft. Look it over, then send it for approval.")
            return redirect_to(request, _url(amendment))
    back = tenant_url("assignment_detail", number=assignment.number)
    words = {"title": "Change the terms", "back": back, "back_label": assignment.title}
    return _form_page(request, form, asks_money=asks_money, is_asked=False, **words)


@console
@require_safe
def amendment_detail(request: HubRequest, number: int) -> HttpResponseBase:
    actor = request.actor
    amendment = access_amendment(actor, number)
    assignment = amendment.assignment
    is_mine = services.may_change(amendment, actor)
    context = {
        "amendment": amendment,
        "assignment": assignment,
        "terms": compare(amendment, sees_money=amendment_money_visible(actor, amendment)),
        "may_submit": is_mine and amendment.state == State.DRAFT,
        "may_edit": is_mine and amendment.state in EDITABLE,
        "may_withdraw": is_mine and amendment.state in Amendment.OPEN,
        "sees_assignment": visible_assignments(actor).filter(pk=assignment.pk).exists(),
        "history": happenings(amendment),
    }
    return render(request, "talent/amendment_detail.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_edit(request: HubRequest, number: int) -> HttpResponseBase:
    amendment = access_amendment(request.actor, number, to=Capability.ASSIGNMENT_ENGAGE)
    data = request.POST if request.method == "POST" else None
    form = AmendmentForm(data, assignment=amendment.assignment, amendment=amendment)
    asks_money = amendment_money_visible(request.actor, amendment)
    if not asks_money:
        form.hide_money()
    if form.is_valid():
        with refusals_at(form):
            services.update_amendment(amendment=amendment, actor=request.actor, **form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect_to(request, _url(amendment))
    is_asked = amendment.state == State.IN_APPROVAL
    words = {"title": f"Change {amendment.ref}", "back": _url(amendment), "back_label": amendment.ref}
    return _form_page(request, form, asks_money=asks_money, is_asked=is_asked, **words)


@console
@require_POST
def amendment_submit(request: HubRequest, number: int) -> HttpResponseBase:
    amendment = access_amendment(request.actor, number, to=Capability.ASSIGNMENT_ENGAGE)
    with refusals_told(request):
        services.submit_amendment(amendment=amendment, actor=request.actor)
        messages.success(request, "Sent to its approvers. The freelancer sees it once they have agreed.")
    return redirect_to(request, _url(amendment))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def amendment_withdraw(request: HubRequest, number: int) -> HttpResponseBase:
    amendment = access_amendment(request.actor, number, to=Capability.ASSIGNMENT_ENGAGE)
    error = ""
    if request.method == "POST":
        try:
            services.withdraw_amendment(amendment=amendment, actor=request.actor)
        except Refusal as refusal:
            error = str(refusal)
        else:
            messages.success(request, f"{amendment.ref} is taken back. What was agreed before stays.")
            return redirect_to(request, _url(amendment))
    context = {"amendment": amendment, "back": _url(amendment), "error": error}
    return render(request, "talent/amendment_withdraw.html", context, status=409 if error else 200)


def _url(amendment: Amendment) -> str:
    return tenant_url("amendment_detail", number=amendment.number)


def _form_page(request: HubRequest, form: AmendmentForm, **context: Any) -> HttpResponseBase:
    context["form"] = form
    return render(request, "talent/amendment_form.html", context, status=422 if form.is_bound else 200)

"""Changes of terms in the portal: what would change, and the freelancer's answer."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.http import HubRequest, portal, redirect_to, refusals_at, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability, require
from talent.access import access_amendment
from talent.forms.sourcing import ReasonForm
from talent.models import Amendment
from talent.selectors.terms import compare
from talent.services import amendments as services


@portal
@require_safe
def portal_amendment_detail(request: HubRequest, number: int) -> HttpResponseBase:
    amendment = _mine(request, number)
    context = {
        "amendment": amendment,
        "assignment": amendment.assignment,
        "terms": compare(amendment, sees_money=True),
        "may_answer": amendment.state == Amendment.State.OFFERED,
    }
    return render(request, "talent/portal_amendment_detail.html", context)


@portal
@require_POST
def portal_amendment_accept(request: HubRequest, number: int) -> HttpResponseBase:
    amendment = _mine(request, number)
    with refusals_told(request):
        services.accept_amendment(amendment=amendment, actor=request.actor)
        messages.success(request, "Agreed. The new terms are in force.")
    return redirect_to(request, _url(amendment))


@portal
@require_http_methods(["GET", "HEAD", "POST"])
def portal_amendment_decline(request: HubRequest, number: int) -> HttpResponseBase:
    amendment = _mine(request, number)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_at(form):
            services.decline_amendment(amendment=amendment, reason=form.cleaned_data["reason"], actor=request.actor)
            messages.success(request, "Declined. What was agreed before stays.")
            return redirect_to(request, _url(amendment))
    context = {"amendment": amendment, "form": form, "back": _url(amendment)}
    return render(request, "talent/portal_amendment_decline.html", context, status=422 if form.is_bound else 200)


def _mine(request: HubRequest, number: int) -> Amendment:
    require(request.actor, Capability.PORTAL_USE)
    return access_amendment(request.actor, number)


def _url(amendment: Amendment) -> str:
    return tenant_url("portal_amendment_detail", number=amendment.number)

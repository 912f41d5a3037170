"""Who stands in for whom: the list, a new one, and taking one back."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability, require
from freelance_hub.worktime import zone_of
from workflows.access import access_delegation, visible_delegations
from workflows.engine.clock import local_day
from workflows.forms import DelegationForm
from workflows.models import Delegation
from workflows.services.delegations import delegate, revoke

SHOWN = 200


@console
@require_safe
def delegation_list(request: HubRequest) -> HttpResponseBase:
    """Mine first, then those of whom I manage; what is over or taken back stands below."""
    require(request.actor, Capability.TASK_SEE)
    today = local_day(zone_of(request.membership, request.tenant))
    rows = visible_delegations(request.actor).select_related("giver__user", "taker__user")
    live = rows.filter(revoked_at=None, ends_on__gte=today).order_by("starts_on", "pk")
    me = request.membership.pk
    mine = Q(giver=me) | Q(taker=me)
    context = {
        "groups": [
            ("You stand in for", [_line(one, today, me) for one in live.filter(taker=me)[:SHOWN]]),
            ("Who stands in for you", [_line(one, today, me) for one in live.filter(giver=me)[:SHOWN]]),
            ("Others", [_line(one, today, me) for one in live.exclude(mine)[:SHOWN]]),
        ],
        "over": rows.exclude(revoked_at=None, ends_on__gte=today).order_by("-ends_on", "-pk")[:20],
        "currency": request.tenant.currency,
    }
    return render(request, "workflows/delegation_list.html", context)


def _line(one: Delegation, today: date, me: int) -> dict[str, Any]:
    return {
        "one": one,
        "other": one.giver if one.taker_id == me else one.taker,
        "state": "active" if one.starts_on <= today else "planned",
        "url": tenant_url("delegation_revoke", public_id=one.public_id),
    }


@console
@require_http_methods(["GET", "HEAD", "POST"])
def delegation_create(request: HubRequest) -> HttpResponseBase:
    """Let somebody stand in."""
    require(request.actor, Capability.TASK_SEE)
    form = DelegationForm(request.POST or None, actor=request.actor, currency=request.tenant.currency)
    if len(form.fields["giver"].queryset) == 1:  # type: ignore[attr-defined]
        form.fields["giver"].widget = forms.HiddenInput()
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            made = delegate(actor=request.actor, **form.cleaned_data)
            messages.success(request, f"{made.taker} stands in for {made.giver}, and has been told.")
            return redirect_to(request, tenant_url("delegation_list"))
    context = {"form": form, "back": tenant_url("delegation_list")}
    return render(request, "workflows/delegation_form.html", context, status=422 if form.errors else 200)


@console
@require_POST
def delegation_revoke(request: HubRequest, public_id: object) -> HttpResponseBase:
    """Take one back, from now on."""
    taken = revoke(delegation=access_delegation(request.actor, public_id), actor=request.actor)
    messages.success(request, f"{taken.taker} no longer stands in for {taken.giver}. What they decided stands.")
    return redirect_to(request, tenant_url("delegation_list"))

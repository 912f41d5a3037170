"""A guest's own accesses: what they may open, until when, and what they can no longer open."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from freelance_hub.http import HubRequest, portal
from freelance_hub.permissions import Capability, require
from workflows.access import visible_grants
from workflows.grant_looks import guest_rows, with_validity
from workflows.models import AccessGrant

SHOWN = 50


@portal
@require_safe
def portal_grant_list(request: HubRequest) -> HttpResponseBase:
    """Own accesses by assignment: open ones first, then the last that were closed."""
    require(request.actor, Capability.PORTAL_USE)
    rows = with_validity(visible_grants(request.actor), request.actor).select_related(
        "assignment__manager__user", "sponsor__user", "membership__user", "resource", "workspace"
    )
    now = rows.filter(state__in=AccessGrant.OPEN).order_by("-pk")[:SHOWN]
    over = rows.exclude(state__in=AccessGrant.OPEN).order_by("-revoked_at", "-pk")[:SHOWN]
    context = {"now": guest_rows(now), "over": guest_rows(over)}
    return render(request, "workflows/portal_grant_list.html", context)

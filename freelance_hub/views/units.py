"""Organisation units: the list, a new one, and one to change."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from freelance_hub.access import fetch
from freelance_hub.errors import Refusal
from freelance_hub.forms import UnitForm
from freelance_hub.http import HubRequest, console, redirect_to, show_refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import OrgUnit
from freelance_hub.permissions import Capability, require
from freelance_hub.services import units


@require_safe
@console
def unit_list(request: HubRequest) -> HttpResponse:
    """All units with who approves for each, in the order of the tree."""
    require(request.actor, Capability.TENANT_MANAGE)
    found = list(OrgUnit.objects.select_related("approver__user").order_by("code"))
    return render(request, "hub/unit_list.html", {"units": _as_tree(found)})


def _as_tree(found: list[OrgUnit]) -> list[tuple[OrgUnit, OrgUnit | None, OrgUnit | None]]:
    """(unit, the one above, the one whose approver counts) with each unit behind the one above it."""
    by_id = {unit.pk: unit for unit in found}
    below: dict[int | None, list[OrgUnit]] = {}
    for unit in found:
        below.setdefault(unit.parent_id, []).append(unit)
    rows: list[tuple[OrgUnit, OrgUnit | None, OrgUnit | None]] = []
    waiting: list[tuple[OrgUnit, OrgUnit | None]] = [(unit, None) for unit in reversed(below.get(None, []))]
    while waiting:
        unit, inherited = waiting.pop()
        counts = unit if unit.approver else inherited
        rows.append((unit, by_id.get(unit.parent_id or 0), counts))
        waiting += [(child, counts) for child in reversed(below.get(unit.pk, []))]
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@console
def unit_create(request: HubRequest) -> HttpResponse:
    """A new unit."""
    require(request.actor, Capability.TENANT_MANAGE)
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@console
def unit_edit(request: HubRequest, public_id: UUID) -> HttpResponse:
    """Name, cost centre, the unit above and the approver of one unit."""
    unit = fetch(OrgUnit.objects.all(), actor=request.actor, to=Capability.TENANT_MANAGE, public_id=public_id)
    return _form(request, unit)


def _form(request: HubRequest, unit: OrgUnit | None) -> HttpResponse:
    form, back = UnitForm(request.POST or None, unit=unit), tenant_url("unit_list")
    if request.method == "POST" and form.is_valid():
        try:
            if unit is None:
                saved = units.create_unit(actor=request.actor, **form.cleaned_data)
            else:
                saved = units.change_unit(unit=unit, actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, f"{saved} is saved.")
            return redirect_to(request, back)
    context = {"unit": unit, "form": form, "back": back}
    return render(request, "hub/unit_form.html", context, status=422 if form.errors else 200)

"""The catalogue, and what the reconciler found that no grant explains."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.access import Actor
from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, PageAction, Tab, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, when
from programs.access import visible_programs
from programs.models import Program
from workflows.access import access_drift, access_resource, visible_drifts, visible_grants, visible_resources
from workflows.access_forms import DriftForm, ResourceForm
from workflows.grant_looks import rows_of, with_validity
from workflows.models import AccessGrant, Drift, Resource
from workflows.services import drift as drift_services
from workflows.services import resources as services

C = Capability
SHOWN = 20


class ResourceFilters(ListFilters):
    kind = forms.MultipleChoiceField(choices=Resource.Kind, label="What it is")
    program = forms.ModelChoiceField(Program.objects.none(), empty_label="All programs")
    retired = forms.BooleanField(label="Retired")
    lookups = {"kind": "kind__in"}
    search_fields = ("name", "external_id", "keeper__user__name")

    def __init__(self, data: Any, *, actor: Actor) -> None:
        super().__init__(data, actor=actor)
        self.fields["program"].queryset = visible_programs(actor).order_by("name")  # type: ignore[attr-defined]

    def conditions(self) -> Q:
        found = super().conditions() & Q(is_active=not self.cleaned_data.get("retired"))
        if program := self.cleaned_data.get("program"):
            found &= Q(program=program) | Q(program=None)
        return found


def _how(resource: Resource) -> str:
    if resource.connection:
        return str(resource.connection)
    return f"By hand, {resource.keeper.user}" if resource.keeper else "By hand"


RESOURCES = ListPage(
    key="resources",
    title="Catalogue",
    lead="What freelancers can be given access to, and who or what opens and closes it.",
    noun=("resource", "resources"),
    columns=(
        Column("name", "Resource"),
        Column("kind", "What it is"),
        Column("program__name", "Program", value=lambda r: r.program.name if r.program else "Every program"),
        Column("connection__name", "Opened and closed", value=_how),
        Column("is_given_to_all", "Given", value=lambda r: "To everybody" if r.is_given_to_all else "When asked"),
        Column("people", "People", class_="number", csv=None),
        Column("created_at", "Added", value=lambda r: when(r.created_at), sort="added", cell="extra"),
    ),
    filters=ResourceFilters,
    sorts={"added": ("created_at", "Newest")},
    default_sort="-added",
    row_link=lambda resource: tenant_url("resource_detail", public_id=resource.public_id),
    tabs=(Tab("Offered"), Tab("Retired", "retired=on")),
    actions=(
        PageAction("Differences", "drift_list", C.ACCESS_MANAGE, icon="scale", is_aside=True),
        PageAction("Add a resource", "resource_create", C.ACCESS_MANAGE, icon="plus"),
    ),
    empty=Empty(
        "The catalogue is empty",
        "Add what freelancers need: a team, a repository, a laptop, a badge. Without a connection it becomes a task.",
        icon="library",
    ),
)


@console
@list_methods
def resource_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, C.ACCESS_SEE)
    rows = visible_resources(request.actor).select_related("program", "connection", "keeper__user")
    people = Count("grants", filter=Q(grants__state__in=AccessGrant.OPEN))
    return list_page(request, RESOURCES, rows.annotate(people=people))


@console
@require_safe
def resource_detail(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """What it is, who has it, and who is in it though no access says so."""
    actor = request.actor
    resource = access_resource(actor, public_id)
    grants = with_validity(visible_grants(actor).filter(resource=resource, state__in=AccessGrant.OPEN), actor)
    rows = grants.select_related(
        "membership__user",
        "assignment__manager__user",
        "sponsor__user",
        "resource__connection",
        "resource__keeper__user",
    )
    context = {
        "resource": resource,
        "how": _how(resource),
        "grants": rows_of(rows.order_by("-pk")[:SHOWN], route="grant_detail"),
        "count": grants.count(),
        "all_url": f"{tenant_url('grant_list')}?q={resource.name}",
        "drifts": list(visible_drifts(actor).filter(resource=resource, ended_at=None).order_by("-pk")[:SHOWN]),
        "may_manage": actor.can(C.ACCESS_MANAGE) and (actor.programs is None or resource.program_id in actor.programs),
    }
    return render(request, "workflows/resource_detail.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def resource_create(request: HubRequest) -> HttpResponseBase:
    require(request.actor, C.ACCESS_MANAGE)
    form = ResourceForm(request.POST or None, actor=request.actor)
    if form.is_valid():
        with refusals_at(form):
            resource = services.create_resource(actor=request.actor, **form.cleaned_data)
            messages.success(request, f"{resource.name} is in the catalogue.")
            return redirect_to(request, tenant_url("resource_detail", public_id=resource.public_id))
    back = {"back": tenant_url("resource_list"), "back_label": "Catalogue"}
    return _form_page(request, form, {"title": "Add a resource", "submit": "Add it", **back})


@console
@require_http_methods(["GET", "HEAD", "POST"])
def resource_edit(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    resource = access_resource(request.actor, public_id, to=C.ACCESS_MANAGE)
    initial = {name: getattr(resource, name) for name in services.FIELDS}
    for name in ("connection", "keeper"):
        initial[name] = initial[name].public_id if initial[name] else None
    form = ResourceForm(request.POST or None, actor=request.actor, initial=initial)
    here = tenant_url("resource_detail", public_id=resource.public_id)
    if form.is_valid():
        with refusals_at(form):
            services.change_resource(resource=resource, actor=request.actor, **form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect_to(request, here)
    return _form_page(
        request,
        form,
        {"title": f"Edit {initial['name']}", "submit": "Save", "back": here, "back_label": initial["name"]},
    )


@console
@require_POST
def resource_retire(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Retire it, or offer it again."""
    resource = access_resource(request.actor, public_id, to=C.ACCESS_MANAGE)
    if resource.is_active:
        services.retire_resource(resource=resource, actor=request.actor)
        messages.success(request, f"{resource.name} is offered to nobody any more. Who has it keeps it.")
    else:
        services.offer_resource(resource=resource, actor=request.actor)
        messages.success(request, f"{resource.name} is offered again.")
    return redirect_to(request, tenant_url("resource_detail", public_id=resource.public_id))


class DriftFilters(ListFilters):
    kind = forms.MultipleChoiceField(choices=Drift.Kind, label="What")
    ended = forms.BooleanField(label="Seen to")
    lookups = {"kind": "kind__in"}
    search_fields = ("label", "account", "resource__name")

    def conditions(self) -> Q:
        return super().conditions() & Q(ended_at__isnull=not self.cleaned_data.get("ended"))


def _outcome(drift: Drift) -> str:
    if drift.ended_at is None:
        return chip("open", "drift", word="Open", tone="warn", icon="scale")
    return chip("ended", "drift", word="Seen to", tone="neutral", icon="check")


DRIFTS = ListPage(
    key="drifts",
    title="Differences",
    lead="Who was added or removed by hand in a connected system. Nothing is changed there before you say so.",
    noun=("difference", "differences"),
    columns=(
        Column("label", "Who", value=lambda drift: drift.label or drift.account),
        Column("kind", "What"),
        Column("resource__name", "Where"),
        Column("ended_at", "State", value=_outcome, cell="state"),
        Column("found_at", "Found", value=lambda drift: when(drift.found_at), sort="found"),
        Column("resolution", "What was done", cell="extra"),
    ),
    filters=DriftFilters,
    sorts={"found": ("found_at", "Newest")},
    default_sort="-found",
    row_link=lambda drift: tenant_url("drift_detail", public_id=drift.public_id),
    tabs=(Tab("Open"), Tab("Seen to", "ended=on")),
    empty=Empty(
        "No differences",
        "Every quarter of an hour each connected resource is compared with the accesses here.",
        icon="scale",
    ),
)


@console
@list_methods
def drift_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, C.ACCESS_SEE)
    return list_page(request, DRIFTS, visible_drifts(request.actor).select_related("resource"))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def drift_detail(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Who was found where, and what should become of it."""
    drift = access_drift(request.actor, public_id)
    may = request.actor.can(C.ACCESS_MANAGE) and drift.ended_at is None
    if request.method == "POST":
        require(request.actor, C.ACCESS_MANAGE)
    form = DriftForm(request.POST or None, drift=drift, actor=request.actor)
    if form.is_valid():
        with refusals_at(form):
            _mend(drift, request.actor, **form.cleaned_data)
            messages.success(request, drift.resolution or "Done.")
            return redirect_to(request, tenant_url("drift_list"))
    context = {"drift": drift, "form": form if may else None, "back": tenant_url("drift_list")}
    return render(request, "workflows/drift_detail.html", context, status=422 if form.errors else 200)


def _mend(drift: Drift, actor: Actor, *, how: str, reason: str, assignment: Any = None) -> None:
    if how == "adopt":
        drift_services.adopt(drift=drift, assignment=assignment, reason=reason, actor=actor)
    elif how == "leave":
        drift_services.leave_as_it_is(drift=drift, reason=reason, actor=actor)
    else:
        {
            "remove": drift_services.remove,
            "open": drift_services.open_again,
            "end": drift_services.end_grant,
        }[how](drift=drift, actor=actor)


def _form_page(request: HubRequest, form: forms.Form, context: dict[str, Any]) -> HttpResponseBase:
    return render(request, "workflows/access_form.html", {"form": form, **context}, status=422 if form.errors else 200)

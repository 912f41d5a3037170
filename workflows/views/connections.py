"""Connections to other systems: which there are, whether they work, what they miss, their last calls."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.http import HubRequest, console, redirect_to, refusals_at
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability, require
from workflows.access import access_connection, visible_connections
from workflows.access_forms import ConnectionForm
from workflows.connectors import base
from workflows.connectors.webhook import callback_address
from workflows.models import Connection
from workflows.services import connections as services

C = Capability
CALLS_SHOWN = 50
WHAT_FOR = {
    Connection.Kind.GRAPH: "Invites guests to Teams, groups and sites, gives and takes licences, ends sessions.",
    Connection.Kind.SCIM: "Creates, disables and groups accounts in whatever speaks SCIM 2.0.",
    Connection.Kind.WEBHOOK: "Tells a system of your own, signed, what to open and close.",
}


@console
@require_safe
def connection_list(request: HubRequest) -> HttpResponseBase:
    """Every connection, and the kinds that can be added."""
    require(request.actor, C.CONNECTION_SEE)
    rows = list(visible_connections(request.actor).order_by("name"))
    offered = [(kind, Connection.Kind(kind).label, WHAT_FOR.get(Connection.Kind(kind), "")) for kind in base.kinds()]
    context = {
        "connections": [(row, "off" if not row.is_active else row.state) for row in rows],
        "kinds": offered if request.actor.can(C.CONNECTION_MANAGE) else [],
    }
    return render(request, "workflows/connection_list.html", context)


@console
@require_safe
def connection_detail(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Whether it works, what it misses, what it opens, and its last calls. Never its secret."""
    connection = access_connection(request.actor, public_id)
    known = base.kinds().get(connection.kind)
    context = {
        "connection": connection,
        "state": connection.state if connection.is_active else "off",
        "settings": [(setting.label, connection.settings.get(setting.name)) for setting in known.settings]
        if known
        else [],
        "calls": connection.calls.order_by("-pk")[:CALLS_SHOWN],
        "resources": connection.resources.order_by("name")[:CALLS_SHOWN],
        "may_manage": request.actor.can(C.CONNECTION_MANAGE) and known is not None,
        "callback": callback_address(connection) if connection.kind == Connection.Kind.WEBHOOK else "",
    }
    return render(request, "workflows/connection_detail.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def connection_create(request: HubRequest, kind: str) -> HttpResponseBase:
    """Set one up: it is tested before it is kept."""
    require(request.actor, C.CONNECTION_MANAGE)
    known = base.kinds().get(kind)
    if known is None:
        raise Http404
    form = ConnectionForm(request.POST or None, kind=known)
    if form.is_valid():
        with refusals_at(form):
            made = services.create_connection(kind=kind, actor=request.actor, **form.values())
            if made.missing:
                messages.warning(request, f"{made.name} is connected, but lacks {', '.join(made.missing)}.")
            else:
                messages.success(request, f"{made.name} is connected.")
            return redirect_to(request, tenant_url("connection_detail", public_id=made.public_id))
    label = Connection.Kind(kind).label
    context = {"title": f"Connect {label}", "lead": "It is tested before it is saved.", "submit": "Test and save"}
    return _form_page(request, form, {**context, "back": tenant_url("connection_list"), "back_label": "Connections"})


@console
@require_http_methods(["GET", "HEAD", "POST"])
def connection_edit(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Settings, secret, in use or not: tested before it is kept."""
    connection = access_connection(request.actor, public_id, to=C.CONNECTION_MANAGE)
    known = base.kinds().get(connection.kind)
    if known is None:
        raise Http404
    initial = {"name": connection.name, "is_active": connection.is_active}
    form = ConnectionForm(request.POST or None, kind=known, connection=connection, initial=initial)
    here, name = tenant_url("connection_detail", public_id=connection.public_id), connection.name
    if form.is_valid():
        with refusals_at(form):
            services.change_connection(connection=connection, actor=request.actor, **form.values())
            messages.success(request, "Saved.")
            return redirect_to(request, here)
    return _form_page(
        request, form, {"title": f"Change {name}", "submit": "Test and save", "back": here, "back_label": name}
    )


@console
@require_POST
def connection_test(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Look whether it works now."""
    connection = access_connection(request.actor, public_id, to=C.CONNECTION_MANAGE)
    result = services.test_connection(connection=connection, actor=request.actor)
    if result.missing:
        messages.warning(request, f"It answers, but lacks {', '.join(result.missing)}.")
    elif result.is_working:
        messages.success(request, "It works.")
    else:
        messages.error(request, result.error or "It does not work.")
    return redirect_to(request, tenant_url("connection_detail", public_id=connection.public_id))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def connection_remove(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """GET asks, POST removes one that opens nothing."""
    connection = access_connection(request.actor, public_id, to=C.CONNECTION_MANAGE)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_at(form):
            services.remove_connection(connection=connection, actor=request.actor)
            messages.success(request, f"{connection.name} is removed.")
            return redirect_to(request, tenant_url("connection_list"))
    context = {
        "form": form,
        "title": f"Remove {connection.name}?",
        "text": "Its settings, its secret and the record of its calls are deleted. Nothing changes in the other system.",
        "submit": "Remove it",
        "danger": True,
        "back": tenant_url("connection_detail", public_id=connection.public_id),
    }
    return render(request, "workflows/access_confirm.html", context, status=409 if form.errors else 200)


def _form_page(request: HubRequest, form: forms.Form, context: dict[str, Any]) -> HttpResponseBase:
    return render(request, "workflows/access_form.html", {"form": form, **context}, status=422 if form.errors else 200)

"""Workspaces of the console: the list, a room, who is in it, its end."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.http import HubRequest, console, redirect_to, refusals_at, refusals_told
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, Tab, list_methods, list_page
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import chip, when
from programs.access import access_workspace, visible_workspaces
from programs.forms import MemberForm
from programs.models import Workspace
from programs.selectors import members_of, with_people
from programs.services.workspaces import add_member, archive_workspace, remove_member, reopen_workspace
from programs.views import rooms


class WorkspaceFilters(ListFilters):
    state = forms.MultipleChoiceField(choices=Workspace.State)
    lookups = {"state": "state__in"}
    search_fields = ("name", "purpose", "program__name")


WORKSPACES = ListPage(
    key="workspaces",
    title="Workspaces",
    lead="One room for each piece of work: messages, files and results, seen by the people in it.",
    noun=("workspace", "workspaces"),
    columns=(
        Column("name", "Workspace", sort="name"),
        Column("program__name", "Program"),
        Column("people", "People", class_="number"),
        Column("state", "State", value=lambda room: chip(room.state, "workspace"), cell="state"),
        Column("created_at", "Opened", value=lambda room: when(room.created_at), sort="opened", cell="extra"),
    ),
    filters=WorkspaceFilters,
    sorts={"opened": ("created_at", "Opened"), "name": ("name", "Name")},
    default_sort="-opened",
    row_link=lambda room: tenant_url("workspace_detail", public_id=room.public_id),
    tabs=(Tab("Open", "state=open"), Tab("Archived", "state=archived"), Tab("All")),
    empty=Empty(
        "No workspaces yet",
        "Onboarding a freelancer opens one. You see those you are in.",
        icon="messages-square",
    ),
)


@console
@list_methods
def workspace_list(request: HubRequest) -> HttpResponseBase:
    require(request.actor, Capability.WORKSPACE_SEE)
    rows = with_people(visible_workspaces(request.actor).select_related("program"))
    return list_page(request, WORKSPACES, rows)


@console
@require_safe
def workspace_detail(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    workspace = access_workspace(request.actor, public_id)
    return rooms.room_page(request, workspace, template="programs/workspace_detail.html", **_extra(request))


@console
@require_POST
def workspace_message_create(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    workspace = access_workspace(request.actor, public_id, to=Capability.WORKSPACE_TAKE_PART)
    return rooms.post(request, workspace, template="programs/workspace_detail.html", **_extra(request))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def workspace_people(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Who is in the room; a POST lets an employee in. Guests come in with their assignment."""
    workspace = access_workspace(request.actor, public_id, to=Capability.WORKSPACE_MANAGE)
    form = MemberForm(request.POST or None, workspace=workspace, add=True)
    if request.method == "POST" and form.is_valid():
        member = form.cleaned_data["membership"]
        with refusals_at(form):
            add_member(workspace=workspace, membership=member, actor=request.actor)
            messages.success(request, f"{member} is in the workspace now.")
            return redirect_to(request, rooms.room_url(workspace, request.actor))
    context = {"workspace": workspace, "form": form, "members": list(members_of(workspace))}
    return render(request, "programs/workspace_people.html", context, status=422 if form.errors else 200)


@console
@require_POST
def workspace_member_remove(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    workspace = access_workspace(request.actor, public_id, to=Capability.WORKSPACE_MANAGE)
    form = MemberForm(request.POST, workspace=workspace, add=False)
    if form.is_valid():
        member = form.cleaned_data["membership"]
        with refusals_told(request):
            remove_member(workspace=workspace, membership=member, actor=request.actor)
            messages.success(request, f"{member} is no longer in the workspace.")
    # Whoever takes themselves out may not see the room any more.
    still_there = visible_workspaces(request.actor).filter(pk=workspace.pk).exists()
    return redirect_to(
        request, rooms.room_url(workspace, request.actor) if still_there else tenant_url("workspace_list")
    )


@console
@require_http_methods(["GET", "HEAD", "POST"])
def workspace_archive(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    """Ask, saying in numbers what will happen; then do it."""
    workspace = access_workspace(request.actor, public_id, to=Capability.WORKSPACE_MANAGE)
    here = rooms.room_url(workspace, request.actor)
    if request.method == "POST":
        with refusals_told(request):
            archive_workspace(workspace=workspace, actor=request.actor)
            messages.success(request, "The workspace is archived. You can reopen it.")
        return redirect_to(request, here)
    members = list(members_of(workspace))
    guests = sum(member.membership.kind == Membership.Kind.GUEST for member in members)
    context = {"workspace": workspace, "guests": guests, "employees": len(members) - guests, "back": here}
    return render(request, "programs/workspace_confirm.html", context)


@console
@require_POST
def workspace_reopen(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    workspace = access_workspace(request.actor, public_id, to=Capability.WORKSPACE_MANAGE)
    with refusals_told(request):
        reopen_workspace(workspace=workspace, actor=request.actor)
        messages.success(request, "The workspace is open again.")
    return redirect_to(request, rooms.room_url(workspace, request.actor))


def _extra(request: HubRequest) -> dict[str, object]:
    """What only employees find in a room."""
    return {"may_manage": request.actor.can(Capability.WORKSPACE_MANAGE)}

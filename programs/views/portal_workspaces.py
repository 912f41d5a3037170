"""Workspaces of the portal: the same rooms and services, for guests."""

from uuid import UUID

from django.http import HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from freelance_hub.http import HubRequest, portal
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListPage, list_methods, list_page
from freelance_hub.permissions import Capability
from freelance_hub.templatetags.hub import when
from programs.access import access_workspace, visible_workspaces
from programs.selectors import with_people
from programs.views import rooms

PORTAL_WORKSPACES = ListPage(
    key="portal_workspaces",
    title="Workspaces",
    lead="Where you talk, share files and hand in your work.",
    noun=("workspace", "workspaces"),
    columns=(
        Column("name", "Workspace", sort="name"),
        Column("purpose", "For"),
        Column("people", "People", class_="number"),
        Column("created_at", "Opened", value=lambda room: when(room.created_at), sort="opened", cell="extra"),
    ),
    sorts={"opened": ("created_at", "Opened"), "name": ("name", "Name")},
    default_sort="-opened",
    row_link=lambda room: tenant_url("portal_workspace_detail", public_id=room.public_id),
    empty=Empty(
        "No workspace is open for you",
        "It opens when your work starts, and closes after it ends. Your contact at the company can tell you more.",
        icon="messages-square",
    ),
    base="portal.html",
)


@portal
@list_methods
def portal_workspace_list(request: HubRequest) -> HttpResponseBase:
    return list_page(request, PORTAL_WORKSPACES, with_people(visible_workspaces(request.actor)))


@portal
@require_safe
def portal_workspace_detail(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    workspace = access_workspace(request.actor, public_id)
    return rooms.room_page(request, workspace, template="programs/portal_workspace_detail.html")


@portal
@require_POST
def portal_workspace_message_create(request: HubRequest, public_id: UUID) -> HttpResponseBase:
    workspace = access_workspace(request.actor, public_id, to=Capability.WORKSPACE_TAKE_PART)
    return rooms.post(request, workspace, template="programs/portal_workspace_detail.html")

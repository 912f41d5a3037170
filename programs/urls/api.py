"""API routes of programs."""

from typing import Any

from django.urls import path

from programs.api.programs import PageViewSet, ProgramViewSet
from programs.api.workspaces import MessageViewSet, WorkspaceViewSet

LIST: dict[str, Any] = {"get": "list"}
ONE: dict[str, Any] = {"get": "retrieve"}

urlpatterns = [
    path("programs/", ProgramViewSet.as_view(LIST), name="api_program_list"),
    path("programs/<int:number>/", ProgramViewSet.as_view(ONE), name="api_program_detail"),
    path("pages/", PageViewSet.as_view(LIST), name="api_page_list"),
    path("pages/<slug:slug>/", PageViewSet.as_view(ONE), name="api_page_detail"),
    path("workspaces/", WorkspaceViewSet.as_view(LIST), name="api_workspace_list"),
    path("workspaces/<uuid:public_id>/", WorkspaceViewSet.as_view(ONE), name="api_workspace_detail"),
    path(
        "workspaces/<uuid:workspace_id>/messages/",
        MessageViewSet.as_view({"get": "list", "post": "create"}),
        name="api_message_list",
    ),
]

"""Portal routes of programs."""

from django.urls import URLPattern, URLResolver, path

from programs.views import portal_workspaces

urlpatterns: list[URLPattern | URLResolver] = [
    path("workspaces/", portal_workspaces.portal_workspace_list, name="portal_workspace_list"),
    path("workspaces/<uuid:public_id>/", portal_workspaces.portal_workspace_detail, name="portal_workspace_detail"),
    path(
        "workspaces/<uuid:public_id>/messages/",
        portal_workspaces.portal_workspace_message_create,
        name="portal_workspace_message_create",
    ),
]

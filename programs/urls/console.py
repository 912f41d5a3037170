"""Console routes of programs."""

from django.urls import URLPattern, URLResolver, path

from programs.views import budgets, pages, programs, workspaces

urlpatterns: list[URLPattern | URLResolver] = [
    path("programs/", programs.program_list, name="program_list"),
    path("programs/new/", programs.program_launch, name="program_launch"),
    path("programs/new/<slug:pack>/", programs.program_launch_pack, name="program_launch_pack"),
    path("programs/<int:number>/", programs.program_detail, name="program_detail"),
    path("programs/<int:number>/live/", programs.program_go_live, name="program_go_live"),
    path("programs/<int:number>/budget/", budgets.program_budget, name="program_budget"),
    path("programs/<int:number>/checklist/<slug:key>/", programs.launch_item_tick, name="launch_item_tick"),
    path("pages/", pages.page_list, name="page_list"),
    path("pages/new/", pages.page_create, name="page_create"),
    path("pages/<slug:slug>/", pages.page_detail, name="page_detail"),
    path("pages/<slug:slug>/edit/", pages.page_edit, name="page_edit"),
    path("pages/<slug:slug>/read/", pages.page_read, name="page_read"),
    path("workspaces/", workspaces.workspace_list, name="workspace_list"),
    path("workspaces/<uuid:public_id>/", workspaces.workspace_detail, name="workspace_detail"),
    path("workspaces/<uuid:public_id>/messages/", workspaces.workspace_message_create, name="workspace_message_create"),
    path("workspaces/<uuid:public_id>/people/", workspaces.workspace_people, name="workspace_people"),
    path(
        "workspaces/<uuid:public_id>/people/remove/", workspaces.workspace_member_remove, name="workspace_member_remove"
    ),
    path("workspaces/<uuid:public_id>/archive/", workspaces.workspace_archive, name="workspace_archive"),
    path("workspaces/<uuid:public_id>/reopen/", workspaces.workspace_reopen, name="workspace_reopen"),
]

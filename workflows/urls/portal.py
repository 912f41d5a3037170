"""Portal routes of workflows."""

from django.urls import URLPattern, URLResolver, path

from workflows.views import portal_grants, portal_tasks

urlpatterns: list[URLPattern | URLResolver] = [
    path("tasks/", portal_tasks.portal_tasks, name="portal_tasks"),
    path("tasks/<uuid:public_id>/", portal_tasks.portal_task_complete, name="portal_task_complete"),
    path("accesses/", portal_grants.portal_grant_list, name="portal_grant_list"),
]

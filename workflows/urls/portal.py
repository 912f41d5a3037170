"""Portal routes of workflows."""

from django.urls import URLPattern, URLResolver, path

from workflows.views import portal_tasks

urlpatterns: list[URLPattern | URLResolver] = [
    path("tasks/", portal_tasks.portal_tasks, name="portal_tasks"),
    path("tasks/<uuid:public_id>/", portal_tasks.portal_task_complete, name="portal_task_complete"),
]

"""API routes of workflows."""

from django.urls import path

from workflows.api.steps import StepViewSet

urlpatterns = [
    path("tasks/", StepViewSet.as_view({"get": "list"}), name="api_task_list"),
    path("tasks/<uuid:public_id>/", StepViewSet.as_view({"get": "retrieve"}), name="api_task_detail"),
    path("tasks/<uuid:public_id>/decide/", StepViewSet.as_view({"post": "decide"}), name="api_task_decide"),
    path("tasks/<uuid:public_id>/complete/", StepViewSet.as_view({"post": "complete"}), name="api_task_complete"),
]

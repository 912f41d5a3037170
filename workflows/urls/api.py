"""API routes of workflows."""

from django.urls import path

from workflows.api.grants import GrantViewSet, ResourceViewSet
from workflows.api.steps import StepViewSet
from workflows.api.workflows import WorkflowViewSet

urlpatterns = [
    path("workflows/", WorkflowViewSet.as_view({"get": "list"}), name="api_workflow_list"),
    path("workflows/<uuid:public_id>/start/", WorkflowViewSet.as_view({"post": "start"}), name="api_workflow_start"),
    path("tasks/", StepViewSet.as_view({"get": "list"}), name="api_task_list"),
    path("tasks/<uuid:public_id>/", StepViewSet.as_view({"get": "retrieve"}), name="api_task_detail"),
    path("tasks/<uuid:public_id>/decide/", StepViewSet.as_view({"post": "decide"}), name="api_task_decide"),
    path("tasks/<uuid:public_id>/complete/", StepViewSet.as_view({"post": "complete"}), name="api_task_complete"),
    path("accesses/", GrantViewSet.as_view({"get": "list"}), name="api_grant_list"),
    path("accesses/<uuid:public_id>/", GrantViewSet.as_view({"get": "retrieve"}), name="api_grant_detail"),
    path("resources/", ResourceViewSet.as_view({"get": "list"}), name="api_resource_list"),
    path("resources/<uuid:public_id>/", ResourceViewSet.as_view({"get": "retrieve"}), name="api_resource_detail"),
]

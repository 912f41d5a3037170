"""API routes of the platform."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from freelance_hub.api.jobs import JobViewSet, MeViewSet
from freelance_hub.views.api_docs import api_docs

urlpatterns = [
    path(
        "schema/", SpectacularJSONAPIView.as_view(authentication_classes=[], permission_classes=[]), name="api_schema"
    ),
    path("docs/", api_docs, name="api_docs"),
    path("me/", MeViewSet.as_view({"get": "retrieve"}), name="api_me"),
    path("jobs/", JobViewSet.as_view({"get": "list"}), name="api_job_list"),
    path("jobs/<uuid:public_id>/", JobViewSet.as_view({"get": "retrieve"}), name="api_job_detail"),
]

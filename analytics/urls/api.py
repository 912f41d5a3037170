"""API routes of analytics."""

from django.urls import path

from analytics.api.kpis import KpiViewSet

urlpatterns = [path("kpis/", KpiViewSet.as_view({"get": "list"}), name="api_kpi_list")]

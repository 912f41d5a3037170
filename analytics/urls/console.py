"""Console routes of analytics."""

from django.urls import path

from analytics.views import dashboard, kpis

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("figures/", kpis.kpi_list, name="kpi_list"),
    path("figures/<slug:key>/", kpis.kpi_detail, name="kpi_detail"),
    path("figures/<slug:key>/target/", kpis.kpi_target, name="kpi_target"),
]

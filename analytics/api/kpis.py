"""Figures over the API: the same reading as on the dashboard."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.forms import PeriodForm
from analytics.models import KpiTarget
from analytics.selectors import Reading, readings
from freelance_hub.access import Actor
from freelance_hub.api.views import HubViewSet
from freelance_hub.permissions import Capability


class ReadingSerializer(serializers.Serializer[Reading]):
    key = serializers.CharField(source="kpi.key")
    label = serializers.CharField(source="kpi.label")  # type: ignore[assignment]  # also a name of Field
    formula = serializers.CharField(source="kpi.formula")
    unit = serializers.CharField(source="kpi.unit")
    better = serializers.CharField(source="kpi.better")
    n = serializers.IntegerField(help_text="How many things were counted")
    value = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True)
    p90 = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True)
    target = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    state = serializers.CharField(help_text="good, warn, bad, or empty without target or value")

    class Meta:
        model = KpiTarget


class KpiViewSet(HubViewSet):
    """All figures of one program (or of all) in one quarter."""

    serializer_class = ReadingSerializer
    scopes = {"list": Capability.KPI_SEE}
    pagination_class = None

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return KpiTarget.objects.none()

    @extend_schema(
        parameters=[
            OpenApiParameter("program", int, description="Number of a program; left out: all programs"),
            OpenApiParameter("quarter", str, description="First day of a quarter, e.g. 2026-10-01; left out: this one"),
        ],
        responses=ReadingSerializer(many=True),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        period = PeriodForm(request.query_params, actor=self.actor, today=timezone.localdate())
        if not period.is_valid():
            raise serializers.ValidationError(
                {name: [str(error) for error in errors] for name, errors in period.errors.items()}
            )
        found = readings(program=period.chosen_program(), quarter=period.chosen_quarter())
        return Response(self.get_serializer(found, many=True).data)

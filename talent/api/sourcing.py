"""Requisitions over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freelance_hub.access import Actor
from freelance_hub.api.schema import example
from freelance_hub.api.views import HubViewSet
from freelance_hub.permissions import Capability
from programs.access import access_program
from programs.models import Program
from talent.access import visible_requisitions
from talent.models import Requisition
from talent.services.requisitions import cancel_requisition, create_requisition, submit_requisition


class RequisitionSerializer(serializers.ModelSerializer[Requisition]):
    ref = serializers.CharField(read_only=True)
    program = serializers.SlugRelatedField[Program](slug_field="number", read_only=True)
    requested_by = serializers.CharField(source="requested_by.user.name", read_only=True)
    skills = serializers.SerializerMethodField()

    class Meta:
        model = Requisition
        fields = [
            "number",
            "ref",
            "program",
            "title",
            "description",
            "requested_by",
            "starts_on",
            "ends_on",
            "budget",
            "currency",
            "rate_min",
            "rate_max",
            "rate_unit",
            "skills",
            "state",
            "created_at",
            "submitted_at",
            "approved_at",
            "filled_at",
        ]
        read_only_fields = fields

    def get_skills(self, requisition: Requisition) -> list[str]:
        return [link.skill.name for link in requisition.skill_links.all()]


class RequisitionBody(serializers.ModelSerializer[Requisition]):
    program = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="Number of the program")
    skills = serializers.ListField(child=serializers.CharField(max_length=100), required=False, max_length=50)

    class Meta:
        model = Requisition
        fields = [
            "program",
            "title",
            "description",
            "starts_on",
            "ends_on",
            "budget",
            "rate_min",
            "rate_max",
            "rate_unit",
            "skills",
        ]
        validators: list[Any] = []


@example("A reason", reason="The project moved to next year.")
class ReasonBody(serializers.Serializer[dict[str, Any]]):
    reason = serializers.CharField(max_length=400)


EXAMPLE = OpenApiExample(
    "A designer for a quarter",
    value={
        "program": 1,
        "title": "Checkout redesign",
        "starts_on": "2027-01-11",
        "ends_on": "2027-03-31",
        "budget": "18000.00",
        "rate_min": "45.00",
        "rate_max": "65.00",
        "rate_unit": "hour",
        "skills": ["Figma"],
    },
    request_only=True,
)


class RequisitionViewSet(HubViewSet):
    """Requests for work or a person."""

    serializer_class = RequisitionSerializer
    lookup_field = "number"
    scopes = {
        "list": Capability.REQUISITION_SEE,
        "retrieve": Capability.REQUISITION_SEE,
        "create": Capability.REQUISITION_CREATE,
        "submit": Capability.REQUISITION_CREATE,
        "cancel": Capability.REQUISITION_CREATE,
    }

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return (
            visible_requisitions(actor)
            .select_related("program", "requested_by__user")
            .prefetch_related("skill_links__skill")
        )

    @extend_schema(request=RequisitionBody, responses={201: RequisitionSerializer}, examples=[EXAMPLE])
    def create(self, request: Request) -> Response:
        """Write down, as a draft, what is needed."""
        data = self.valid(RequisitionBody)
        data["program"] = access_program(self.actor, data["program"])
        return self.shown(create_requisition(actor=self.actor, **data), status=201)

    @extend_schema(request=None, responses=RequisitionSerializer)
    def submit(self, request: Request, number: int) -> Response:
        """Ask for approval."""
        return self.shown(submit_requisition(requisition=self.get_object(), actor=self.actor))

    @extend_schema(request=ReasonBody, responses=RequisitionSerializer)
    def cancel(self, request: Request, number: int) -> Response:
        """Withdraw the request, with the reason."""
        return self.shown(cancel_requisition(requisition=self.get_object(), actor=self.actor, **self.valid(ReasonBody)))

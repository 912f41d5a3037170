"""Assignments over the API."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freelance_hub.access import Actor
from freelance_hub.api.schema import example
from freelance_hub.api.views import HubViewSet
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability
from programs.models import Program
from talent.access import rate_visible, visible_assignments, visible_freelancers, visible_requisitions
from talent.models import Assignment, Freelancer, Requisition
from talent.services.assignments import request_end, start_onboarding
from talent.services.engaging import engage


class AssignmentSerializer(serializers.ModelSerializer[Assignment]):
    ref = serializers.CharField(read_only=True)
    program = serializers.SlugRelatedField[Program](slug_field="number", read_only=True)
    requisition = serializers.SlugRelatedField[Requisition](slug_field="number", read_only=True)
    freelancer = serializers.SlugRelatedField[Freelancer](slug_field="public_id", read_only=True)
    manager = serializers.CharField(source="manager.user.name", read_only=True)
    rate = serializers.SerializerMethodField(help_text="Null for those who may not see it")
    budget = serializers.SerializerMethodField(help_text="Null for those who may not see it")

    class Meta:
        model = Assignment
        fields = [
            "number",
            "ref",
            "title",
            "program",
            "requisition",
            "freelancer",
            "manager",
            "starts_on",
            "ends_on",
            "rate",
            "rate_unit",
            "budget",
            "currency",
            "state",
            "created_at",
            "activated_at",
            "ended_at",
            "closed_at",
        ]
        read_only_fields = fields

    def get_rate(self, assignment: Assignment) -> str | None:
        return str(assignment.rate) if rate_visible(self.context["view"].actor, assignment) else None

    def get_budget(self, assignment: Assignment) -> str | None:
        return str(assignment.budget) if rate_visible(self.context["view"].actor, assignment) else None


@example(
    "A designer for a quarter",
    requisition=318,
    freelancer="8f6e2c6e-6c52-4a56-9d0c-1d3a9d6a2f10",
    title="Checkout redesign",
    rate="55.00",
    starts_on="2027-01-11",
    ends_on="2027-03-31",
)
class EngageBody(serializers.Serializer[dict[str, Any]]):
    requisition = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="Number of an open requisition")
    freelancer = serializers.UUIDField(help_text="Public id of the freelancer")
    title = serializers.CharField(max_length=160)
    rate = serializers.DecimalField(max_digits=10, decimal_places=2)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


@example("The work is done", reason="The work is done and accepted.", rehire=True)
class EndBody(serializers.Serializer[dict[str, Any]]):
    reason = serializers.CharField(max_length=400)
    rehire = serializers.BooleanField(required=False, allow_null=True, default=None)


class AssignmentViewSet(HubViewSet):
    """Who works on what, from when to when."""

    serializer_class = AssignmentSerializer
    lookup_field = "number"
    scopes = {
        "list": Capability.ASSIGNMENT_SEE,
        "retrieve": Capability.ASSIGNMENT_SEE,
        "create": Capability.ASSIGNMENT_ENGAGE,
        "start": Capability.ASSIGNMENT_ENGAGE,
        "end": Capability.ASSIGNMENT_END,
    }

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_assignments(actor).select_related("program", "requisition", "freelancer", "manager__user")

    @extend_schema(request=EngageBody, responses={201: AssignmentSerializer})
    def create(self, request: Request) -> Response:
        """Engage a freelancer for an open requisition; the token's person manages the work."""
        data = self.valid(EngageBody)
        requisition = get_object_or_404(visible_requisitions(self.actor), number=data.pop("requisition"))
        freelancer = get_object_or_404(visible_freelancers(self.actor), public_id=data.pop("freelancer"))
        manager = Membership.objects.get(pk=self.membership.pk)
        made = engage(requisition=requisition, freelancer=freelancer, manager=manager, actor=self.actor, **data)
        return self.shown(made, status=201)

    @extend_schema(request=None, responses=AssignmentSerializer)
    def start(self, request: Request, number: int) -> Response:
        """Start onboarding."""
        return self.shown(start_onboarding(assignment=self.get_object(), actor=self.actor))

    @extend_schema(request=EndBody, responses=AssignmentSerializer)
    def end(self, request: Request, number: int) -> Response:
        """End it now; access closes at once and offboarding starts."""
        return self.shown(request_end(assignment=self.get_object(), actor=self.actor, **self.valid(EndBody)))

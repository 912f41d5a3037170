"""Jobs and the person behind the token, over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freelance_hub.access import Actor
from freelance_hub.api.permissions import ANY
from freelance_hub.api.views import HubViewSet
from freelance_hub.models import Job, Membership
from freelance_hub.permissions import Capability


class JobSerializer(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        fields = [
            "public_id",
            "kind",
            "title",
            "state",
            "total",
            "processed",
            "succeeded",
            "failed",
            "result",
            "error",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class JobViewSet(HubViewSet):
    """Long-running work: one's own, or everyone's with job.see."""

    serializer_class = JobSerializer
    lookup_field = "public_id"
    scopes = {"list": ANY, "retrieve": ANY}

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        jobs = Job.objects.all()
        return jobs if actor.can(Capability.JOB_SEE) else jobs.filter(started_by_id=actor.membership_id)


class MeSerializer(serializers.ModelSerializer[Membership]):
    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    company = serializers.CharField(source="tenant.name", read_only=True)
    scopes = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ["public_id", "name", "email", "company", "kind", "scopes"]
        read_only_fields = fields

    def get_scopes(self, membership: Membership) -> list[str]:
        return sorted(self.context["view"].actor.capabilities)


class MeViewSet(HubViewSet):
    """Who the token speaks for, and what it may."""

    serializer_class = MeSerializer
    scopes = {"retrieve": ANY}

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return Membership.objects.select_related("user", "tenant").filter(pk=actor.membership_id or 0)

    @extend_schema(
        responses=MeSerializer,
        examples=[
            OpenApiExample(
                "A finance token",
                value={
                    "public_id": "8f6e2c6e-6c52-4a56-9d0c-1d3a9d6a2f10",
                    "name": "Frida Finance",
                    "email": "frida@example.com",
                    "company": "Example GmbH",
                    "kind": "staff",
                    "scopes": ["invoice.see", "payment.export"],
                },
            )
        ],
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The person and the scopes of this token."""
        return Response(self.get_serializer(self.get_queryset().get()).data)

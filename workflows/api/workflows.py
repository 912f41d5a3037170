"""Workflows that may be started over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freelance_hub.access import Actor
from freelance_hub.api.schema import example
from freelance_hub.api.views import HubViewSet
from freelance_hub.permissions import Capability
from workflows.access import access_subject, startable_definitions
from workflows.models import Definition, Run
from workflows.services.starts import start_by_hand


class WorkflowSerializer(serializers.ModelSerializer[Definition]):
    program = serializers.IntegerField(
        source="program.number", default=None, read_only=True, help_text="Null: the company's"
    )
    about = serializers.CharField(source="subject_type", read_only=True)

    class Meta:
        model = Definition
        fields = ["public_id", "title", "description", "program", "about"]
        read_only_fields = fields


class RunSerializer(serializers.ModelSerializer[Run]):
    about = serializers.CharField(source="title", read_only=True)

    class Meta:
        model = Run
        fields = ["public_id", "about", "state", "started_at", "finished_at"]
        read_only_fields = fields


@example("About assignment 12", subject="12")
class StartBody(serializers.Serializer[dict[str, Any]]):
    subject = serializers.CharField(max_length=64, help_text="The number of what the workflow is to be about")


class WorkflowViewSet(HubViewSet):
    """Workflows of one's programs that may be started over the API."""

    serializer_class = WorkflowSerializer
    lookup_field = "public_id"
    scopes = {"list": Capability.WORKFLOW_START, "start": Capability.WORKFLOW_START}

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return startable_definitions(actor).filter(is_callable=True).select_related("program").order_by("pk")

    @extend_schema(request=StartBody, responses={201: RunSerializer})
    def start(self, request: Request, public_id: str) -> Response:
        """Start a run about the subject. 409 while one about it is open; send an Idempotency-Key to repeat without harm."""
        definition = self.get_object()
        subject = access_subject(self.actor, definition.subject_type, self.valid(StartBody)["subject"])
        run = start_by_hand(definition=definition, subject=subject, actor=self.actor, is_api=True)
        return Response(RunSerializer(run).data, status=201)

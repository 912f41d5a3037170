"""Approvals and tasks over the API."""

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
from workflows.access import visible_steps
from workflows.models import Decision, Step
from workflows.services.answers import complete_task
from workflows.services.decisions import decide


class StepSerializer(serializers.ModelSerializer[Step]):
    about = serializers.CharField(source="run.title", read_only=True)

    class Meta:
        model = Step
        fields = ["public_id", "about", "title", "kind", "state", "outcome", "comment", "due_at", "decided_at"]
        read_only_fields = fields


@example("Yes", outcome="approved", comment="Within the plan.")
class DecisionBody(serializers.Serializer[dict[str, Any]]):
    outcome = serializers.ChoiceField(choices=["approved", "rejected", "changes"])
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


@example("Done", comment="The laptop is on its way.")
class CommentBody(serializers.Serializer[dict[str, Any]]):
    comment = serializers.CharField(required=False, allow_blank=True, default="", max_length=2000)


class StepViewSet(HubViewSet):
    """Steps of workflows that concern the token's person."""

    serializer_class = StepSerializer
    lookup_field = "public_id"
    scopes = {
        "list": (Capability.TASK_SEE, Capability.TASK_SEE_ALL),
        "retrieve": (Capability.TASK_SEE, Capability.TASK_SEE_ALL),
        "decide": Capability.TASK_SEE,
        "complete": Capability.TASK_SEE,
    }

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_steps(actor).select_related("run")

    @extend_schema(request=DecisionBody, responses=StepSerializer)
    def decide(self, request: Request, public_id: str) -> Response:
        """Approve, reject or ask for changes; the last two need a comment. Nobody decides about their own request."""
        return self.shown(
            decide(step=self.get_object(), actor=self.actor, via=Decision.Via.API, **self.valid(DecisionBody))
        )

    @extend_schema(request=CommentBody, responses=StepSerializer)
    def complete(self, request: Request, public_id: str) -> Response:
        """Say that a task is done."""
        return self.shown(complete_task(step=self.get_object(), actor=self.actor, **self.valid(CommentBody)))

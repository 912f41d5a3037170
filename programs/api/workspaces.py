"""Workspaces and what is said in them, over the API."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freelance_hub.access import Actor
from freelance_hub.api.schema import example
from freelance_hub.api.views import HubViewSet
from freelance_hub.permissions import Capability
from programs.access import access_workspace, visible_messages, visible_workspaces
from programs.models import Message, Program, Workspace
from programs.services.messages import post_message


class WorkspaceSerializer(serializers.ModelSerializer[Workspace]):
    program = serializers.SlugRelatedField[Program](slug_field="number", read_only=True)

    class Meta:
        model = Workspace
        fields = ["public_id", "name", "purpose", "program", "state", "created_at", "archived_at"]
        read_only_fields = fields


class WorkspaceViewSet(HubViewSet):
    """Rooms that the token's person can open."""

    serializer_class = WorkspaceSerializer
    lookup_field = "public_id"
    scopes = {"list": Capability.WORKSPACE_SEE, "retrieve": Capability.WORKSPACE_SEE}

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_workspaces(actor).select_related("program")


class MessageSerializer(serializers.ModelSerializer[Message]):
    author = serializers.CharField(source="author.user.name", read_only=True)

    class Meta:
        model = Message
        fields = ["public_id", "author", "body", "created_at"]
        read_only_fields = ["public_id", "author", "created_at"]


@example("A question", body="Which of the two logos do you prefer?")
class MessageBody(serializers.Serializer[dict[str, Any]]):
    body = serializers.CharField(max_length=10_000, help_text="Markdown")


@extend_schema(
    parameters=[OpenApiParameter("workspace_id", UUID, OpenApiParameter.PATH, description="Public id of the workspace")]
)
class MessageViewSet(HubViewSet):
    """Messages of one room, newest first."""

    serializer_class = MessageSerializer
    scopes = {"list": Capability.WORKSPACE_SEE, "create": Capability.WORKSPACE_TAKE_PART}

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        workspace = access_workspace(actor, self.kwargs["workspace_id"])
        return visible_messages(actor).filter(workspace=workspace).select_related("author__user")

    @extend_schema(request=MessageBody, responses={201: MessageSerializer})
    def create(self, request: Request, workspace_id: str) -> Response:
        """Say something in the room."""
        workspace = access_workspace(self.actor, workspace_id)
        message = post_message(workspace=workspace, actor=self.actor, **self.valid(MessageBody))
        return self.shown(message, status=201)

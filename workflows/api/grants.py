"""Accesses and the catalogue over the API: read only."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from freelance_hub.access import Actor
from freelance_hub.api.views import HubViewSet
from freelance_hub.permissions import Capability
from workflows.access import visible_grants, visible_resources
from workflows.grant_looks import with_validity
from workflows.models import AccessGrant, Resource


class ResourceSerializer(serializers.ModelSerializer[Resource]):
    program = serializers.IntegerField(source="program.number", default=None, help_text="Null: of every program")
    is_by_hand = serializers.SerializerMethodField()

    class Meta:
        model = Resource
        fields = ["public_id", "name", "kind", "program", "is_by_hand", "is_given_to_all", "is_active", "created_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.BooleanField(help_text="Opened and closed by a person"))
    def get_is_by_hand(self, resource: Resource) -> bool:
        return resource.connection_id is None


class GrantSerializer(serializers.ModelSerializer[AccessGrant]):
    access_to = serializers.CharField(source="what", read_only=True)
    person = serializers.CharField(source="membership.user.name", read_only=True)
    assignment = serializers.IntegerField(source="assignment.number", read_only=True)
    resource = serializers.UUIDField(
        source="resource.public_id", default=None, allow_null=True, help_text="Null: portal or workspace"
    )
    opens_now = serializers.BooleanField(source="is_valid", read_only=True, help_text="Whether it opens something now")

    class Meta:
        model = AccessGrant
        fields = [
            "public_id",
            "access_to",
            "system",
            "resource",
            "person",
            "assignment",
            "state",
            "opens_now",
            "starts_at",
            "ends_at",
            "granted_at",
            "close_by",
            "revoked_at",
        ]
        read_only_fields = fields


class GrantViewSet(HubViewSet):
    """Who has access to what, and whether it is open now. A guest's token sees its own."""

    serializer_class = GrantSerializer
    lookup_field = "public_id"
    scopes = {
        "list": (Capability.ACCESS_SEE, Capability.PORTAL_USE),
        "retrieve": (Capability.ACCESS_SEE, Capability.PORTAL_USE),
    }

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        rows = with_validity(visible_grants(actor), actor)
        return rows.select_related("membership__user", "assignment", "resource", "workspace")


class ResourceViewSet(HubViewSet):
    """The catalogue of what people can be given access to."""

    serializer_class = ResourceSerializer
    lookup_field = "public_id"
    scopes = {"list": Capability.ACCESS_SEE, "retrieve": Capability.ACCESS_SEE}

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_resources(actor).select_related("program")

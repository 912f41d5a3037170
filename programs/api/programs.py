"""Programs and knowledge pages over the API."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from freelance_hub.access import Actor
from freelance_hub.api.views import HubViewSet
from freelance_hub.permissions import Capability
from programs.access import visible_pages, visible_programs
from programs.models import KnowledgePage, Program


class ProgramSerializer(serializers.ModelSerializer[Program]):
    ref = serializers.CharField(read_only=True)
    legal_entity = serializers.CharField(source="legal_entity.name", read_only=True)

    class Meta:
        model = Program
        fields = ["number", "ref", "name", "purpose", "state", "legal_entity", "currency", "created_at", "live_at"]
        read_only_fields = fields


class ProgramViewSet(HubViewSet):
    """Programs that the token's person may see."""

    serializer_class = ProgramSerializer
    lookup_field = "number"
    scopes = {"list": Capability.PROGRAM_SEE, "retrieve": Capability.PROGRAM_SEE}

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_programs(actor).select_related("legal_entity")


class PageSerializer(serializers.ModelSerializer[KnowledgePage]):
    program = serializers.SlugRelatedField[Program](slug_field="number", read_only=True, allow_null=True)

    class Meta:
        model = KnowledgePage
        fields = ["slug", "title", "program", "version", "required_roles", "review_on", "updated_at"]
        read_only_fields = fields


class PageViewSet(HubViewSet):
    """Knowledge pages, without their text."""

    serializer_class = PageSerializer
    lookup_field = "slug"
    scopes = {"list": Capability.PAGE_SEE, "retrieve": Capability.PAGE_SEE}

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_pages(actor).select_related("program")

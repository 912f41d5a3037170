"""Time lines and deliverables over the API."""

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
from talent.access import visible_deliverables, visible_time_lines
from talent.api.sourcing import ReasonBody
from talent.models import Assignment, Deliverable, TimeLine
from talent.services.deliverables import accept_deliverable, return_deliverable
from talent.services.time_lines import accept_time, return_time

COMMON = ["public_id", "assignment", "amount", "currency", "state", "submitted_at", "decided_at", "return_reason"]


class TimeLineSerializer(serializers.ModelSerializer[TimeLine]):
    assignment = serializers.SlugRelatedField[Assignment](slug_field="number", read_only=True)

    class Meta:
        model = TimeLine
        fields = [*COMMON, "worked_on", "quantity", "rate", "note"]
        read_only_fields = fields


class DeliverableSerializer(serializers.ModelSerializer[Deliverable]):
    assignment = serializers.SlugRelatedField[Assignment](slug_field="number", read_only=True)

    class Meta:
        model = Deliverable
        fields = [*COMMON, "title", "description", "due_on", "first_submitted_at", "rating", "note"]
        read_only_fields = fields


@example("Very good", rating=5)
class AcceptBody(serializers.Serializer[dict[str, Any]]):
    rating = serializers.IntegerField(min_value=1, max_value=5)


SCOPES: dict[str, str] = {
    "list": Capability.WORK_SEE,
    "retrieve": Capability.WORK_SEE,
    "accept": Capability.WORK_ACCEPT,
    "give_back": Capability.WORK_ACCEPT,
}


class TimeLineViewSet(HubViewSet):
    """Time handed in, line by line."""

    serializer_class = TimeLineSerializer
    lookup_field = "public_id"
    scopes = SCOPES

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_time_lines(actor).select_related("assignment__freelancer")

    @extend_schema(request=None, responses=TimeLineSerializer)
    def accept(self, request: Request, public_id: str) -> Response:
        """Accept one line."""
        return self.shown(accept_time(line=self.get_object(), actor=self.actor))

    @extend_schema(request=ReasonBody, responses=TimeLineSerializer)
    def give_back(self, request: Request, public_id: str) -> Response:
        """Return one line with the reason."""
        return self.shown(return_time(line=self.get_object(), actor=self.actor, **self.valid(ReasonBody)))


class DeliverableViewSet(HubViewSet):
    """Things to be handed in."""

    serializer_class = DeliverableSerializer
    lookup_field = "public_id"
    scopes = SCOPES

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_deliverables(actor).select_related("assignment__freelancer")

    @extend_schema(request=AcceptBody, responses=DeliverableSerializer)
    def accept(self, request: Request, public_id: str) -> Response:
        """Accept it, with a rating from 1 to 5."""
        return self.shown(accept_deliverable(deliverable=self.get_object(), actor=self.actor, **self.valid(AcceptBody)))

    @extend_schema(request=ReasonBody, responses=DeliverableSerializer)
    def give_back(self, request: Request, public_id: str) -> Response:
        """Return it with the reason."""
        return self.shown(return_deliverable(deliverable=self.get_object(), actor=self.actor, **self.valid(ReasonBody)))

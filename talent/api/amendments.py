"""Changes of terms over the API. The freelancer answers in the portal only."""

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
from talent.access import access_assignment, amendment_money_visible, visible_amendments
from talent.models import Amendment, Assignment
from talent.services.amendments import create_amendment, submit_amendment, withdraw_amendment


class AmendmentSerializer(serializers.ModelSerializer[Amendment]):
    ref = serializers.CharField(read_only=True)
    assignment = serializers.SlugRelatedField[Assignment](slug_field="number", read_only=True)
    requested_by = serializers.CharField(source="requested_by.user.name", read_only=True)
    rate = serializers.SerializerMethodField(help_text="Null: it stays, or one may not see it")
    budget = serializers.SerializerMethodField(help_text="Null: it stays, or one may not see it")

    class Meta:
        model = Amendment
        fields = [
            "number",
            "ref",
            "assignment",
            "version",
            "kind",
            "state",
            "ends_on",
            "rate",
            "budget",
            "scope",
            "reason",
            "requested_by",
            "decision_note",
            "created_at",
            "agreed_at",
        ]
        read_only_fields = fields

    def get_rate(self, amendment: Amendment) -> str | None:
        return self._money(amendment, "rate")

    def get_budget(self, amendment: Amendment) -> str | None:
        return self._money(amendment, "budget")

    def _money(self, amendment: Amendment, name: str) -> str | None:
        value = getattr(amendment, name)
        sees = value is not None and amendment_money_visible(self.context["view"].actor, amendment)
        return str(value) if sees else None


@example(
    "A milestone more",
    assignment=12,
    budget="23600.00",
    scope="Milestone 4: checkout in French, accepted when all texts are reviewed.",
    reason="The French market opens in spring.",
)
class AmendmentBody(serializers.Serializer[dict[str, Any]]):
    assignment = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="Number of a running assignment")
    ends_on = serializers.DateField(required=False)
    rate = serializers.DecimalField(max_digits=10, decimal_places=2, required=False)
    budget = serializers.DecimalField(
        max_digits=14, decimal_places=2, required=False, help_text="The new whole budget, without tax"
    )
    scope = serializers.CharField(max_length=4000, required=False)
    reason = serializers.CharField(max_length=400)


class AmendmentViewSet(HubViewSet):
    """Changes of the terms of assignments: extensions and amendments, with what they replace."""

    serializer_class = AmendmentSerializer
    lookup_field = "number"
    scopes = {
        "list": Capability.ASSIGNMENT_SEE,
        "retrieve": Capability.ASSIGNMENT_SEE,
        "create": Capability.ASSIGNMENT_ENGAGE,
        "submit": Capability.ASSIGNMENT_ENGAGE,
        "withdraw": Capability.ASSIGNMENT_ENGAGE,
    }

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        people = ("assignment__freelancer__membership", "assignment__tenant", "requested_by__user")
        return visible_amendments(actor).select_related(*people)

    @extend_schema(request=AmendmentBody, responses={201: AmendmentSerializer})
    def create(self, request: Request) -> Response:
        """Write down a change of terms, as a draft. What is left out stays as it is."""
        data = self.valid(AmendmentBody)
        assignment = access_assignment(self.actor, data.pop("assignment"), to=Capability.ASSIGNMENT_ENGAGE)
        return self.shown(create_amendment(assignment=assignment, actor=self.actor, **data), status=201)

    @extend_schema(request=None, responses=AmendmentSerializer)
    def submit(self, request: Request, number: int) -> Response:
        """Send it for approval; the freelancer is asked once it is approved."""
        return self.shown(submit_amendment(amendment=self.get_object(), actor=self.actor))

    @extend_schema(request=None, responses=AmendmentSerializer)
    def withdraw(self, request: Request, number: int) -> Response:
        """Take it back; what was agreed before stays."""
        return self.shown(withdraw_amendment(amendment=self.get_object(), actor=self.actor))

"""The talent directory over the API."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freelance_hub.access import Actor
from freelance_hub.api.views import HubViewSet
from freelance_hub.permissions import Capability
from talent.access import visible_freelancers
from talent.models import Freelancer
from talent.services.freelancers import create_freelancer, update_freelancer

FIELDS = [
    "name",
    "email",
    "phone",
    "country",
    "language",
    "headline",
    "years_of_experience",
    "hourly_rate",
    "currency",
    "external_id",
]


class FreelancerSerializer(serializers.ModelSerializer[Freelancer]):
    email = serializers.CharField(read_only=True, help_text="Empty when it is not known")
    skills = serializers.SerializerMethodField()

    class Meta:
        model = Freelancer
        fields = [
            "public_id",
            *FIELDS,
            "rating",
            "satisfaction",
            "state",
            "source",
            "skills",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_skills(self, freelancer: Freelancer) -> list[str]:
        return [link.skill.name for link in freelancer.skill_links.all()]


class FreelancerBody(serializers.ModelSerializer[Freelancer]):
    skills = serializers.ListField(child=serializers.CharField(max_length=100), required=False, max_length=50)

    class Meta:
        model = Freelancer
        fields = [*FIELDS, "skills"]


EXAMPLE = OpenApiExample(
    "A designer",
    value={
        "name": "Ana Ruiz",
        "email": "ana@example.com",
        "country": "ES",
        "hourly_rate": "55.00",
        "currency": "EUR",
        "skills": ["Figma", "Branding"],
    },
    request_only=True,
)


class FreelancerViewSet(HubViewSet):
    """People in the directory, engaged or not."""

    serializer_class = FreelancerSerializer
    lookup_field = "public_id"
    scopes = {
        "list": Capability.FREELANCER_SEE,
        "retrieve": Capability.FREELANCER_SEE,
        "create": Capability.FREELANCER_MANAGE,
        "partial_update": Capability.FREELANCER_MANAGE,
    }

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        return visible_freelancers(actor).prefetch_related("skill_links__skill")

    @extend_schema(request=FreelancerBody, responses={201: FreelancerSerializer}, examples=[EXAMPLE])
    def create(self, request: Request) -> Response:
        """Add a person to the directory."""
        return self.shown(create_freelancer(actor=self.actor, **self.valid(FreelancerBody)), status=201)

    @extend_schema(request=FreelancerBody(partial=True), responses=FreelancerSerializer, examples=[EXAMPLE])
    def partial_update(self, request: Request, public_id: str) -> Response:
        """Change what is named, leave the rest."""
        freelancer = self.get_object()
        body = FreelancerBody(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        update_freelancer(freelancer=freelancer, actor=self.actor, **body.validated_data)
        return self.shown(freelancer)

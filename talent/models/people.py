"""The talent directory."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from freelance_hub.models import Membership
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints


class Skill(TenantModel):
    """A skill as this company names it."""

    name = models.CharField(max_length=100)
    key = models.CharField(max_length=100, help_text="The name in lower case, for matching")

    class Meta:
        constraints = [
            *tenant_constraints("talent_skill"),
            models.UniqueConstraint(fields=["tenant", "key"], name="talent_skill_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Freelancer(TenantModel):
    """A person in the directory, engaged or not. Age is not kept: nothing here may depend on it."""

    class State(models.TextChoices):
        AVAILABLE = "available", "Available"
        UNAVAILABLE = "unavailable", "Not available"
        BLOCKED = "blocked", "Do not engage"

    class Gender(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Other"
        UNKNOWN = "", "Not told"

    audit_redact = ("email", "phone", "gender")

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    # Empty while unknown: people imported from marketplaces often come without one.
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    gender = models.CharField(max_length=10, choices=Gender, blank=True, default=Gender.UNKNOWN)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2")
    language = models.CharField(max_length=60, blank=True)
    headline = models.CharField(max_length=160, blank=True)
    years_of_experience = models.PositiveSmallIntegerField(null=True, blank=True)
    hourly_rate = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    rating = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True, help_text="0 to 5")
    satisfaction = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Per cent of satisfied clients")
    state = models.CharField(max_length=20, choices=State, default=State.AVAILABLE)
    source = models.CharField(max_length=60, blank=True, help_text="Where the entry came from")
    external_id = models.CharField(max_length=80, blank=True, help_text="Their id there")
    # Null until they accept an invitation.
    membership = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="freelancers")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        constraints = [
            *tenant_constraints("talent_freelancer", membership="SET NULL"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="talent_freelancer_public"),
            models.UniqueConstraint(
                fields=["tenant", "external_id"], condition=~Q(external_id=""), name="talent_freelancer_external"
            ),
            models.UniqueConstraint(fields=["tenant", "email"], condition=~Q(email=""), name="talent_freelancer_email"),
            models.UniqueConstraint(
                fields=["tenant", "membership"], condition=Q(membership__isnull=False), name="talent_freelancer_member"
            ),
            models.CheckConstraint(condition=Q(rating=None) | Q(rating__range=(0, 5)), name="talent_freelancer_rating"),
            models.CheckConstraint(
                condition=Q(hourly_rate=None) | Q(hourly_rate__gte=0), name="talent_freelancer_rate"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "name", "id"], name="talent_freelancer_by_name"),
            models.Index(
                "tenant", F("rating").desc(nulls_last=True), F("id").desc(), name="talent_freelancer_by_rating"
            ),
            models.Index(fields=["tenant", "-created_at", "-id"], name="talent_freelancer_recent"),
        ]

    def __str__(self) -> str:
        return self.name


class FreelancerSkill(TenantModel):
    """A freelancer has a skill."""

    audited = False

    freelancer = ref(Freelancer, models.CASCADE, related_name="skill_links")
    skill = ref(Skill, models.CASCADE, related_name="freelancer_links")
    is_primary = models.BooleanField(default=False)

    class Meta:
        constraints = [
            *tenant_constraints("talent_freelancerskill", freelancer="CASCADE", skill="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "freelancer", "skill"], name="talent_freelancerskill_once"),
        ]
        indexes = [models.Index(fields=["tenant", "skill", "freelancer"], name="talent_freelancerskill_by")]

    def __str__(self) -> str:
        return f"{self.freelancer_id}: {self.skill_id}"


class PayoutAccount(TenantModel):
    """Where a freelancer is paid. The number is stored encrypted; the last four characters are for display."""

    freelancer = ref(Freelancer, models.CASCADE, related_name="payout_accounts")
    holder = models.CharField(max_length=140)
    iban = models.TextField(help_text="Encrypted (freelance_hub.sealed), bound to tenant, table, row and field")
    iban_last4 = models.CharField(max_length=4)
    bic = models.CharField(max_length=11, blank=True)
    updated_at = models.DateTimeField(default=timezone.now, db_default=Now())

    audit_redact = ("iban", "iban_last4", "holder", "bic")

    class Meta:
        constraints = [
            *tenant_constraints("talent_payoutaccount", freelancer="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "freelancer"], name="talent_payoutaccount_one"),
        ]

    def __str__(self) -> str:
        return f"…{self.iban_last4}"

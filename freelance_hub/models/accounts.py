"""People, companies and what a person may do in a company."""

import uuid
from datetime import time
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone

from freelance_hub.tenancy.constraints import OwnRowsPolicy
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A person who can sign in; the address is stored in lower case. Side effect: one row."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An operator: runs the installation through Django admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail address across all companies. What they may do stands in Membership."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False, help_text="Operator: may open Django admin.")
    time_zone = models.CharField(max_length=64, default="UTC")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    audited = True
    audit_redact = ("email", "name", "password")
    audit_ignore = ("last_login",)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="hub_user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ", 1)[0]


class Tenant(models.Model):
    """A client company: the hard data boundary. Not itself a tenant-owned table."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=60, unique=True, help_text="Stands in every address: /t/<slug>/…")
    state = models.CharField(max_length=20, choices=State, default=State.ACTIVE)
    currency = models.CharField(max_length=3, default="EUR", help_text="ISO 4217; totals are shown in it.")
    time_zone = models.CharField(max_length=64, default="UTC")
    staff_second_factor = models.BooleanField(default=True, help_text="Employees must sign in with a second factor.")
    # Working time: terms of approvals count it. Hours are of the tenant's zone, or of the person's own.
    holiday_region = models.CharField(
        max_length=12, blank=True, help_text="Public holidays: a country or a part of it, such as DE or DE-BE"
    )
    work_starts = models.TimeField(default=time(9))
    work_ends = models.TimeField(default=time(17))
    # Null: decisions by mail never ask for sign-in; zero: always.
    mail_decision_limit = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        default=Decimal(5000),
        help_text="Above this amount, in the company's currency, a decision by mail link asks for sign-in",
    )
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    audited = True
    audit_tenant_column = "id"

    def __str__(self) -> str:
        return self.name


class LegalEntity(TenantModel):
    """The company in the tenant that signs and pays."""

    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    currency = models.CharField(max_length=3)

    class Meta:
        verbose_name_plural = "legal entities"
        constraints = [
            *tenant_constraints("hub_legalentity"),
            models.UniqueConstraint(fields=["tenant", "name"], name="hub_legalentity_name"),
        ]

    def __str__(self) -> str:
        return self.name


class OrgUnit(TenantModel):
    """Where cost lands: an organisation unit with its cost centre code, in a tree."""

    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    name = models.CharField(max_length=200)
    code = models.CharField(max_length=40, help_text="Cost centre")
    # Null: it stands at the top.
    parent = ref("hub.OrgUnit", models.PROTECT, null=True, blank=True, related_name="units")
    # Null: the approver of the unit above counts, see `selectors.approver_of_unit`.
    approver = ref("hub.Membership", models.SET_NULL, null=True, blank=True, related_name="units_to_approve")

    class Meta:
        constraints = [
            *tenant_constraints("hub_orgunit", "parent", approver="SET NULL"),
            models.UniqueConstraint(fields=["tenant", "code"], name="hub_orgunit_code"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="hub_orgunit_public"),
        ]
        indexes = tenant_indexes("hub_orgunit", "parent", "approver")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Role(TenantModel):
    """A named set of capabilities. System roles are shipped: they can be cloned, not edited."""

    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)
    capabilities = ArrayField(models.CharField(max_length=60), default=list)
    is_system = models.BooleanField(default=False)
    is_guest = models.BooleanField(
        default=False, help_text="For people from outside: opens the portal, never the console."
    )
    external_id = models.CharField(
        max_length=254, blank=True, default="", help_text="What the directory calls the group that this role is"
    )
    is_from_directory = models.BooleanField(
        default=False, help_text="The directory made it, and may rename or delete it"
    )

    class Meta:
        constraints = [
            *tenant_constraints("hub_role"),
            models.UniqueConstraint(fields=["tenant", "key"], name="hub_role_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """One person in one company, as employee or as guest. A person has at most one of each kind in a company."""

    class Kind(models.TextChoices):
        STAFF = "staff", "Employee"
        GUEST = "guest", "Guest"

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        ENDED = "ended", "Ended"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.STAFF)
    state = models.CharField(max_length=20, choices=State, default=State.ACTIVE)
    title = models.CharField(max_length=120, blank=True)
    # Null for employees, and for guests whose sponsor has left: those are the orphan queue.
    sponsor = ref("hub.Membership", models.SET_NULL, null=True, blank=True, related_name="sponsored")
    # Null: nobody answers in their place but those who manage workflows.
    manager = ref("hub.Membership", models.SET_NULL, null=True, blank=True, related_name="reports")
    holiday_region = models.CharField(max_length=12, blank=True, help_text="Empty: the company's")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    roles = models.ManyToManyField(Role, through="hub.MembershipRole", related_name="memberships")

    audit_ignore = ("last_seen_at",)

    class Meta:
        constraints = [
            *tenant_constraints("hub_membership", sponsor="SET NULL", manager="SET NULL"),
            OwnRowsPolicy(name="hub_membership_own"),
            models.UniqueConstraint(fields=["tenant", "user", "kind"], name="hub_membership_once"),
            models.UniqueConstraint(fields=["tenant", "public_id"], name="hub_membership_public"),
        ]
        indexes = [
            *tenant_indexes("hub_membership", "sponsor", "manager"),
            models.Index(fields=["user"], name="hub_membership_user"),
        ]

    def __str__(self) -> str:
        return str(self.user)


class MembershipRole(TenantModel):
    """A role that a membership holds, in all programs or only in some."""

    membership = ref(Membership, models.CASCADE, related_name="role_links")
    role = ref(Role, models.PROTECT, related_name="links")
    program_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="Empty: every program.")

    class Meta:
        constraints = [
            *tenant_constraints("hub_membershiprole", "role", membership="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "membership", "role"], name="hub_membershiprole_once"),
        ]
        indexes = tenant_indexes("hub_membershiprole", "role")

    def __str__(self) -> str:
        return f"{self.membership_id}: {self.role_id}"


class Invitation(TenantModel):
    """An invitation to join a company: bound to an address and a role, used once, at most 72 hours."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for an answer"
        ACCEPTED = "accepted", "Accepted"
        REVOKED = "revoked", "Taken back"

    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=10, choices=Membership.Kind, default=Membership.Kind.STAFF)
    state = models.CharField(max_length=20, choices=State, default=State.PENDING)
    token_hash = models.CharField(
        max_length=64, help_text="SHA-256 of the secret; the secret itself is only in the mail."
    )
    expires_at = models.DateTimeField()
    sent_count = models.PositiveSmallIntegerField(default=1)
    last_sent_at = models.DateTimeField(default=timezone.now)
    # Null when an automation invites: the assignment names who asked for it.
    invited_by = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="invitations_sent")
    # Null until accepted.
    membership = ref(Membership, models.SET_NULL, null=True, blank=True, related_name="invitations")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    accepted_at = models.DateTimeField(null=True, blank=True)

    audit_redact = ("token_hash",)

    class Meta:
        constraints = [
            *tenant_constraints("hub_invitation", invited_by="SET NULL", membership="SET NULL"),
            models.UniqueConstraint(fields=["token_hash"], name="hub_invitation_token"),
            models.UniqueConstraint(
                fields=["tenant", "email", "kind"],
                condition=models.Q(state="pending"),
                name="hub_invitation_one_pending",
            ),
        ]
        indexes = tenant_indexes("hub_invitation", "invited_by", "membership")

    def __str__(self) -> str:
        return f"{self.email} ({self.get_state_display()})"


class InvitationRole(TenantModel):
    """A role that the person gets on accepting."""

    invitation = ref(Invitation, models.CASCADE, related_name="role_links")
    role = ref(Role, models.CASCADE, related_name="invitation_links")

    class Meta:
        constraints = [
            *tenant_constraints("hub_invitationrole", invitation="CASCADE", role="CASCADE"),
            models.UniqueConstraint(fields=["tenant", "invitation", "role"], name="hub_invitationrole_once"),
        ]
        indexes = tenant_indexes("hub_invitationrole", "role")

    def __str__(self) -> str:
        return f"{self.invitation_id}: {self.role_id}"

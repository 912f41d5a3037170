"""What operators and owners see of the platform in Django admin; the sites and their rules: admin_base.py."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from freelance_hub.admin_base import ReadOnlyAdmin, as_web, operator_name, operators, owners
from freelance_hub.errors import Refusal
from freelance_hub.forms import CURRENCIES, TIME_ZONES
from freelance_hub.http import show_refusal
from freelance_hub.models import (
    ApiToken,
    AuditEvent,
    Delivery,
    Event,
    Heartbeat,
    IdentityProvider,
    Invitation,
    Job,
    LegalEntity,
    Membership,
    OrgUnit,
    Role,
    Tenant,
    User,
)
from freelance_hub.permissions import Capability
from freelance_hub.services import accounts, tenants


class TenantForm(forms.Form):
    """A new company and who runs it."""

    name = forms.CharField(max_length=200)
    slug = forms.SlugField(max_length=60, label="Address", help_text="Stands in every address: /t/<address>/…")
    country = forms.CharField(min_length=2, max_length=2, help_text="Two letters (ISO 3166-1), such as DE.")
    currency = forms.ChoiceField(choices=CURRENCIES, initial="EUR")
    time_zone = forms.ChoiceField(choices=TIME_ZONES, initial="UTC")
    staff_second_factor = forms.BooleanField(
        required=False, initial=True, help_text="Employees must sign in with a second factor."
    )
    owner_email = forms.EmailField(label="E-mail of the first owner", help_text="Gets an invitation for 72 hours.")
    owner_name = forms.CharField(max_length=200, required=False)


@admin.register(Tenant, site=operators)
class TenantAdmin(ReadOnlyAdmin):
    """Companies: made and suspended here, through services."""

    list_display = ("name", "slug", "state", "staff_second_factor", "people", "created_at")
    list_filter = ("state",)
    search_fields = ("name", "slug")
    ordering = ("name",)
    actions = ("suspend", "resume")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        active = Membership.objects.filter(tenant=OuterRef("pk"), state=Membership.State.ACTIVE).order_by()
        people = active.values("tenant").annotate(number=Count("pk")).values("number")
        return super().get_queryset(request).annotate(people_count=Coalesce(Subquery(people), 0))

    @admin.display(description="People", ordering="people_count")
    def people(self, company: Any) -> int:
        return int(company.people_count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A company with its shipped roles, and its first owner's invitation, or nothing at all."""
        form = TenantForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            with as_web(request):
                try:
                    company = tenants.open_company(**form.cleaned_data, actor=operator_name(request))
                except Refusal as refusal:
                    show_refusal(form, refusal)
                else:
                    address = form.cleaned_data["owner_email"]
                    self.message_user(request, f"{company.name} is open; {address} gets the invitation.")
                    return redirect(reverse("admin:hub_tenant_changelist"))
        context = {**self.admin_site.each_context(request), "form": form, "title": "New company", "opts": self.opts}
        return render(request, "admin/tenant_form.html", context, status=422 if form.is_bound else 200)

    @admin.action(description="Suspend: nobody gets in until it is resumed")
    def suspend(self, request: HttpRequest, companies: QuerySet[Tenant]) -> None:
        self._set_state(request, companies, Tenant.State.SUSPENDED)

    @admin.action(description="Resume")
    def resume(self, request: HttpRequest, companies: QuerySet[Tenant]) -> None:
        self._set_state(request, companies, Tenant.State.ACTIVE)

    def _set_state(self, request: HttpRequest, companies: QuerySet[Tenant], state: str) -> None:
        for company in list(companies):
            with as_web(request):
                try:
                    tenants.set_tenant_state(company=company, state=state, actor=operator_name(request))
                except Refusal as refusal:
                    self.message_user(request, f"{company}: {refusal}", messages.ERROR)
                else:
                    self.message_user(request, f"{company} is {Tenant.State(state).label.lower()}.")


@admin.register(User, site=operators)
class UserAdmin(ReadOnlyAdmin):
    """Accounts: closed and opened again here. What people may do is their companies' business."""

    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    ordering = ("email",)
    actions = ("close", "open_again")

    @admin.action(description="Close: no sign-in, every session and token stops")
    def close(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._set_active(request, users, is_active=False)

    @admin.action(description="Open again")
    def open_again(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._set_active(request, users, is_active=True)

    def _set_active(self, request: HttpRequest, users: QuerySet[User], *, is_active: bool) -> None:
        for user in list(users):
            with as_web(request):
                try:
                    accounts.set_active(user=user, is_active=is_active, operator_id=request.user.pk)
                except Refusal as refusal:
                    self.message_user(request, f"{user.email}: {refusal}", messages.ERROR)
                else:
                    self.message_user(request, f"{user.email} is {'open again' if is_active else 'closed'}.")


@admin.register(Heartbeat, site=operators)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("name", "at")


@admin.register(Delivery, site=operators)
class DeliveryAdmin(ReadOnlyAdmin):
    """Events that a listener has not taken; what they tell of is the company's."""

    list_display = ("tenant", "listener", "state", "attempts", "next_at")
    list_filter = ("state",)
    list_select_related = ("tenant",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).exclude(state=Delivery.State.DONE)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["tenant", "listener", "state", "attempts", "next_at"]


@admin.register(AuditEvent, site=operators)
class OperatorAuditAdmin(ReadOnlyAdmin):
    """What concerns no company: sign-ins, and the operators' own looks across companies."""

    list_display = ("at", "actor", "operation", "table_name", "row_id")
    search_fields = ("actor", "request_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return super().get_queryset(request).filter(tenant=None)


@admin.register(AuditEvent, site=owners)
class OwnerAuditAdmin(ReadOnlyAdmin):
    capability = Capability.AUDIT_SEE
    list_display = ("at", "actor", "operation", "table_name", "row_id")
    search_fields = ("actor", "request_id")


@admin.register(Membership, site=owners)
class MembershipAdmin(ReadOnlyAdmin):
    capability = Capability.PEOPLE_SEE
    list_display = ("user", "kind", "state", "created_at", "ended_at")
    list_filter = ("kind", "state")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__name")


@admin.register(Role, site=owners)
class RoleAdmin(ReadOnlyAdmin):
    capability = Capability.PEOPLE_SEE
    list_display = ("name", "key", "is_system", "is_guest")
    ordering = ("name",)


@admin.register(Invitation, site=owners)
class InvitationAdmin(ReadOnlyAdmin):
    capability = Capability.PEOPLE_SEE
    list_display = ("email", "kind", "state", "expires_at", "sent_count")
    list_filter = ("state", "kind")
    search_fields = ("email",)


@admin.register(ApiToken, site=owners)
class ApiTokenAdmin(ReadOnlyAdmin):
    capability = Capability.TOKEN_MANAGE
    list_display = ("name", "prefix", "kind", "membership", "expires_at", "revoked_at", "last_used_at")
    list_select_related = ("membership__user",)


@admin.register(IdentityProvider, site=owners)
class IdentityProviderAdmin(ReadOnlyAdmin):
    capability = Capability.TENANT_MANAGE
    list_display = ("name", "issuer", "is_enabled")


@admin.register(LegalEntity, site=owners)
class LegalEntityAdmin(ReadOnlyAdmin):
    capability = Capability.TENANT_MANAGE
    list_display = ("name", "country", "currency")


@admin.register(OrgUnit, site=owners)
class OrgUnitAdmin(ReadOnlyAdmin):
    capability = Capability.TENANT_MANAGE
    list_display = ("code", "name", "parent", "approver")
    list_select_related = ("parent", "approver__user")


@admin.register(Event, site=owners)
class EventAdmin(ReadOnlyAdmin):
    """Facts by kind; their payloads may hold money that an owner has no right to."""

    capability = Capability.AUDIT_SEE
    list_display = ("occurred_at", "kind", "actor", "subject_type", "subject_id")
    list_filter = ("kind",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["occurred_at", "kind", "actor", "subject_type", "subject_id"]


@admin.register(Job, site=owners)
class JobAdmin(ReadOnlyAdmin):
    capability = Capability.JOB_SEE
    list_display = ("title", "kind", "state", "created_at")
    list_filter = ("state",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["title", "kind", "state", "created_at"]

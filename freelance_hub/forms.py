"""Input of the platform's pages."""

from typing import Any
from zoneinfo import available_timezones

import pycountry
from django import forms
from django.contrib.auth.password_validation import validate_password

from freelance_hub.models import ApiToken, IdentityProvider, Invitation, Membership, OrgUnit, Role, Tenant, User
from freelance_hub.openid import issuer_problem
from freelance_hub.permissions import Capability
from freelance_hub.services.company import SHARED_MAIL_DOMAINS

CURRENCIES = [(c.alpha_3, f"{c.alpha_3} {c.name}") for c in sorted(pycountry.currencies, key=lambda c: c.alpha_3)]
TIME_ZONES = [(zone, zone) for zone in sorted(available_timezones())]


class AccountForm(forms.Form):
    """A new person's name and password, on accepting an invitation."""

    name = forms.CharField(max_length=200, help_text="As colleagues should see it.")
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters. A short sentence is easy to remember and hard to guess.",
        strip=False,
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        kwargs["initial"] = {"name": invitation.name}
        super().__init__(*args, **kwargs)
        self.invitation = invitation

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if password := values.get("password"):
            try:
                validate_password(password, User(name=values.get("name", ""), email=self.invitation.email))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return values


class RoleChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    """Roles with what they are for."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, role: Role) -> str:
        return f"{role.name}: {role.description}" if role.description else role.name


class InviteForm(forms.Form):
    """Who is invited, and as what."""

    email = forms.EmailField(label="E-mail", help_text="The invitation works for this address only.")
    name = forms.CharField(max_length=200, required=False)
    roles = RoleChoices(Role.objects.none(), help_text="What they may do. You can change it later.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].queryset = Role.objects.order_by("is_guest", "name")  # type: ignore[attr-defined]

    def clean_roles(self) -> Any:
        roles = self.cleaned_data["roles"]
        if len({role.is_guest for role in roles}) > 1:
            raise forms.ValidationError("Employees and guests have separate roles: choose from one kind only.")
        return roles

    @property
    def kind(self) -> str:
        """Employee or guest, as the roles say."""
        return Membership.Kind.GUEST if self.cleaned_data["roles"][0].is_guest else Membership.Kind.STAFF


class RolesForm(forms.Form):
    """The roles of one member."""

    roles = RoleChoices(Role.objects.none(), required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_kind = Role.objects.filter(is_guest=kind == Membership.Kind.GUEST).order_by("name")
        self.fields["roles"].queryset = of_kind  # type: ignore[attr-defined]


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """A company's own role."""

    capabilities = forms.MultipleChoiceField(
        choices=[(c.value, f"{c.label} ({c.value})") for c in Capability],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="May",
    )

    class Meta:
        model = Role
        fields = ["name", "description", "capabilities"]


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(max_length=100, help_text="What it is for, e.g. “Nightly payroll export”.")
    kind = forms.ChoiceField(choices=ApiToken.Kind, initial=ApiToken.Kind.PERSON)
    days = forms.IntegerField(
        min_value=1, max_value=366, initial=90, label="Valid for days", help_text="At most a year."
    )
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, help_text="Give it only what it needs. It never may more than you."
    )

    def __init__(self, *args: Any, capabilities: frozenset[str], may_integrate: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(c.value, f"{c.value}: {c.label}") for c in Capability if c.value in capabilities]
        self.fields["scopes"].choices = offered  # type: ignore[attr-defined]
        if not may_integrate:
            del self.fields["kind"]


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """The company's own settings."""

    currency = forms.ChoiceField(choices=CURRENCIES, help_text="Totals are shown in it.")
    time_zone = forms.ChoiceField(choices=TIME_ZONES)

    class Meta:
        model = Tenant
        fields = [
            "name",
            "currency",
            "time_zone",
            "staff_second_factor",
            "work_starts",
            "work_ends",
            "holiday_region",
            "mail_decision_limit",
        ]
        labels = {
            "work_starts": "The working day starts",
            "work_ends": "The working day ends",
            "holiday_region": "Public holidays of",
            "mail_decision_limit": "Decide by mail up to",
        }
        help_texts = {
            "work_starts": "Terms of approvals count working time only.",
            "holiday_region": "A country or a part of it, such as DE or DE-BE. Empty: none.",
            "mail_decision_limit": "Above it, in the company's currency, the link in a mail asks to sign in. "
            "Empty: never; 0: always.",
        }
        widgets = {
            "work_starts": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "work_ends": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }


class PlaceForm(forms.Form):
    """Who somebody's manager is, and by which holidays they work."""

    manager = forms.ModelChoiceField(
        Membership.objects.none(),
        required=False,
        empty_label="Nobody",
        help_text="Answers approvals in their place while they are away, or when they are late.",
    )
    holiday_region = forms.CharField(
        label="Public holidays of",
        required=False,
        max_length=12,
        help_text="A country or a part of it, such as DE or DE-BE. Empty: the company's.",
    )

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        kwargs["initial"] = {"manager": member.manager_id, "holiday_region": member.holiday_region}
        super().__init__(*args, **kwargs)
        staff = Membership.objects.filter(kind=Membership.Kind.STAFF, state=Membership.State.ACTIVE)
        others = staff.exclude(pk=member.pk).select_related("user").order_by("user__name", "pk")
        self.fields["manager"].queryset = others  # type: ignore[attr-defined]

    def clean_holiday_region(self) -> str:
        return str(self.cleaned_data["holiday_region"]).strip().upper()


class UnitForm(forms.Form):
    """An organisation unit: where cost lands, and who approves for it."""

    name = forms.CharField(max_length=200)
    code = forms.CharField(label="Cost centre", max_length=40)
    parent = forms.ModelChoiceField(
        OrgUnit.objects.none(), label="Belongs to", required=False, empty_label="No unit: it stands at the top"
    )
    approver = forms.ModelChoiceField(
        Membership.objects.none(),
        required=False,
        empty_label="The one of the unit above",
        help_text="Is asked where a workflow asks the approver of the organisation unit.",
    )

    def __init__(self, *args: Any, unit: OrgUnit | None, **kwargs: Any) -> None:
        if unit is not None:
            kwargs["initial"] = {
                "name": unit.name,
                "code": unit.code,
                "parent": unit.parent_id,
                "approver": unit.approver_id,
            }
        super().__init__(*args, **kwargs)
        others = OrgUnit.objects.exclude(pk=unit.pk if unit else 0).order_by("code")
        staff = Membership.objects.filter(kind=Membership.Kind.STAFF, state=Membership.State.ACTIVE)
        self.fields["parent"].queryset = others  # type: ignore[attr-defined]
        self.fields["approver"].queryset = staff.select_related("user").order_by("user__name", "pk")  # type: ignore[attr-defined]


class IdentityProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """The company's OpenID Connect sign-in. The secret is written, never read back."""

    secret = forms.CharField(
        required=False,
        label="Client secret",
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Stored encrypted and never shown again. Leave it empty to keep the one that is there.",
    )
    domains = forms.CharField(
        label="Mail domains",
        help_text="Separated by spaces. Only addresses of these domains may sign in this way.",
    )

    class Meta:
        model = IdentityProvider
        fields = ["name", "issuer", "client_id", "is_enabled"]

    field_order = ["name", "issuer", "client_id", "secret", "domains", "is_enabled"]

    def clean_issuer(self) -> str:
        issuer: str = self.cleaned_data["issuer"]
        if problem := issuer_problem(issuer):
            raise forms.ValidationError(problem)
        return issuer

    def clean_domains(self) -> list[str]:
        domains = sorted({word.strip(",").lower() for word in self.cleaned_data["domains"].split()})
        wrong = [domain for domain in domains if "." not in domain or "@" in domain]
        if wrong:
            raise forms.ValidationError(f"“{wrong[0]}” is no mail domain. Write it like example.com.")
        shared = [domain for domain in domains if domain in SHARED_MAIL_DOMAINS]
        if shared:
            raise forms.ValidationError(f"{shared[0]} belongs to everybody, so no company can speak for it.")
        return domains


class PreferenceForm(forms.Form):
    """How a person hears of one kind of news."""

    in_app = forms.BooleanField(required=False, label="In the app")
    mail = forms.ChoiceField(
        choices=(("now", "At once"), ("daily", "Daily digest"), ("never", "No mail")), label="By mail"
    )


class EndMembershipForm(forms.Form):
    """Who takes over what somebody who leaves was answerable for."""

    successor = forms.ModelChoiceField(
        Membership.objects.none(),
        to_field_name="public_id",
        required=False,
        label="Who takes over",
        empty_label="Their manager, or the queue of what waits for a successor",
        help_text="Gets the guests, accesses, approvals, assignments and targets of the person who leaves.",
    )

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if member.kind != Membership.Kind.STAFF:
            del self.fields["successor"]
            return
        choices: Any = self.fields["successor"]
        choices.queryset = (
            Membership.objects.filter(kind=Membership.Kind.STAFF, state=Membership.State.ACTIVE)
            .exclude(pk=member.pk)
            .select_related("user")
            .order_by("user__name", "pk")
        )
        choices.initial = member.manager

"""What people fill in about programs, pages and workspaces."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from freelance_hub.access import Actor
from freelance_hub.inputs import DateInput, currency_choices, employees
from freelance_hub.models import LegalEntity, Membership, OrgUnit, Role
from programs.access import visible_programs
from programs.models import Budget, KnowledgePage, Program, Workspace
from programs.packs import Pack
from programs.services.messages import MAX_FILES
from programs.services.programs import months_later


class LaunchForm(forms.Form):
    """The few questions of a launch; the pack proposes the answers."""

    name = forms.CharField(max_length=120, help_text="As people will say it: “Design freelancers 2026”.")
    purpose = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Why this program exists and for whom, in a sentence or two.",
    )
    owner = forms.ModelChoiceField(Membership.objects.none(), help_text="Answers for the program.")
    legal_entity = forms.ModelChoiceField(LegalEntity.objects.none(), help_text="Signs the contracts and pays.")
    org_unit = forms.ModelChoiceField(
        OrgUnit.objects.none(),
        required=False,
        label="Cost centre",
        help_text="Where the cost lands.",
        empty_label="Each request names its own",
    )
    currency = forms.ChoiceField(choices=currency_choices)
    budget_amount = forms.DecimalField(label="Budget", min_value=0, max_digits=14, decimal_places=2)
    budget_starts_on = forms.DateField(label="First day of the period", widget=DateInput())
    budget_ends_on = forms.DateField(label="Last day of the period", widget=DateInput())
    approval_limit = forms.DecimalField(
        min_value=0,
        max_digits=14,
        decimal_places=2,
        label="Second approval above",
        help_text="Requests above this amount also need somebody who approves money. 0: all of them.",
    )

    def __init__(self, *args: Any, pack: Pack, actor: Actor, **kwargs: Any) -> None:
        today = timezone.localdate()
        entities = LegalEntity.objects.order_by("name")
        first = entities.first()
        proposal = {
            "owner": actor.membership_id,
            "legal_entity": first,
            "currency": first.currency if first else "EUR",
            "budget_amount": pack.budget,
            "budget_starts_on": today.replace(day=1),
            "budget_ends_on": months_later(today.replace(day=1), pack.budget_months) - timedelta(days=1),
            "approval_limit": pack.approval_limit,
        }
        kwargs["initial"] = {**proposal, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = employees()  # type: ignore[attr-defined]
        self.fields["legal_entity"].queryset = entities  # type: ignore[attr-defined]
        self.fields["org_unit"].queryset = OrgUnit.objects.order_by("code")  # type: ignore[attr-defined]


class BudgetForm(forms.Form):
    """What a program may spend in a period, and above which amount a second person approves."""

    amount = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, label="Budget")
    starts_on = forms.DateField(label="First day of the period", widget=DateInput())
    ends_on = forms.DateField(label="Last day of the period", widget=DateInput())
    approval_limit = forms.DecimalField(
        min_value=0,
        max_digits=14,
        decimal_places=2,
        label="Second approval above",
        help_text="Requests above this amount also need somebody who approves money. 0: all of them.",
    )

    @classmethod
    def proposal(cls, program: Program, budget: Budget | None, limit: Any) -> dict[str, Any]:
        """The budget as it is, or the year from today."""
        today = timezone.localdate()
        return {
            "amount": budget.amount if budget else None,
            "starts_on": budget.starts_on if budget else today,
            "ends_on": budget.ends_on if budget else months_later(today, 12) - timedelta(days=1),
            "approval_limit": limit,
        }


class PageForm(forms.Form):
    """The text of a knowledge page and who must read it."""

    title = forms.CharField(max_length=200)
    program = forms.ModelChoiceField(
        Program.objects.none(), required=False, label="Belongs to", empty_label="The whole company"
    )
    body = forms.CharField(
        label="Text",
        widget=forms.Textarea(attrs={"rows": 20}),
        help_text="Markdown: ## heading, **bold**, - list, > quotation, [words](https://…).",
    )
    required_roles = forms.MultipleChoiceField(
        required=False,
        label="Must be read by",
        widget=forms.CheckboxSelectMultiple,
        help_text="Everybody else may read it, too.",
    )
    review_on = forms.DateField(required=False, label="Look at it again on", widget=DateInput())
    is_minor = forms.BooleanField(
        required=False, label="A small correction: those who have read it need not read it again"
    )
    based_on = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Actor, page: KnowledgePage | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = Role.objects.filter(is_guest=False).order_by("name")
        self.fields["required_roles"].choices = list(roles.values_list("key", "name"))  # type: ignore[attr-defined]
        if page is None:
            del self.fields["is_minor"], self.fields["based_on"]
            programs = self.fields["program"]
            programs.queryset = visible_programs(actor).order_by("name")  # type: ignore[attr-defined]
            programs.required = actor.programs is not None
        else:
            del self.fields["program"]


class ReadForm(forms.Form):
    """Which version somebody says to have read."""

    version = forms.IntegerField(min_value=1)


class TickForm(forms.Form):
    """A line of the checklist: done, or not after all."""

    done = forms.BooleanField(required=False)


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; what each may be, the file rules of the platform say."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given if one]


class MessageForm(forms.Form):
    """Something to say in a room."""

    body = forms.CharField(
        required=False,
        label="Message",
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Write a message"}),
    )
    # A form class has an attribute of that name for type checkers only; Django takes the fields out of the class.
    files = FilesField(required=False, label="Files", help_text=f"Up to {MAX_FILES} files.")  # type: ignore[assignment]


class MemberForm(forms.Form):
    """Somebody who comes into a room or leaves it."""

    membership = forms.ModelChoiceField(
        Membership.objects.none(), to_field_name="public_id", label="Employee", empty_label="Choose somebody"
    )

    def __init__(self, *args: Any, workspace: Workspace, add: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if add:
            rows = employees().exclude(workspace_links__workspace=workspace)
        else:
            rows = Membership.objects.filter(workspace_links__workspace=workspace).select_related("user")
        self.fields["membership"].queryset = rows  # type: ignore[attr-defined]

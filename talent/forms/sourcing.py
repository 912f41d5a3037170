"""Input of requisitions and candidates."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from freelance_hub.access import Actor
from freelance_hub.inputs import DateInput, currency_choices
from freelance_hub.models import OrgUnit
from programs.access import visible_programs
from programs.models import Program
from talent.access import visible_freelancers
from talent.forms.people import SkillsField
from talent.models import Freelancer, Requisition

USUAL_DAYS = 90


class RequisitionForm(forms.Form):
    """What is needed, when, and what it may cost."""

    program = forms.ModelChoiceField(Program.objects.none(), empty_label="Choose a program")
    title = forms.CharField(max_length=160, help_text="The work in a few words: “Android payments SDK”.")
    description = forms.CharField(
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What is to be done, and what it should lead to. Markdown works.",
    )
    skills = SkillsField(
        label="Skills needed", help_text="Separated by commas: Kotlin, Payments. They find the people."
    )
    starts_on = forms.DateField(label="First day", widget=DateInput())
    ends_on = forms.DateField(label="Last day", widget=DateInput())
    budget = forms.DecimalField(
        min_value=0, max_digits=14, decimal_places=2, help_text="The most that may be spent, without tax."
    )
    currency = forms.ChoiceField(required=False, choices=lambda: [("", "The program's"), *currency_choices()])
    rate_min = forms.DecimalField(required=False, min_value=0, max_digits=10, decimal_places=2, label="Rate from")
    rate_max = forms.DecimalField(required=False, min_value=0, max_digits=10, decimal_places=2, label="Rate up to")
    rate_unit = forms.ChoiceField(choices=Requisition.RateUnit, label="Paid")
    org_unit = forms.ModelChoiceField(
        OrgUnit.objects.none(), required=False, label="Cost centre", empty_label="The program's"
    )

    def __init__(self, *args: Any, actor: Actor, requisition: Requisition | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = _initial(requisition) if requisition else _proposal()
        super().__init__(*args, **kwargs)
        programs = visible_programs(actor).exclude(state=Program.State.CLOSED).order_by("name")
        self.fields["program"].queryset = programs  # type: ignore[attr-defined]
        self.fields["org_unit"].queryset = OrgUnit.objects.order_by("code")  # type: ignore[attr-defined]

    def details(self) -> dict[str, Any]:
        """What the service is told; a currency left out is the program's."""
        told = dict(self.cleaned_data)
        told["currency"] = told["currency"] or told["program"].currency
        return told


def _proposal() -> dict[str, Any]:
    today = timezone.localdate()
    first = today + timedelta(days=14)
    return {"starts_on": first, "ends_on": first + timedelta(days=USUAL_DAYS)}


def _initial(requisition: Requisition) -> dict[str, Any]:
    fields = ("title", "description", "starts_on", "ends_on", "budget", "currency", "rate_min", "rate_max", "rate_unit")
    skills = requisition.skill_links.order_by("skill__name").values_list("skill__name", flat=True)
    return {
        **{field: getattr(requisition, field) for field in fields},
        "program": requisition.program_id,
        "org_unit": requisition.org_unit_id,
        "skills": list(skills),
    }


class ReasonForm(forms.Form):
    """Why something is held, cancelled or suspended."""

    reason = forms.CharField(
        max_length=400, widget=forms.Textarea(attrs={"rows": 3}), help_text="One sentence is enough."
    )


class CandidateForm(forms.Form):
    """Somebody to put forward."""

    freelancer = forms.ModelChoiceField(Freelancer.objects.none(), to_field_name="public_id")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["freelancer"].queryset = visible_freelancers(actor)  # type: ignore[attr-defined]


class DecideCandidateForm(forms.Form):
    """What becomes of a candidate of this requisition."""

    verdict = forms.ChoiceField(choices=[("shortlist", "Shortlist"), ("decline", "Decline")])

"""Input of engaging and ending."""

from typing import Any

from django import forms
from django.utils import timezone

from freelance_hub.access import Actor
from freelance_hub.formats import day_text, money_text
from freelance_hub.inputs import DateInput, employees
from freelance_hub.models import Membership
from talent.models import Amendment, Assignment, Freelancer, Requisition
from talent.services.requisitions import budget_left

REHIRE = [("", "Not decided"), ("yes", "Yes, gladly"), ("no", "No")]


class EngageForm(forms.Form):
    """The terms of an assignment, proposed from the requisition and the person."""

    title = forms.CharField(max_length=160)
    rate = forms.DecimalField(max_digits=10, decimal_places=2, min_value=0)
    budget = forms.DecimalField(max_digits=14, decimal_places=2, min_value=0)
    starts_on = forms.DateField(label="First day", widget=DateInput())
    ends_on = forms.DateField(label="Last day", widget=DateInput(), help_text="Access ends with this day.")
    manager = forms.ModelChoiceField(
        Membership.objects.none(), to_field_name="public_id", label="Manager", help_text="Accepts the work."
    )

    def __init__(
        self, *args: Any, requisition: Requisition, freelancer: Freelancer, actor: Actor, **kwargs: Any
    ) -> None:
        left = budget_left(requisition)
        kwargs["initial"] = _proposal(requisition, freelancer, actor, left)
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = employees()  # type: ignore[attr-defined]
        unit, currency = requisition.get_rate_unit_display(), requisition.currency
        self.fields["rate"].label = f"Rate {unit}, in {currency}"
        self.fields["rate"].help_text = _range_words(requisition)
        self.fields["budget"].label = f"Budget, in {currency}"
        self.fields["budget"].help_text = f"{money_text(left, currency)} of the request's budget is left."


def _proposal(requisition: Requisition, freelancer: Freelancer, actor: Actor, left: Any) -> dict[str, Any]:
    rate = None
    if actor.can("rate.see") and requisition.rate_unit == "hour" and freelancer.currency == requisition.currency:
        rate = freelancer.hourly_rate
    if rate is not None and requisition.rate_min is not None:
        rate = max(rate, requisition.rate_min)
    return {
        "title": requisition.title,
        "rate": rate,
        "budget": max(left, 0),
        "starts_on": max(requisition.starts_on, timezone.localdate()),
        "ends_on": requisition.ends_on,
        "manager": requisition.requested_by.public_id,
    }


def _range_words(requisition: Requisition) -> str:
    low, high, currency = requisition.rate_min, requisition.rate_max, requisition.currency
    if low is not None and high is not None:
        return f"Approved: {money_text(low, currency)} to {money_text(high, currency)}."
    if high is not None:
        return f"Approved: up to {money_text(high, currency)}."
    return f"Approved: from {money_text(low, currency)}." if low is not None else "Without tax."


class EndForm(forms.Form):
    """Why an assignment ends, and whether the person may return."""

    reason = forms.CharField(
        label="Why does it end?",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the file.",
    )
    rehire = forms.ChoiceField(choices=REHIRE, required=False, label="Would you engage them again?")

    def rehire_answer(self) -> bool | None:
        """Yes, no, or not decided."""
        return {"yes": True, "no": False}.get(self.cleaned_data["rehire"])


class AmendmentForm(forms.Form):
    """What changes in the terms of an assignment. A field left empty: that stays as it is."""

    ends_on = forms.DateField(label="New last day", widget=DateInput(), required=False)
    rate = forms.DecimalField(max_digits=10, decimal_places=2, min_value=0, required=False)
    budget = forms.DecimalField(max_digits=14, decimal_places=2, min_value=0, required=False)
    scope = forms.CharField(
        label="Added or changed work",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="A milestone, say, and when it counts as done. The freelancer reads this.",
    )
    reason = forms.CharField(
        label="Why?", max_length=400, widget=forms.Textarea(attrs={"rows": 2}), help_text="Approvers read this first."
    )

    def __init__(self, *args: Any, assignment: Assignment, amendment: Amendment | None = None, **kwargs: Any) -> None:
        names = ("ends_on", "rate", "budget", "scope", "reason")
        kwargs["initial"] = {name: getattr(amendment, name) for name in names} if amendment else {}
        super().__init__(*args, **kwargs)
        currency = assignment.currency
        unit = assignment.get_rate_unit_display()
        last_day = day_text(assignment.ends_on, today=timezone.localdate(), year=True)
        self.fields["ends_on"].help_text = f"Now {last_day}. Leave it empty to keep it."
        self.fields["rate"].label = f"New rate {unit}, in {currency}"
        self.fields["rate"].help_text = f"Now {money_text(assignment.rate, currency)}. For time from then on."
        self.fields["budget"].label = f"New whole budget, in {currency}"
        self.fields["budget"].help_text = f"Now {money_text(assignment.budget, currency)}, without tax."

    def hide_money(self) -> None:
        """Leave out rate and budget for who may not see them: what is not shown is not asked."""
        del self.fields["rate"], self.fields["budget"]

"""Forms of the inbox, of delegations and of runs."""

from typing import Any

from django import forms

from freelance_hub.access import Actor
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability


class DecisionForm(forms.Form):
    """What an approver says. The button pressed is the outcome."""

    outcome = forms.ChoiceField(
        choices=[("approved", "Approve"), ("changes", "Ask for changes"), ("rejected", "Reject")]
    )
    comment = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A rejection needs a reason; so does asking for changes.",
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)  # hash of what is shown


class TaskForm(forms.Form):
    """What somebody says on completing a task."""

    comment = forms.CharField(label="Note", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class DocumentForm(forms.Form):
    """A document that somebody was asked for."""

    file = forms.FileField(label="Document", help_text="PDF, picture or Office file; 25 MB at most.")
    comment = forms.CharField(label="Note", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


class ResolveForm(forms.Form):
    """What becomes of a step that needs attention."""

    how = forms.ChoiceField(
        label="What happened?",
        choices=[
            ("retry", "Try again"),
            ("done", "It did happen: mark it as done"),
            ("skip", "Go on without it"),
        ],
        widget=forms.RadioSelect,
        initial="retry",
    )
    reason = forms.CharField(
        required=False, max_length=400, help_text="Needed to mark as done or to go on without it; it goes into the log."
    )


class CancelForm(forms.Form):
    """Why a run ends before its time."""

    reason = forms.CharField(max_length=400)


class DelegationForm(forms.Form):
    """Who stands in for whom, from when to when, up to which amount."""

    giver = forms.ModelChoiceField(Membership.objects.none(), label="For whom", required=False, empty_label=None)
    taker = forms.ModelChoiceField(Membership.objects.none(), label="Who stands in")
    starts_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    ends_on = forms.DateField(
        label="To", widget=forms.DateInput(attrs={"type": "date"}), help_text="The last day, on their own calendar."
    )
    amount_limit = forms.DecimalField(label="Up to", required=False, max_digits=14, decimal_places=2)
    reason = forms.CharField(required=False, max_length=200, help_text="For example “On holiday”.")

    def __init__(self, *args: Any, actor: Actor, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = Membership.objects.filter(kind=Membership.Kind.STAFF, state=Membership.State.ACTIVE)
        staff = staff.select_related("user").order_by("user__name", "pk")
        givers = staff
        if not actor.can(Capability.PEOPLE_MANAGE):
            givers = staff.filter(pk=actor.membership_id or 0) | staff.filter(manager=actor.membership_id)
        self.fields["giver"].queryset = givers  # type: ignore[attr-defined]
        self.fields["giver"].initial = self.own = actor.membership_id or 0
        self.fields["taker"].queryset = staff  # type: ignore[attr-defined]
        self.fields["amount_limit"].help_text = f"In {currency}. Empty: whatever the amount."

    def clean_giver(self) -> Membership:
        """Nobody named is oneself."""
        return self.cleaned_data["giver"] or Membership.objects.get(pk=self.own)


class ReasonForm(forms.Form):
    """Why a run is held or a step skipped."""

    reason = forms.CharField(max_length=400)

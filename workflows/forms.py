"""Forms of the inbox and of runs."""

from django import forms


class DecisionForm(forms.Form):
    """What an approver says. The button pressed is the outcome."""

    outcome = forms.ChoiceField(choices=[("approved", "Approve"), ("rejected", "Reject")])
    comment = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A rejection needs a reason.",
    )


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

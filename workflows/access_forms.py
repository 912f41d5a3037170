"""Input of accesses, the catalogue and connections."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from freelance_hub.access import Actor
from freelance_hub.inputs import DateInput, employees
from freelance_hub.models import Membership
from programs.access import visible_programs
from programs.models import Program
from talent.access import visible_assignments
from talent.models import Assignment
from workflows.access import visible_resources
from workflows.connectors import base
from workflows.models import Connection, Drift, Resource

TWO_LINES = {"rows": 2}


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class GiveForm(forms.Form):
    """Which resource somebody gets, what for, who answers for it and how long."""

    resource = forms.ModelChoiceField(Resource.objects.none(), to_field_name="public_id", label="Access to")
    reason = forms.CharField(label="What is it needed for?", max_length=300, widget=forms.Textarea(attrs=TWO_LINES))
    sponsor = forms.ModelChoiceField(
        Membership.objects.none(),
        to_field_name="public_id",
        required=False,
        label="Who answers for it",
        empty_label="The assignment's manager",
        help_text="When they leave, the access is held back until somebody else answers for it.",
    )
    starts_on = forms.DateField(label="From", widget=DateInput(), required=False, help_text="Empty: at once.")
    ends_on = forms.DateField(
        label="Until", widget=DateInput(), required=False, help_text="With this day. Empty: as long as the assignment."
    )

    def __init__(self, *args: Any, assignment: Assignment, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = Q(program=assignment.program_id) | Q(program=None)
        offered = visible_resources(actor).filter(here, is_active=True)
        self.fields["resource"].queryset = offered.order_by("name")  # type: ignore[attr-defined]
        self.fields["sponsor"].queryset = employees()  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What `give_access` takes: the days as instants in the company's zone."""
        values = dict(self.cleaned_data)
        starts_on, ends_on = values.pop("starts_on"), values.pop("ends_on")
        values["starts_at"] = _midnight(starts_on) if starts_on and starts_on > timezone.localdate() else None
        values["ends_at"] = _midnight(ends_on + timedelta(days=1)) if ends_on else None
        return values


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="Why?", max_length=200, widget=forms.Textarea(attrs=TWO_LINES))


class ProofForm(forms.Form):
    """What somebody shows who has opened or closed an access by hand."""

    note = forms.CharField(
        label="What did you do?", required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )
    upload = forms.FileField(
        label="Proof", required=False, help_text="A picture or a file, instead of a note or beside it."
    )


class ResourceForm(forms.Form):
    """One entry of the catalogue."""

    name = forms.CharField(max_length=120)
    kind = forms.ChoiceField(choices=Resource.Kind, label="What it is")
    program = forms.ModelChoiceField(Program.objects.none(), required=False, empty_label="Every program")
    connection = forms.ModelChoiceField(
        Connection.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label="By hand: a task for its keeper",
        label="Opened and closed",
    )
    external_id = forms.CharField(
        max_length=200,
        required=False,
        label="Its id in the connected system",
        help_text="Of the team, group, licence or site. Not needed by hand.",
    )
    keeper = forms.ModelChoiceField(
        Membership.objects.none(),
        to_field_name="public_id",
        required=False,
        empty_label="The program team",
        help_text="Who does what is done by hand.",
    )
    open_help = forms.CharField(
        label="How it is opened", required=False, max_length=1000, widget=forms.Textarea(attrs=TWO_LINES)
    )
    close_help = forms.CharField(
        label="How it is closed", required=False, max_length=1000, widget=forms.Textarea(attrs=TWO_LINES)
    )
    is_given_to_all = forms.BooleanField(
        required=False,
        label="Everybody in the program gets it",
        help_text="With each new assignment. Running assignments stay as they are.",
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        program = self.fields["program"]
        program.queryset = visible_programs(actor).order_by("name")  # type: ignore[attr-defined]
        if actor.programs is not None:
            program.required = True
        self.fields["connection"].queryset = Connection.objects.order_by("name")  # type: ignore[attr-defined]
        self.fields["keeper"].queryset = employees()  # type: ignore[attr-defined]


class ConnectionForm(forms.Form):
    """A connection of one kind: its settings as the connector names them, its secret written and never read back."""

    name = forms.CharField(max_length=120, help_text="As colleagues know it.")
    is_active = forms.BooleanField(
        required=False, initial=True, label="In use", help_text="Switched off, nothing is opened or closed through it."
    )

    def __init__(self, *args: Any, kind: base.Kind, connection: Connection | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = [setting.name for setting in kind.settings]
        stored = connection.settings if connection else {}
        for setting in kind.settings:
            self.fields[setting.name] = forms.CharField(
                label=setting.label,
                help_text=setting.help,
                required=setting.is_required,
                initial=stored.get(setting.name, ""),
                max_length=500,
            )
        keep = " Leave it empty to keep the one that is there." if connection else ""
        self.fields["secret"] = forms.CharField(
            label=kind.secret_label or "Secret",
            help_text=f"{kind.secret_help} Stored encrypted and never shown again.{keep}".strip(),
            required=connection is None,
            max_length=4000,
            widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        )
        if connection is None:
            del self.fields["is_active"]
        self.order_fields(["name", *self.names, "secret", "is_active"])

    def values(self) -> dict[str, Any]:
        """What the services take."""
        values = dict(self.cleaned_data)
        values["settings"] = {name: values.pop(name) for name in self.names}
        return values


class DriftForm(forms.Form):
    """What becomes of somebody who was added or removed by hand."""

    how = forms.ChoiceField(label="What should happen?", widget=forms.RadioSelect)
    assignment = forms.ModelChoiceField(
        Assignment.objects.none(), to_field_name="number", required=False, label="For which assignment?"
    )
    reason = forms.CharField(
        label="Why?",
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs=TWO_LINES),
        help_text="Needed to take over, and to leave it as it is.",
    )

    def __init__(self, *args: Any, drift: Drift, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["how"].choices = HOW[drift.kind]  # type: ignore[attr-defined]
        if drift.kind == Drift.Kind.MISSING:
            del self.fields["assignment"]
            return
        running = visible_assignments(actor).filter(
            state__in=Assignment.OPENS_PORTAL, freelancer__membership__isnull=False
        )
        if drift.resource.program_id:
            running = running.filter(program=drift.resource.program_id)
        self.fields["assignment"].queryset = running.select_related("freelancer").order_by("-pk")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("how") == "adopt" and not values.get("assignment"):
            self.add_error("assignment", "Say for which assignment.")
        return values


HOW: dict[str, list[tuple[str, str]]] = {
    Drift.Kind.UNKNOWN: [
        ("adopt", "Take over: give the person a grant, which ends with the assignment"),
        ("remove", "Take the person out"),
        ("leave", "Leave it as it is"),
    ],
    Drift.Kind.MISSING: [
        ("open", "Let the person in again"),
        ("end", "The person stays out: end the grant"),
        ("leave", "Leave it as it is"),
    ],
}

"""Forms of definitions: what is around the steps, a new workflow, publishing."""

from collections.abc import Mapping
from typing import Any

from django import forms

from programs.models import Program
from workflows import wording
from workflows.askable import askable_facts
from workflows.builder_conditions import ConditionForm, event_field, read_into
from workflows.builder_forms import NOTHING, ROWS
from workflows.models import Step
from workflows.subjects import SubjectKind


class FrameForm(forms.Form):
    """What is around the steps: the title, what starts runs, what a failure leads to."""

    title = forms.CharField(max_length=120)
    on_failure = forms.ChoiceField(label="When a step fails for good", choices=Step.OnFailure.choices)
    event = forms.ChoiceField(required=False)
    button = forms.CharField(
        label="Button on the page", required=False, max_length=60, help_text="Its words; empty: no button."
    )
    api = forms.BooleanField(label="May be started over the API", required=False)
    every = forms.ChoiceField(
        label="On a schedule",
        required=False,
        choices=[
            ("", "No"),
            ("day", "Every day"),
            ("working_day", "Every working day"),
            ("week", "Every week"),
            ("month", "Every month"),
            ("quarter", "Every quarter"),
        ],
    )

    def __init__(
        self,
        *args: Any,
        graph: Mapping[str, Any],
        title: str,
        subject: SubjectKind,
        is_strict: bool = True,
        **kwargs: Any,
    ) -> None:
        triggers = graph.get("triggers") or {}
        schedule = triggers.get("schedule") or {}
        kwargs["initial"] = {
            "title": title,
            "event": triggers.get("event", ""),
            "button": triggers.get("button", ""),
            "api": triggers.get("api", False),
            "on_failure": graph.get("on_failure") or Step.OnFailure.ATTENTION,
            "every": schedule.get("every", ""),
        }
        super().__init__(*args, **kwargs)
        self.fields["event"] = event_field(subject, triggers.get("event", ""))
        if self.data.get("every") if self.is_bound else schedule.get("every"):
            self._add_schedule(schedule, subject)
        self.conditions = ConditionForm(
            self.data if self.is_bound else None,
            condition=triggers.get("when") or {},
            askable=askable_facts(subject),
            is_strict=is_strict,
        )

    def _add_schedule(self, schedule: Mapping[str, Any], subject: SubjectKind) -> None:
        each = [NOTHING, *((name, wording.name(name).capitalize()) for name in subject.selections)]
        words = "A weekday such as monday, a day of the month, or last."
        self.fields["on"] = forms.CharField(
            label="On", required=False, max_length=10, help_text=words, initial=schedule.get("on", "")
        )
        self.fields["at"] = forms.CharField(
            label="At", required=False, max_length=5, help_text="A time such as 07:00.", initial=schedule.get("at", "")
        )
        self.fields["each"] = forms.ChoiceField(
            label="For each",
            choices=each,
            required=False,
            help_text=f"Which {subject.noun}s it is started about.",
            initial=schedule.get("each", ""),
        )

    @property
    def rest(self) -> list[forms.BoundField]:
        """The fields that stand in no row."""
        return [self[name] for name in self.fields if not name.startswith(ROWS)]

    def triggers(self) -> dict[str, Any]:
        """As the graph keeps them."""
        said = self.cleaned_data
        found: dict[str, Any] = {"event": said["event"], "button": said["button"].strip(), "api": said["api"]}
        found["when"] = self.conditions.condition()
        if said["every"]:
            on = (said.get("on") or "").strip().lower()
            parts = {
                "every": said["every"],
                "on": int(on) if on.isdigit() else on,
                "at": said.get("at") or "07:00",
                "each": said.get("each") or "",
            }
            found["schedule"] = {name: value for name, value in parts.items() if value != ""}
        return found

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        read_into(self, self.conditions)
        return values


class NewDefinitionForm(forms.Form):
    """A new workflow: for which program, about what, beginning with what."""

    title = forms.CharField(max_length=120, help_text="For example: Order a laptop.")
    program = forms.ModelChoiceField(Program.objects.none(), required=False, empty_label="All programs")
    source = forms.ChoiceField(label="Begin with", required=False)
    subject_type = forms.ChoiceField(
        label="About", required=False, help_text="What a run is about. A copy is about the same as its model."
    )


class PublishForm(forms.Form):
    """What is new."""

    note = forms.CharField(
        label="What is new", max_length=300, help_text="One sentence for those who compare versions."
    )

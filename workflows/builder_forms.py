"""The form of one step in the builder: which fields it has, its kind says."""

import inspect
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from freelance_hub.permissions import SYSTEM_ROLES, Capability
from workflows import builder_rows, wording
from workflows.actions.registry import find, registered
from workflows.askable import askable_facts, fact_label
from workflows.builder_conditions import ConditionForm, event_field, read_into
from workflows.condition_tree import as_text
from workflows.graph import StepSpec, fact_types
from workflows.models import Step
from workflows.subjects import KNOWN, SubjectKind

Kind = Step.Kind
NOTHING = ("", "–")
MODES = [
    ("any", "One of them decides"),
    ("all", "All of them approve"),
    ("quorum", "A number of them approve"),
]
WAITS = [
    ("delay", "A while"),
    ("working_days", "Working days"),
    ("date", "Until a date"),
    ("event", "Until something happens"),
]
TYPES: dict[Any, type[forms.Field]] = {
    str: forms.CharField,
    int: forms.IntegerField,
    float: forms.FloatField,
    Decimal: forms.DecimalField,
    bool: forms.BooleanField,
}
SHORTEST_HOURS = 0.01
ROWS = ("after_", "field_")
# What decides which other fields there are: a change shows the form anew.
SHAPING = ("action", "mode", "wait", "every")
SHAPING_PARTS = ("_step", "_type", "_label", "_fact", "_is", "_other")


def enliven(form: forms.Form, address: str) -> None:
    """Fields whose answer changes the form ask for the whole builder; the others only save."""
    for one in (form, getattr(form, "conditions", None)):
        for name, field in one.fields.items() if one is not None else ():
            if name in SHAPING or (name.startswith((*ROWS, "if_")) and name.endswith(SHAPING_PARTS)):
                # The pause lets somebody who chooses by keyboard come to the end of the word.
                trigger = "change delay:250ms consume" if name.startswith("if_") else "change consume"
                field.widget.attrs |= {"hx-post": address, "hx-target": "#builder", "hx-trigger": trigger}


def actions_for(subject_type: str) -> list[tuple[str, str]]:
    """(name, title) of the actions that work on the subject."""
    return [(one.name, one.title) for one in registered() if one.on in ("", subject_type)]


class StepForm(forms.Form):
    """One step of a draft. Which fields it has, its kind says."""

    title = forms.CharField(max_length=160, help_text="What happens here, as people should read it.")

    def __init__(
        self,
        *args: Any,
        step: Mapping[str, Any],
        graph: Mapping[str, Any],
        subject: SubjectKind,
        workflows: Sequence[tuple[str, str]],
        is_strict: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_strict = is_strict
        self.raw, self.spec, self.subject = step, wording.step_of(step), subject
        self.specs = wording.steps_of(graph)
        self.types = fact_types(self.specs, subject)
        self.workflows = workflows
        self.conditions: ConditionForm | None = None
        self.asked: builder_rows.Rows | None = None
        self.fields["title"].initial = self.spec.title
        self._add_after()
        add = {
            Kind.AUTOMATION: self._add_automation,
            Kind.DECISION: self._add_decision,
            Kind.WAIT: self._add_wait,
            Kind.WORKFLOW: self._add_workflow,
        }.get(self.spec.kind, self._add_people)  # type: ignore[call-overload]  # kinds are text in the data
        add()
        self._add_common()

    def _put(self, name: str, field: forms.Field, initial: Any) -> None:
        field.initial = initial
        self.fields[name] = field

    def _add_after(self) -> None:
        """One row for each parent, and one to add another."""
        number = builder_rows.number_of_rows(self.data if self.is_bound else None, "after", len(self.spec.after))
        self.after = builder_rows.Rows(self, "after", ("step",), number)
        groups: list[Any] = [NOTHING]
        for spec in self.specs:
            if spec.key != self.spec.key:
                groups += [(spec.title, [(spec.key, f"{spec.title}, whatever its end"), *_outcomes(spec)])]
        for row in range(number):
            label = "Comes after" if row == 0 else "And after"
            said = ":".join(part for part in self.spec.after[row] if part) if row < len(self.spec.after) else ""
            self._put(
                self.after.name(row, "step"), forms.ChoiceField(label=label, choices=groups, required=False), said
            )

    def _add_people(self) -> None:
        spec = self.spec
        people = [
            (f"person:{name}", wording.PEOPLE.get(name, wording.name(name)).capitalize())
            for name in self.subject.people
        ]
        rights = [(f"capability:{one.value}", str(one.label).rstrip(".")) for one in _staff_rights()]
        choices = [NOTHING, ("One person", people), ("Whoever may", rights)]
        who = next((f"{kind}:{name}" for kind, name in spec.who.items()), "")
        self._put("who", forms.ChoiceField(label="Who is asked", choices=choices, required=False), who)
        text = forms.Textarea(attrs={"rows": 3})
        self._put(
            "help", forms.CharField(label="What to tell them", max_length=2000, required=False, widget=text), spec.help
        )
        if spec.kind == Kind.APPROVAL:
            self._put("mode", forms.ChoiceField(label="Who has to approve", choices=MODES), spec.mode)
            if self._chosen("mode", spec.mode) == "quorum":
                number = forms.IntegerField(label="How many", min_value=1, max_value=100, required=False)
                self._put("quorum", number, spec.quorum)
            self._add_material()
        if spec.kind == Kind.FORM:
            self.asked = builder_rows.add_fields(self, list(spec.fields))
        self._put(
            "term_hours", _hours("Term in hours", "After this they are late, and somebody is told."), spec.term_hours
        )

    def _add_material(self) -> None:
        """What the decision is tied to; and where money is part of it, how much it may grow."""
        fields = self.subject.material
        if fields:
            choices = [(name, one.label) for name, one in fields.items()]
            words = "When one of these changes later, the approval no longer counts and is asked for again."
            boxes = forms.MultipleChoiceField(
                label="Decides about",
                choices=choices,
                help_text=words,
                widget=forms.CheckboxSelectMultiple,
                error_messages={"required": "Choose at least one: an approval is about something."},
            )
            known = [name for name in self.spec.material if name in fields]
            self._put("material", boxes, known or list(fields))
        if any(one.is_amount for one in fields.values()) or self.spec.tolerance_percent is not None:
            tolerance = forms.FloatField(
                label="Tolerance in %",
                min_value=0,
                max_value=100,
                required=False,
                help_text="An amount that grows by no more than this keeps the approval.",
            )
            self._put("tolerance_percent", tolerance, self.spec.tolerance_percent)

    def _add_automation(self) -> None:
        actions = [NOTHING, *actions_for(self.subject.label)]
        self._put("action", forms.ChoiceField(label="What it does", choices=actions, required=False), self.spec.action)
        self.parameters = _parameters(self._chosen_action())
        for one in self.parameters.values():
            name, field = f"param_{one.name}", _field_of(one)
            given = self.spec.params.get(one.name, None if one.default is one.empty else one.default)
            self._put(name, field, as_text(given) if isinstance(given, list) else given)
        self._put("undo", forms.ChoiceField(label="Undone by", choices=actions, required=False), self.spec.undo)
        failure = [NOTHING, *Step.OnFailure.choices]
        self._put(
            "on_failure",
            forms.ChoiceField(label="When it fails for good", choices=failure, required=False),
            self.spec.on_failure,
        )
        self._put(
            "max_attempts",
            forms.IntegerField(label="Attempts", min_value=1, max_value=100, required=False),
            self.spec.max_attempts,
        )

    def _chosen_action(self) -> str:
        """The action whose parameters are asked: the one just chosen, when it is one."""
        name = self.data.get("action", "") if self.is_bound else self.spec.action
        return name if name in dict(actions_for(self.subject.label)) else ""

    def _add_decision(self) -> None:
        self.conditions = ConditionForm(
            self.data if self.is_bound else None,
            condition=self.spec.condition,
            askable=askable_facts(self.subject, self.specs),
            is_strict=self.is_strict,
        )

    def _add_wait(self) -> None:
        spec, until = self.spec, self.spec.until
        stored = next((name for name in ("date", "event", "working_days") if name in until), "delay")
        self._put("wait", forms.ChoiceField(label="For how long", choices=WAITS), stored)
        match self._chosen("wait", stored):
            case "date":
                known = [(name, self.named(name)) for name, kind in self.types.items() if kind in ("", "date")]
                date = forms.ChoiceField(label="Date", choices=[NOTHING, *known], required=False)
                self._put("date", date, until.get("date", ""))
                words = "Days later; before the date, with a minus."
                shift = forms.IntegerField(label="Days", required=False, help_text=words)
                self._put("offset_days", shift, until.get("offset_days"))
                time = forms.CharField(label="At", required=False, max_length=5, help_text="A time such as 09:00.")
                self._put("at", time, until.get("at"))
            case "event":
                event = event_field(self.subject, until.get("event", ""), of_others=True)
                self._put("event", event, until.get("event", ""))
            case "working_days":
                days = forms.IntegerField(label="Working days", min_value=1, max_value=500, required=False)
                self._put("working_days", days, until.get("working_days"))
            case _:
                self._put("delay_hours", _hours("Hours"), spec.delay_hours)

    def _chosen(self, name: str, stored: str) -> str:
        """What a field that shapes the form says: as just sent, else as stored."""
        return str(self.data.get(name, stored)) if self.is_bound else stored

    def named(self, fact: str) -> str:
        """A fact for people: its label, or step and field of a form."""
        return fact_label(fact, self.subject, self.specs)

    def _add_workflow(self) -> None:
        choices = [NOTHING, *self.workflows]
        self._put(
            "workflow", forms.ChoiceField(label="Which workflow", choices=choices, required=False), self.spec.workflow
        )

    def _add_common(self) -> None:
        spec = self.spec
        if spec.kind == Kind.AUTOMATION or spec.kind in Step.FOR_PEOPLE:
            words = "After this nobody is waited for any more, and nothing is tried again."
            self._put("time_limit_hours", _hours("Ends after hours", words), spec.time_limit_hours)
        facts = [
            NOTHING,
            *((name, self.named(name)) for name in self.subject.facts if self.types[name] in ("", "yes/no")),
        ]
        if spec.kind == Kind.FORM:
            facts.append((f"{spec.key}.{KNOWN}", "Its answers are known when the workflow starts"))
        words = "The step is skipped when this is true, and ends by itself when it comes true."
        self._put(
            "skip_when",
            forms.ChoiceField(label="Not needed when", choices=facts, required=False, help_text=words),
            spec.skip_when,
        )

    @property
    def rest(self) -> list[forms.BoundField]:
        """The fields that stand in no row, without the title and what stands beside each other."""
        apart = ("title", "material", "tolerance_percent")
        return [self[name] for name in self.fields if name not in apart and not name.startswith(ROWS)]

    @property
    def about(self) -> list[forms.BoundField]:
        """What an approval decides about, and the tolerance beside it."""
        return [self[name] for name in ("material", "tolerance_percent") if name in self.fields]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.conditions is not None and read_into(self, self.conditions):
            values["condition"] = self.conditions.condition()
        return values

    def step(self) -> dict[str, Any]:
        """The step as it stands in the draft."""
        said = self.cleaned_data
        plain = ("title", "help", "action", "undo", "on_failure", "workflow", "skip_when", "mode", "condition")
        numbers = ("term_hours", "time_limit_hours", "quorum", "tolerance_percent", "max_attempts")
        step: dict[str, Any] = {name: said[name] for name in (*plain, *numbers) if said.get(name) not in (None, "", {})}
        step["kind"] = self.spec.kind
        step["after"] = list(dict.fromkeys(one["step"] for one in self.after.values() if one["step"]))
        if said.get("who"):
            kind, _, name = said["who"].partition(":")
            step["who"] = {kind: name}
        if self.asked is not None:
            step["fields"] = builder_rows.read_fields(self.asked)
        if self.spec.kind == Kind.AUTOMATION:
            step["params"] = self._params()
        if self.spec.kind == Kind.WAIT:
            step |= self._wait()
        if step.get("mode") != "quorum":
            step.pop("quorum", None)
        chosen = said.get("material", self.spec.material)
        if len(chosen) < len(self.subject.material):  # all of them: also those that a later release adds
            step["material"] = list(chosen)
        return step

    def _params(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in self.parameters.values():
            value = self.cleaned_data.get(f"param_{one.name}")
            if one.annotation is bool:
                found[one.name] = bool(value)
            elif value not in (None, ""):
                found[one.name] = _as_data(one, value)
        return found

    def _wait(self) -> dict[str, Any]:
        said = self.cleaned_data
        match said.get("wait"):
            case "date":
                parts = {"date": said.get("date"), "offset_days": said.get("offset_days"), "at": said.get("at")}
            case "event":
                parts = {"event": said.get("event")}
            case "working_days":
                parts = {"working_days": said.get("working_days")}
            case _:
                return {"delay_hours": said["delay_hours"]} if said.get("delay_hours") else {}
        return {"until": {name: value for name, value in parts.items() if value not in (None, "")}}


def _outcomes(spec: StepSpec) -> list[tuple[str, str]]:
    return [
        (f"{spec.key}:{one}", f"{spec.title}: {wording.OUTCOME_WORDS.get(one, one)}") for one in sorted(spec.outcomes)
    ]


def _staff_rights() -> list[Capability]:
    """Rights that employees can have; those of guests only are no use to ask for."""
    held = {right for role in SYSTEM_ROLES.values() if not role.is_guest for right in role.capabilities}
    return [right for right in Capability if right in held]


def _hours(label: str, help_text: str = "") -> forms.FloatField:
    return forms.FloatField(
        label=label, help_text=help_text, min_value=SHORTEST_HOURS, max_value=24 * 366 * 5, required=False
    )


def _parameters(action: str) -> dict[str, inspect.Parameter]:
    if not action:
        return {}
    found = inspect.signature(find(action).run).parameters.values()
    return {one.name: one for one in found if one.kind is one.KEYWORD_ONLY}


def _field_of(one: inspect.Parameter) -> forms.Field:
    """The input of one parameter by its type. Empty is allowed in a draft; lint says what is missing."""
    label = wording.name(one.name).capitalize()
    help_text = "Needed." if one.default is one.empty else ""
    if one.annotation is list or getattr(one.annotation, "__origin__", None) is list:
        return forms.CharField(
            label=label, required=False, max_length=2000, help_text=f"{help_text} Several with commas.".strip()
        )
    return TYPES.get(one.annotation, forms.CharField)(label=label, required=False, help_text=help_text)


def _as_data(one: inspect.Parameter, value: Any) -> Any:
    if one.annotation is list or getattr(one.annotation, "__origin__", None) is list:
        return [part.strip() for part in str(value).split(",") if part.strip()]
    return str(value) if isinstance(value, Decimal) else value


__all__ = ["StepForm", "actions_for", "enliven"]

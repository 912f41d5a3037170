"""The condition editor of the builder: comparisons in nested groups as one form, beside the other fields of a step.

A button that sends `reshape` adds or removes a part first. What is not finished stays in the draft; lint says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html

from workflows import wording
from workflows.askable import Askable
from workflows.condition_tree import NEGATED, ROOT, Group, Row, is_date, read_value, reshape, sent, unfold
from workflows.conditions import AMONG, FITTING, IS_EMPTY, OPERATORS, facts_in
from workflows.facts import ANY, DATE, NUMBER, YES_NO
from workflows.subjects import SubjectKind, event_words

JOINTS = {
    "all": "All of these hold",
    "any": "At least one of these holds",
    "not_any": "None of these holds",
    "not_all": "Not all of these hold",
}
NEST_TO = 4  # levels that are offered; deeper ones are shown all the same
NOTHING = ("", "–")
UNSEEN = '<span class="visually-hidden">{}</span>'
UNFINISHED = "Say with what it is compared, or remove the row."


@dataclass(frozen=True)
class Shown:
    """One part for the template: a group with `parts`, or a row with `fields` and `words` about what is wrong."""

    path: str
    label: str
    joint: forms.BoundField | None = None
    parts: Sequence["Shown"] = ()
    may_nest: bool = False
    may_remove: bool = True
    fields: Sequence[forms.BoundField] = ()
    words: str = ""


class ConditionForm(forms.Form):
    """A condition. `condition()` is what it says, once it is valid; `is_strict` refuses what is not finished."""

    def __init__(
        self,
        data: Any = None,
        *,
        condition: Mapping[str, Any],
        askable: Mapping[str, Askable],
        is_strict: bool = True,
    ) -> None:
        gone = [name for name in facts_in(condition) if name not in askable]
        self.askable = {**askable, **{name: Askable(wording.name(name).capitalize()) for name in gone}}
        self.is_strict, self._said = is_strict, dict(condition)
        found = sent(data) if data is not None else None
        self.tree = unfold(condition) if found is None else found
        self.focus = reshape(self.tree, str(data.get("reshape", ""))) if data is not None and found else ""
        self._flat: MultiValueDict[str, str] = MultiValueDict()
        self._settle(self.tree, ROOT)
        super().__init__(self._flat if found is not None else None, initial=self._initial())
        self._add(self.tree, ROOT)
        self.put_focus(self.focus)

    def _initial(self) -> dict[str, Any]:
        return {
            name: self._flat.getlist(name) if self._is_several(name) else self._flat.get(name, "")
            for name in self._flat
        }

    def _is_several(self, name: str) -> bool:
        stem, _, part = name.rpartition("_")
        asked = self.askable.get(self._flat.get(f"{stem}_fact", ""))
        return part == "than" and bool(asked and asked.choices) and self._flat.get(f"{stem}_is") in AMONG

    def _settle(self, part: Row | Group, path: str) -> None:
        """Let the fields of a row follow its fact, and write all of them down as a form sends them."""
        if isinstance(part, Group):
            self._flat[f"if_{path}_joint"] = part.joint
            for number, one in enumerate(part.parts):
                self._settle(one, f"{path}-{number}")
            return
        asked = self.askable.get(part.fact, Askable(""))
        if part.operator not in FITTING[asked.type]:
            part.operator = FITTING[asked.type][0]
        if part.fact != part.was:
            part.than = part.than if _fits(part, asked) else []
            part.other = part.other if part.other in self._comparable(part) else ""
            part.was = part.fact
        said = {"fact": part.fact, "was": part.was, "is": part.operator, "other": part.other}
        for name, value in said.items():
            self._flat[f"if_{path}_{name}"] = value
        several = asked.choices and part.operator in AMONG
        values = part.than if several else [", ".join(part.than)] if part.operator in AMONG else part.than[:1]
        self._flat.setlist(f"if_{path}_than", values)

    def _comparable(self, row: Row) -> list[str]:
        """The other facts whose type is the same."""
        kind = self.askable[row.fact].type if row.fact in self.askable else ANY
        if kind in (ANY, YES_NO) or row.operator in AMONG:
            return []
        return [name for name, one in self.askable.items() if name != row.fact and one.type == kind]

    def _facts(self, names: Sequence[str]) -> list[Any]:
        """Choices of facts, in their groups."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for name in names:
            groups.setdefault(self.askable[name].group, []).append((name, self.askable[name].label))
        return [choice for group, found in groups.items() for choice in ([(group, found)] if group else found)]

    def _add(self, part: Row | Group, path: str) -> None:
        if isinstance(part, Group):
            choices = list(JOINTS.items())
            label = format_html(UNSEEN, "How they count") if path == ROOT else f"Group {_number(path)}"
            self.fields[f"if_{path}_joint"] = forms.ChoiceField(label=label, choices=choices)
            for number, one in enumerate(part.parts):
                self._add(one, f"{path}-{number}")
            return
        asked = self.askable.get(part.fact, Askable(""))
        before = format_html(UNSEEN, f"Condition {_number(path)}: ")

        def put(name: str, made: forms.Field, words: str) -> None:
            made.label = format_html("{}{}", before, words)
            self.fields[f"if_{path}_{name}"] = made

        facts = [NOTHING, *self._facts(list(self.askable))]
        put("fact", forms.ChoiceField(choices=facts, required=False), "Fact")
        put("was", forms.CharField(required=False, widget=forms.HiddenInput), "Fact before")
        fitting = [(one, wording.OPERATOR_WORDS.get(one, one)) for one in OPERATORS if one in FITTING[asked.type]]
        put("is", forms.ChoiceField(choices=fitting, required=False), "Comparison")
        if part.operator == IS_EMPTY:
            return
        others = self._comparable(part)
        if part.other in self.askable and part.other not in others:
            others.append(part.other)
        if others:
            choices = [("", "A value"), *self._facts(others)]
            put("other", forms.ChoiceField(choices=choices, required=False), "With")
        if not part.other:
            value = _value_field(asked, part)
            value.widget.attrs["aria-describedby"] = f"if-{path}-words"
            put("than", value, "Value")

    def put_focus(self, path: str) -> None:
        """Where somebody goes on after a part was added or removed."""
        for name in (f"if_{path}_fact", f"if_{path}_joint"):
            if name in self.fields:
                self.fields[name].widget.attrs["autofocus"] = True
                return

    @property
    def shown(self) -> Shown:
        """The whole tree for the template."""
        return self._shown(self.tree, ROOT)

    @property
    def rows(self) -> list[Shown]:
        """Its rows alone: to renew what is said about each."""
        return [one for one in _walk(self.shown) if one.joint is None]

    def _shown(self, part: Row | Group, path: str) -> Shown:
        if isinstance(part, Group):
            parts = [self._shown(one, f"{path}-{number}") for number, one in enumerate(part.parts)]
            return Shown(
                path, _number(path), self[f"if_{path}_joint"], parts, path.count("-") < NEST_TO - 1, path != ROOT
            )
        names = [f"if_{path}_{name}" for name in ("fact", "is", "other", "than", "was")]
        words = " ".join(str(error) for name in names for error in self.errors.get(name, ())) if self.is_bound else ""
        return Shown(path, _number(path), fields=[self[name] for name in names if name in self.fields], words=words)

    def clean(self) -> dict[str, Any]:
        self._said = self._fold(self.tree, ROOT)
        return super().clean() or {}

    def condition(self) -> dict[str, Any]:
        """As the draft keeps it; nothing when nothing is asked. What was stored, when the form says nothing about it."""
        if not self.is_bound:
            return self._said
        only = self.tree.parts[0] if len(self.tree.parts) == 1 else None
        if not self.tree.parts or (isinstance(only, Row) and only.is_blank):
            return {}
        if isinstance(only, Row) and self.tree.joint == "all":
            return dict(self._said["all"][0])
        return self._said

    def _fold(self, part: Row | Group, path: str) -> dict[str, Any]:
        if isinstance(part, Row):
            return self._comparison(part, path)
        parts = [self._fold(one, f"{path}-{number}") for number, one in enumerate(part.parts)]
        if not part.joint.startswith(NEGATED):
            return {part.joint: parts}
        is_plain = len(part.parts) == 1 and isinstance(part.parts[0], Row)
        return {"not": parts[0] if is_plain else {part.joint.removeprefix(NEGATED): parts}}

    def _comparison(self, row: Row, path: str) -> dict[str, Any]:
        said: dict[str, Any] = {"fact": row.fact, "is": row.operator}
        if not row.fact or row.operator == IS_EMPTY:
            if (
                self.is_strict
                and not row.fact
                and (path != f"{ROOT}-0" or len(self.tree.parts) > 1 or not row.is_blank)
            ):
                self.add_error(f"if_{path}_fact", "Choose a fact, or remove the row.")
            return said
        if row.other:
            return {**said, "than": {"fact": row.other}}
        try:
            asked = self.askable.get(row.fact, Askable(""))
            than = read_value(row, asked.type, is_chosen=bool(asked.choices))
        except ValueError as error:
            self.add_error(f"if_{path}_than", str(error))
            return said
        if than in ("", []):
            if self.is_strict:
                self.add_error(f"if_{path}_than", UNFINISHED)
            return said
        return {**said, "than": than}


def _walk(shown: Shown) -> list[Shown]:
    return [shown, *(one for part in shown.parts for one in _walk(part))]


def _number(path: str) -> str:
    """The place as people count: the second part of the first group is 1.2."""
    return ".".join(str(int(number) + 1) for number in path.split("-")[1:])


def _value_field(asked: Askable, row: Row) -> forms.Field:
    """The input of a value by the type of the fact; text where what was typed must stay as it is."""
    if asked.choices or asked.type == YES_NO:
        choices = list(asked.choices) or [("yes", "Yes"), ("no", "No")]
        choices += [(one, one) for one in row.than if one not in dict(choices)]
        if row.operator in AMONG:
            return forms.MultipleChoiceField(choices=choices, required=False, widget=forms.CheckboxSelectMultiple)
        return forms.ChoiceField(choices=[NOTHING, *choices], required=False)
    if row.operator in AMONG:
        return forms.CharField(required=False, max_length=200, help_text="Several with commas.")
    widget: forms.TextInput = forms.TextInput()
    if asked.type == DATE and (not row.than or is_date(row.than[0])):
        widget = forms.TextInput(attrs={"type": "date"})
    elif asked.type == NUMBER:
        widget = forms.TextInput(attrs={"inputmode": "decimal"})
    return forms.CharField(required=False, max_length=200, widget=widget)


def _fits(row: Row, asked: Askable) -> bool:
    """Whether what was said about another fact says something about this one."""
    if asked.choices:
        return all(one in dict(asked.choices) for one in row.than)
    try:
        read_value(row, asked.type, is_chosen=False)
    except ValueError:
        return not row.was  # typed together with the fact: it stays, with what is wrong
    return True


def read_into(form: forms.Form, conditions: ConditionForm) -> bool:
    """Whether the condition of a form can be kept; else the form says that it cannot, and the row says why."""
    if not conditions.is_bound or conditions.is_valid():
        return True
    for row in conditions.rows:
        if row.words:
            form.add_error(None, f"Condition {row.label}: {row.words}")
    if form.is_bound and not form.errors:
        form.add_error(None, "The condition cannot be read. Reload the page and try again.")
    return False


def event_field(subject: SubjectKind, stored: str, *, of_others: bool = False) -> forms.ChoiceField:
    """A choice of what can happen to the subject, in words; `of_others`: also to things that name it. What is stored stays."""
    own = list(subject.events.items())
    others = [pair for pair in subject.events_naming.items() if pair[0] not in subject.events] if of_others else []
    choices: list[Any] = [NOTHING, *((event, f"When {words}") for event, words in own)]
    choices += [(event, f"When {words}") for event, words in others]
    if stored and stored not in dict(own + others):
        choices.append((stored, f"When {event_words(stored)}"))
    return forms.ChoiceField(label="Event", choices=choices, required=False)

"""Rows of the builder's forms: conditions as fact, comparison and value; fields of a form; each with one empty row more."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from workflows import wording
from workflows.conditions import OPERATORS

LISTS = ("in", "not_in")
ALONE = ("is_empty",)
FIELD_TYPES = {
    "text": "Text",
    "long_text": "Long text",
    "number": "Number",
    "date": "Date",
    "yes_no": "Yes or no",
    "choice": "One of several",
    "email": "E-mail address",
    "url": "Web address",
}
Choices = list[tuple[str, str]]


class Rows:
    """Rows of fields inside a form, named `<prefix>_<number>_<part>`; `bound` gives them to the template."""

    def __init__(self, form: forms.Form, prefix: str, parts: tuple[str, ...], number: int) -> None:
        self.form, self.prefix, self.parts, self.number = form, prefix, parts, number

    def name(self, row: int, part: str) -> str:
        return f"{self.prefix}_{row}_{part}"

    @property
    def bound(self) -> list[list[forms.BoundField]]:
        return [[self.form[self.name(row, part)] for part in self.parts] for row in range(self.number)]

    def values(self) -> list[dict[str, Any]]:
        """What was said in each row."""
        said = self.form.cleaned_data
        return [{part: said.get(self.name(row, part)) for part in self.parts} for row in range(self.number)]


def number_of_rows(data: Mapping[str, Any] | None, prefix: str, stored: int) -> int:
    """As many as were sent, else as are stored and one empty."""
    if not data:
        return stored + 1
    sent = [
        int(part[1])
        for name in data
        if name.startswith(f"{prefix}_") and (part := name.split("_"))[1:2] and part[1].isdigit()
    ]
    return min(max(sent, default=-1) + 1, 60) or stored + 1


# Conditions


def flat(condition: Mapping[str, Any]) -> tuple[str, list[Mapping[str, Any]]] | None:
    """(all or any, comparisons) of a condition that rows can show; None for one that is nested deeper."""
    if not condition:
        return "all", []
    if "fact" in condition:
        return "all", [condition]
    for word in ("all", "any"):
        parts = condition.get(word)
        if isinstance(parts, list) and all(isinstance(part, Mapping) and "fact" in part for part in parts):
            return word, parts
    return None


def add_condition(form: forms.Form, condition: Mapping[str, Any], names: Mapping[str, str]) -> Rows:
    """Put the fields of a flat condition into the form. `names`: each fact that may be asked, as people call it."""
    word, parts = flat(condition) or ("all", [])
    number = number_of_rows(form.data if form.is_bound else None, "if", len(parts))
    joints = [("all", "All of them hold"), ("any", "One of them is enough")]
    form.fields["if_joint"] = forms.ChoiceField(
        label="Several conditions", choices=joints, initial=word, required=False
    )
    facts: Choices = [("", "–"), *names.items()]
    compare: Choices = [(name, wording.OPERATOR_WORDS.get(name, wording.name(name))) for name in OPERATORS]
    rows = Rows(form, "if", ("fact", "is", "than", "other"), number)
    for row in range(number):
        part = parts[row] if row < len(parts) else {}
        than = part.get("than")
        other = than.get("fact", "") if isinstance(than, Mapping) else ""
        label = f"Condition {row + 1}"
        form.fields[rows.name(row, "fact")] = forms.ChoiceField(
            label=f"{label}: fact", choices=facts, required=False, initial=part.get("fact", "")
        )
        form.fields[rows.name(row, "is")] = forms.ChoiceField(
            label=f"{label}: comparison", choices=compare, required=False, initial=part.get("is", "equal_to")
        )
        form.fields[rows.name(row, "than")] = forms.CharField(
            label=f"{label}: value", required=False, max_length=200, initial="" if other else as_text(than)
        )
        form.fields[rows.name(row, "other")] = forms.ChoiceField(
            label=f"{label}: or another fact", choices=facts, required=False, initial=other
        )
    return rows


def read_condition(form: forms.Form, rows: Rows, types: Mapping[str, str]) -> dict[str, Any]:
    """The condition that the rows say; errors stand at their fields."""
    parts = []
    for row, said in enumerate(rows.values()):
        if not said["fact"]:
            continue
        part: dict[str, Any] = {"fact": said["fact"], "is": said["is"] or "equal_to"}
        if part["is"] not in ALONE:
            try:
                part["than"] = (
                    {"fact": said["other"]}
                    if said["other"]
                    else typed(said["than"] or "", types[said["fact"]], part["is"])
                )
            except ValueError as error:
                form.add_error(rows.name(row, "than"), str(error))
        parts.append(part)
    if len(parts) == 1:
        return parts[0]
    return {form.cleaned_data.get("if_joint") or "all": parts} if parts else {}


def typed(text: str, kind: str, operator: str = "") -> Any:
    """A value as the fact's type compares it; raises ValueError in words."""
    if operator in LISTS:
        return [typed(one.strip(), kind) for one in text.split(",") if one.strip()]
    text = text.strip()
    if not text:
        raise ValueError("Say with what it is compared, or choose another fact.")
    if kind == "number":
        return number(text)
    if kind == "yes/no":
        words = {"yes": True, "true": True, "no": False, "false": False}
        if text.lower() not in words:
            raise ValueError("Write yes or no.")
        return words[text.lower()]
    if not kind:
        try:
            return number(text)
        except ValueError:
            return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
    return text


def number(text: str) -> int | float:
    try:
        found = Decimal(text.replace(" ", "").replace(",", ""))
    except InvalidOperation:
        raise ValueError(f"“{text}” is not a number. Write it like 5000 or 12.5.") from None
    return int(found) if found == found.to_integral_value() else float(found)


def as_text(value: Any) -> str:
    """A stored value as somebody would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(as_text(one) for one in value)
    return "" if value is None else str(value)


# Fields of a form


def add_fields(form: forms.Form, asked: list[Mapping[str, Any]]) -> Rows:
    """Put a row for each field that a form step asks for into the form."""
    count = number_of_rows(form.data if form.is_bound else None, "field", len(asked))
    rows = Rows(form, "field", ("label", "type", "choices", "required", "key"), count)
    for row in range(count):
        one = asked[row] if row < len(asked) else {}
        label = f"Field {row + 1}"
        form.fields[rows.name(row, "label")] = forms.CharField(
            label=f"{label}: question", required=False, max_length=120, initial=one.get("label", "")
        )
        form.fields[rows.name(row, "type")] = forms.ChoiceField(
            label=f"{label}: kind of answer",
            required=False,
            choices=list(FIELD_TYPES.items()),
            initial=one.get("type", "text"),
        )
        form.fields[rows.name(row, "choices")] = forms.CharField(
            label=f"{label}: choices, with commas", required=False, max_length=500, initial=as_text(one.get("choices"))
        )
        form.fields[rows.name(row, "required")] = forms.BooleanField(
            label=f"{label}: needed", required=False, initial=one.get("required", False)
        )
        form.fields[rows.name(row, "key")] = forms.SlugField(
            required=False, max_length=40, initial=one.get("key", ""), widget=forms.HiddenInput
        )
    return rows


def read_fields(rows: Rows) -> list[dict[str, Any]]:
    """The fields that the rows say; a row without a question is gone. Keys are made once and stay."""
    found: list[dict[str, Any]] = []
    for said in rows.values():
        if not said["label"]:
            continue
        taken = {one["key"] for one in found}
        one: dict[str, Any] = {
            "key": said["key"] or _key(said["label"], taken),
            "label": said["label"].strip(),
            "type": said["type"] or "text",
            "required": bool(said["required"]),
        }
        if one["type"] == "choice":
            one["choices"] = [choice.strip() for choice in (said["choices"] or "").split(",") if choice.strip()]
        found.append(one)
    return found


def _key(label: str, taken: set[str]) -> str:
    letters = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in label.lower())
    stem = "_".join(part for part in letters.split("_") if part)[:30].lstrip("0123456789_") or "field"
    return next(key for number in range(1, 100) if (key := stem if number == 1 else f"{stem}_{number}") not in taken)

"""Rows of the builder's forms: the parents of a step, the fields of a form; each with one empty row more."""

from collections.abc import Mapping
from typing import Any

from django import forms

from workflows.condition_tree import as_text

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

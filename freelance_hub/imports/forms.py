"""What the import pages ask."""

from collections.abc import Mapping
from typing import Any

from django import forms

from freelance_hub.imports.spec import ImportSpec
from freelance_hub.models import ImportRow, ImportRun

DATE_ORDERS = [("day", "31/12/2026: day first"), ("month", "12/31/2026: month first")]


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text="Any delimiter and encoding; the first row names the columns. Nothing is changed before you say so.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt"}),
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )


class MappingForm(forms.Form):
    """One select a column, and the order of dates where the cells do not tell."""

    def __init__(self, spec: ImportSpec, run: ImportRun, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.columns: list[dict[str, Any]] = run.dialect["columns"]
        choices = [("", "Do not import")] + [(field.key, field.label) for field in spec.fields]
        for at, column in enumerate(self.columns):
            self.fields[f"column_{at}"] = forms.ChoiceField(
                choices=choices, required=False, initial=run.mapping.get(column["name"], ""), label=column["name"]
            )
            if column["ask_dates"]:
                self.fields[f"dates_{at}"] = forms.ChoiceField(
                    choices=DATE_ORDERS, required=False, initial="day", label=f"Dates in {column['name']}"
                )

    def rows(self) -> list[dict[str, Any]]:
        """What the page shows: the column, its samples, the guess, the fields to choose with."""
        return [
            {
                "column": column,
                "samples": column["samples"][:4],
                "field": self[f"column_{at}"],
                "dates": self[f"dates_{at}"] if column["ask_dates"] else None,
                "sure": confidence_words(column["guess"]),
            }
            for at, column in enumerate(self.columns)
        ]

    def mapping(self) -> dict[str, str]:
        return {column["name"]: self.cleaned_data[f"column_{at}"] for at, column in enumerate(self.columns)}

    def day_first(self) -> dict[str, bool]:
        return {
            column["name"]: self.cleaned_data[f"dates_{at}"] != "month"
            for at, column in enumerate(self.columns)
            if column["ask_dates"]
        }

    def add_refusal(self, column: str, message: str) -> None:
        """At the column's select, or on top when it is about the whole."""
        names = [one["name"] for one in self.columns]
        self.add_error(f"column_{names.index(column)}" if column in names else None, message)


def confidence_words(guess: Mapping[str, Any] | None) -> tuple[str, str]:
    """(tone, word) of a guess."""
    if guess is None:
        return ("neutral", "Not recognised")
    if guess["confidence"] >= 0.85:
        return ("good", "Sure")
    return ("busy", "Likely") if guess["confidence"] >= 0.65 else ("warn", "A guess")


class ShowForm(forms.Form):
    """Which rows of the dry run or the result are shown."""

    show = forms.ChoiceField(choices=ImportRow.Verdict.choices, required=False)
    after = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)

"""Input of time and deliverables."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format

from freelance_hub.errors import Refusal
from talent.models import Assignment, Requisition, TimeLine
from talent.services.days import days_of
from talent.services.time_lines import TimeEntry

REASON = {"rows": 3, "placeholder": "What should be different?"}
RATINGS = ((5, "5 – excellent"), (4, "4 – good"), (3, "3 – as agreed"), (2, "2 – with gaps"), (1, "1 – poor"))


class QuantityField(forms.DecimalField):
    """Hours or days as people write them: 7.5, 7,5 or 7:30."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=5, decimal_places=2, min_value=Decimal(0), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip().replace(",", ".")
        if clock := re.fullmatch(r"(\d{1,2}):([0-5]\d)", text):
            text = f"{int(clock[1]) + int(clock[2]) / 60:.2f}"
        return super().to_python(text)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off", "maxlength": "6"}


class WeekForm(forms.Form):
    """Seven days of one assignment. A day that is handed in, in the future or outside the assignment is shown, not asked."""

    def __init__(
        self, data: Any, *, assignment: Assignment, week: date, lines: Mapping[date, TimeLine], today: date
    ) -> None:
        super().__init__(data)
        self.assignment, self.week, self.lines, self.today = assignment, week, lines, today
        unit = "Hours" if assignment.rate_unit == Requisition.RateUnit.HOUR else "Days"
        for day in days_of(week):
            line, closed = lines.get(day), self.is_closed(day)
            words = date_format(day, "l j F")
            self.fields[f"quantity_{day}"] = QuantityField(
                label=f"{unit} on {words}",
                required=False,
                disabled=closed,
                initial=f"{line.quantity.normalize():f}" if line else None,
                widget=forms.TextInput(attrs={"class": "input", "data-quantity": ""}),
            )
            self.fields[f"note_{day}"] = forms.CharField(
                label=f"What you did on {words}",
                required=False,
                disabled=closed,
                max_length=300,
                initial=line.note if line else "",
                widget=forms.TextInput(attrs={"class": "input", "placeholder": "What you worked on"}),
            )

    def is_closed(self, day: date) -> bool:
        """Whether the day is only shown."""
        line = self.lines.get(day)
        if line is not None:
            return line.state not in TimeLine.EDITABLE
        return day > self.today or not self.assignment.starts_on <= day <= self.assignment.ends_on

    def days(self) -> Iterable[dict[str, Any]]:
        """What the template shows of each day."""
        for day in days_of(self.week):
            yield {
                "date": day,
                "line": self.lines.get(day),
                "hours": f"{self.lines[day].quantity.normalize():f}" if day in self.lines else "",
                "is_closed": self.is_closed(day),
                "is_future": day > self.today,
                "is_today": day == self.today,
                "is_outside": not self.assignment.starts_on <= day <= self.assignment.ends_on,
                "quantity": self[f"quantity_{day}"],
                "note": self[f"note_{day}"],
            }

    @property
    def is_open(self) -> bool:
        """Whether there is a day to write on."""
        return not all(self.is_closed(day) for day in days_of(self.week))

    def clean(self) -> None:
        for day in days_of(self.week):
            note, quantity = f"note_{day}", f"quantity_{day}"
            if self.cleaned_data.get(note) and not self.cleaned_data.get(quantity) and quantity not in self.errors:
                self.add_error(quantity, ValidationError("How long?", code="required"))

    def entries(self) -> list[TimeEntry]:
        """What was written, for the days that could be written on."""
        return [
            TimeEntry(day, self.cleaned_data[f"quantity_{day}"], self.cleaned_data[f"note_{day}"])
            for day in days_of(self.week)
            if not self.is_closed(day)
        ]

    def show(self, refusal: Refusal) -> None:
        """A refusal at the day it names, or above the week."""
        field = f"quantity_{refusal.field}"
        self.add_error(field if field in self.fields else None, str(refusal))


class ReasonForm(forms.Form):
    """Why something goes back."""

    reason = forms.CharField(
        max_length=400, widget=forms.Textarea(attrs=REASON), help_text="The other side reads this word for word."
    )


class ReturnDeliverableForm(ReasonForm):
    """Why a deliverable goes back, and when it is wanted again."""

    rework_due_on = forms.DateField(
        label="Wanted again by", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class AcceptDeliverableForm(forms.Form):
    """How good it is."""

    rating = forms.TypedChoiceField(
        label="How good is it?",
        choices=RATINGS,
        coerce=int,
        widget=forms.RadioSelect,
        help_text="Only your company sees this.",
    )


class DecideLinesForm(forms.Form):
    """Lines of a week that are accepted or returned together."""

    lines = forms.ModelMultipleChoiceField(TimeLine.objects.none(), to_field_name="public_id")
    decision = forms.ChoiceField(choices=(("accept", "Accept"), ("return", "Return")))
    reason = forms.CharField(max_length=400, required=False)

    def __init__(self, data: Any, *, lines: Any) -> None:
        super().__init__(data)
        self.fields["lines"].queryset = lines  # type: ignore[attr-defined]
        self.fields["lines"].error_messages["required"] = "Tick at least one day."

    def clean(self) -> None:
        if self.cleaned_data.get("decision") == "return" and not self.cleaned_data.get("reason", "").strip():
            self.add_error("reason", "Say why, so that it can be corrected.")


class DeliverableForm(forms.Form):
    """What is agreed to be handed in."""

    title = forms.CharField(max_length=160, help_text="Such as “Logo in three variants”.")
    description = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 5}), help_text="When is it right? Markdown works."
    )
    due_on = forms.DateField(label="Due on", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    amount = forms.DecimalField(
        required=False,
        max_digits=12,
        decimal_places=2,
        min_value=Decimal("0.01"),
        help_text="For a milestone: paid once, on acceptance. Leave empty when it is paid through time.",
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )

    def __init__(self, data: Any, *, assignment: Assignment) -> None:
        super().__init__(data)
        self.fields["amount"].label = f"Amount in {assignment.currency}"
        self.fields["due_on"].widget.attrs.update(
            min=assignment.starts_on.isoformat(), max=assignment.ends_on.isoformat()
        )


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=ManyFiles(), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(one, initial) for one in files if one]


class SubmitDeliverableForm(forms.Form):
    """The work itself, or where it is."""

    note = forms.CharField(
        label="Note",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What is in it, or a link to where it lies.",
    )
    file = FilesField(label="Files", required=False, help_text="PDF, pictures, Office files or ZIP; 25 MB each.")

"""Input of invoices and payments."""

from decimal import Decimal
from typing import Any

from django import forms


class SeenForm(forms.Form):
    """What the person was told before they pressed the button: how many, and how much."""

    currency = forms.RegexField("^[A-Z]{3}$")
    count = forms.IntegerField(min_value=0)
    total = forms.DecimalField(max_digits=16, decimal_places=2)

    @property
    def seen(self) -> tuple[int, Decimal]:
        return self.cleaned_data["count"], self.cleaned_data["total"]


class CurrencyForm(forms.Form):
    """Which currency a batch is made in."""

    currency = forms.RegexField("^[A-Z]{3}$", required=False)


class PaidForm(forms.Form):
    """When the bank paid, and which rows if not all."""

    paid_on = forms.DateField(label="Paid on", widget=forms.DateInput(attrs={"type": "date"}))
    invoices = forms.TypedMultipleChoiceField(
        label="Which of them",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one invoice."},
    )

    def __init__(self, data: Any, *, rows: list[tuple[int, str]], today: str) -> None:
        super().__init__(data, initial={"paid_on": today, "invoices": [number for number, _ in rows]})
        self.fields["invoices"].choices = rows  # type: ignore[attr-defined]
        self.fields["paid_on"].widget.attrs["max"] = today

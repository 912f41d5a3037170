"""Inputs that forms of several apps share."""

import pycountry
from django import forms
from django.db.models import QuerySet

from freelance_hub.models import Membership

FIRST_CURRENCIES = ("EUR", "GBP", "USD", "CHF")


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def currency_choices() -> list[tuple[str, str]]:
    """All currencies, the usual ones first."""
    names = {currency.alpha_3: currency.name for currency in pycountry.currencies}
    codes = [*FIRST_CURRENCIES, *sorted(set(names) - set(FIRST_CURRENCIES))]
    return [(code, f"{code} · {names[code]}") for code in codes]


def employees() -> QuerySet[Membership]:
    """Active employees, by name."""
    return (
        Membership.objects.filter(kind=Membership.Kind.STAFF, state=Membership.State.ACTIVE)
        .select_related("user")
        .order_by("user__name", "pk")
    )

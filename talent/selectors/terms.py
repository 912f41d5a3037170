"""The terms of an assignment, version by version, and what an amendment changes in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from freelance_hub.formats import day_text, money_text
from talent.models import Amendment, Assignment

LABELS = {"ends_on": "Last day", "rate": "Rate", "budget": "Budget"}
MONEY = ("rate", "budget")


@dataclass(frozen=True, slots=True)
class Term:
    """One line of a comparison, in words. `change` says by how much, where that can be said."""

    name: str
    label: str
    before: str
    after: str
    change: str = ""

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the terms. `amendment` made it; None: what was engaged. `since` None: it is not known any more."""

    number: int
    amendment: Amendment | None
    since: datetime | None
    terms: dict[str, str]


def compare(amendment: Amendment, *, sees_money: bool) -> list[Term]:
    """Before and after of every term, changed or not; without money for who may not see it."""
    assignment = amendment.assignment
    before = before_of(amendment)
    lines = []
    for name, label in LABELS.items():
        if name in MONEY and not sees_money:
            continue
        old, new = before[name], getattr(amendment, name)
        new = old if new is None else new
        lines.append(
            Term(name, label, in_words(name, old, assignment), in_words(name, new, assignment), _change(old, new))
        )
    if amendment.scope:
        lines.append(Term("scope", "Scope", "As agreed before", amendment.scope))
    return lines


def before_of(amendment: Amendment) -> dict[str, Any]:
    """The terms that the amendment replaces: as kept when it was submitted, those of today for a draft."""
    if amendment.terms_before:
        return _read(amendment.terms_before)
    return {name: getattr(amendment.assignment, name) for name in LABELS}


def versions_of(assignment: Assignment, agreed: Iterable[Amendment], *, sees_money: bool) -> list[Version]:
    """Every version of the terms that these amendments in force make, the first first."""
    agreed = sorted(agreed, key=lambda one: one.version)
    first = _read(agreed[0].terms_before) if agreed else {name: getattr(assignment, name) for name in LABELS}
    shown = [name for name in LABELS if sees_money or name not in MONEY]
    versions = [Version(1, None, assignment.created_at, _words(first, shown, assignment))]
    current = first
    for one in agreed:
        current = {name: current[name] if getattr(one, name) is None else getattr(one, name) for name in LABELS}
        versions.append(Version(one.version, one, one.agreed_at, _words(current, shown, assignment)))
    return versions


def in_words(name: str, value: date | Decimal, assignment: Assignment) -> str:
    """A term as people read it."""
    if isinstance(value, date):
        return day_text(value, today=value, year=True)
    text = money_text(value, assignment.currency)
    return f"{text} {assignment.get_rate_unit_display()}" if name == "rate" else text


def percent_more(before: Decimal, after: Decimal) -> Decimal:
    """By how many percent it grows, to one place; negative when it shrinks."""
    return ((after - before) * 100 / before).quantize(Decimal("0.1")) if before else Decimal(0)


def _change(old: date | Decimal, new: date | Decimal) -> str:
    if old == new:
        return ""
    if isinstance(old, date) and isinstance(new, date):
        days = abs((new - old).days)
        return f"{days} day{'' if days == 1 else 's'} {'later' if new > old else 'earlier'}"
    percent = percent_more(Decimal(str(old)), Decimal(str(new)))
    sign = "+" if percent > 0 else "\N{MINUS SIGN}"
    return f"{sign}{abs(percent).normalize():f} %"


def _read(stored: Mapping[str, str]) -> dict[str, Any]:
    return {
        "ends_on": date.fromisoformat(stored["ends_on"]),
        "rate": Decimal(stored["rate"]),
        "budget": Decimal(stored["budget"]),
    }


def _words(terms: Mapping[str, Any], shown: list[str], assignment: Assignment) -> dict[str, str]:
    return {LABELS[name]: in_words(name, terms[name], assignment) for name in shown}

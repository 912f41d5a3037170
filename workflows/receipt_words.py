"""A receipt in words: the same on the page and in the PDF."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

Lines = Sequence[Mapping[str, Any]]


def headline(lines: Lines) -> str:
    """The one thing to know."""
    waiting = sum(bool(line["waits"]) for line in lines)
    if not lines:
        return "No access was ever opened"
    if waiting:
        return f"{len(lines) - waiting} of {_accesses(len(lines))} closed and proved, {waiting} still to come"
    longest = max(line["delay_minutes"] for line in lines)
    closed = f"All {_accesses(len(lines))} are closed" if len(lines) > 1 else "The only access is closed"
    if not longest:
        return f"{closed}, 0 minutes late"
    return f"{closed}, the last one {longest:,} {'minute' if longest == 1 else 'minutes'} late"


def detail(lines: Lines) -> str:
    """One sentence more."""
    if not lines:
        return "There was nothing to close."
    if any(line["waits"] for line in lines):
        return "A new receipt follows by itself when the rest is closed and proved."
    if not any(line["delay_minutes"] for line in lines):
        return "Each of them was shut within the minute in which it had to be."
    return "Delay counts from when an access had to be closed until it was."


def printed(iso: str, zone: tzinfo) -> str:
    """A stored time for people: 3 May 2026, 00:00. A dash for none."""
    stored = moment(iso)
    if stored is None:
        return "–"
    local = stored.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def moment(iso: str) -> datetime | None:
    """A stored time; None for none."""
    return datetime.fromisoformat(iso) if iso else None


def _accesses(number: int) -> str:
    return f"{number} {'access' if number == 1 else 'accesses'}"

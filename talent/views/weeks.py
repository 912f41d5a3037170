"""Weeks in addresses: each has one, that of its Monday."""

from datetime import date, timedelta
from typing import Any

from django.http import Http404

from talent.services.days import days_of


def monday_or_404(text: str) -> date:
    """The Monday that an address names. Http404 for what is no date or another day."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if day.weekday() or len(text) != 10:
        raise Http404
    return day


def around(week: date, *, today: date) -> dict[str, Any]:
    """The weeks beside this one, for the links of a week's page; none after the current one."""
    following = week + timedelta(days=7)
    return {
        "week": week,
        "last_day": days_of(week)[-1],
        "previous": week - timedelta(days=7),
        "next": following if following <= today else None,
    }

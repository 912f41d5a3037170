"""Months and quarters."""

from datetime import date

from analytics.models import KpiRollup


def period_start(day: date, period: str) -> date:
    """The first day of the month or quarter that holds `day`."""
    month = day.month if period == KpiRollup.Period.MONTH else 3 * ((day.month - 1) // 3) + 1
    return day.replace(month=month, day=1)

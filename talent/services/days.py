"""Dates as the company's calendar has them: a freelancer further east is not ahead of the client."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from freelance_hub.models import Tenant


def day_in(tenant: Tenant, moment: datetime) -> date:
    """The date of a moment in the company's time zone."""
    return timezone.localdate(moment, ZoneInfo(tenant.time_zone))


def today_in(tenant: Tenant) -> date:
    """Today in the company's time zone."""
    return day_in(tenant, timezone.now())


def week_of(day: date) -> date:
    """The Monday of the week."""
    return day - timedelta(days=day.weekday())


def days_of(week: date) -> list[date]:
    """The seven days of the week that begins on Monday `week`."""
    return [week + timedelta(days=at) for at in range(7)]

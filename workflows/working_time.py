"""Working days of a company: its week-ends, the public holidays of its region, its time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from freelance_hub.models import Tenant

SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """When somebody works. `region` is a country or a part of it (DE, DE-BE); empty: no public holidays."""

    zone: str = "UTC"
    region: str = ""
    starts: time = time(9)
    ends: time = time(17)

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday, and no public holiday."""
        return day.weekday() < SATURDAY and day not in _holidays(self.region, day.year)

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """The same time of day, so many working days after `start`; for 0 the same day if it is one, else the next."""
        local = start.astimezone(ZoneInfo(self.zone))
        day = local.date()
        while not self.is_working_day(day):
            day += timedelta(days=1)
            if days and self.is_working_day(day):
                days -= 1  # from a day off, the next working day is the first
        for _ in range(days):
            day += timedelta(days=1)
            while not self.is_working_day(day):
                day += timedelta(days=1)
        return self.at(day, local.time())

    def local_day(self, moment: datetime) -> date:
        """The day that it is there at that moment."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def at(self, day: date, moment: time) -> datetime:
        """That local time; one that the clock skips in spring is the hour after it."""
        local = datetime.combine(day, moment.replace(tzinfo=None), tzinfo=ZoneInfo(self.zone))
        return local.astimezone(ZoneInfo("UTC"))


def calendar_of(tenant: Tenant) -> Calendar:
    """The company's own calendar."""
    return Calendar(tenant.time_zone, tenant.holiday_region, tenant.work_starts, tenant.work_ends)


@lru_cache(maxsize=256)
def _holidays(region: str, year: int) -> frozenset[date]:
    """Public holidays; none for a region that the list does not know."""
    country, _, part = region.partition("-")
    if not country:
        return frozenset()
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError:
        return frozenset()

"""Working time: hours and days that count, by public holidays, opening hours and zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from freelance_hub.models import Membership, Tenant

HORIZON = timedelta(days=3660)  # a calendar without working days must not be walked for ever
UNSET_ZONE = "UTC"  # people are made with it: their company's zone counts


def region_problem(region: str) -> str:
    """What is wrong with a holiday region such as "DE" or "DE-BE", in a sentence; empty when it is known (or empty)."""
    if not region:
        return ""
    country, _, part = region.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        return f"No holidays are known for “{country}”. Write a country such as DE, or a part of it such as DE-BE."
    if part and part not in known[country]:
        parts = ", ".join(f"{country}-{one}" for one in known[country][:20])
        return f"“{part}” is no part of {country}. " + (f"Known are {parts}." if parts else f"Write {country}.")
    return ""


@dataclass(frozen=True)
class Calendar:
    """When somebody works. `region` is a country or a part of it (DE, DE-BE); empty: no public holidays."""

    zone: str = UNSET_ZONE
    region: str = ""
    opens: time = time(9)
    closes: time = time(17)

    def is_working_day(self, day: date) -> bool:
        """No weekend of the country, and no public holiday."""
        return is_working_day(day, self.region)

    def add_working_days(self, start: datetime, days: int) -> datetime:
        """The same time of day on the `days`-th working day after `start`, in UTC. Raises ValueError for a negative number."""
        local = start.astimezone(ZoneInfo(self.zone))
        return self.at(add_working_days(local.date(), days, self.region), local.time())

    def add_working_hours(self, start: datetime, hours: float) -> datetime:
        """The instant at which so many hours of working time have passed since `start`; see the function of that name."""
        return add_working_hours(start, hours, zone=self.zone, region=self.region, opens=self.opens, closes=self.closes)

    def local_day(self, moment: datetime) -> date:
        """The day that it is there at that moment."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def at(self, day: date, moment: time) -> datetime:
        """That local time, in UTC; one that the clock skips in spring is the hour after it."""
        return datetime.combine(day, moment.replace(tzinfo=None), ZoneInfo(self.zone)).astimezone(UTC)


def calendar_of(company: Tenant, member: Membership | None = None) -> Calendar:
    """The calendar of one person, who works by the company's hours, or of the company when nobody is named."""
    region = (member.holiday_region if member else "") or company.holiday_region
    return Calendar(zone_of(member, company), region, company.work_starts, company.work_ends)


@lru_cache(maxsize=64)
def holidays_of(region: str) -> holidays.HolidayBase:
    """The calendar of a region; without one, or with one that nobody knows, only weekends are free."""
    if not region or region_problem(region):
        return holidays.HolidayBase()
    country, _, part = region.partition("-")
    return holidays.country_holidays(country, subdiv=part or None)


def is_working_day(day: date, region: str = "") -> bool:
    """Whether people work on that day: no weekend of the country, no public holiday."""
    return holidays_of(region).is_working_day(day)


def add_working_days(day: date, days: int, region: str = "") -> date:
    """The `days`-th working day after `day`; 0 gives the day itself. Raises ValueError for a negative number."""
    if days < 0:
        msg = f"Working days are counted forwards, not by {days}."
        raise ValueError(msg)
    last = day + HORIZON
    while days and day < last:
        day += timedelta(days=1)
        days -= is_working_day(day, region)
    return day


def add_working_hours(
    start: datetime, hours: float, *, zone: str, region: str = "", opens: time = time(9), closes: time = time(17)
) -> datetime:
    """The instant at which `hours` of working time have passed since `start` (aware), in UTC.

    Time counts from `opens` to `closes` on the clocks of `zone`, on working days of `region`. Hours are real ones: where
    the clocks change during working time, that day is longer or shorter by it. Raises ValueError when it closes before
    it opens, or for a start without zone.
    """
    if start.tzinfo is None or closes <= opens:
        msg = "Working time needs a start with its zone, and must open before it closes."
        raise ValueError(msg)
    left = timedelta(hours=hours)
    at = start.astimezone(UTC)
    for begins, ends in _shifts(start.astimezone(ZoneInfo(zone)).date(), ZoneInfo(zone), region, opens, closes):
        if ends <= at:
            continue
        begins = max(begins, at)  # noqa: PLW2901  the rest of a shift that is running
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    return start.astimezone(UTC) + timedelta(hours=hours)  # nobody ever works there: the wall clock


def _shifts(first: date, zone: ZoneInfo, region: str, opens: time, closes: time) -> Iterator[tuple[datetime, datetime]]:
    for number in range(HORIZON.days):
        day = first + timedelta(days=number)
        if is_working_day(day, region):
            yield tuple(datetime.combine(day, at, zone).astimezone(UTC) for at in (opens, closes))  # type: ignore[misc]


def zone_of(member: Membership | None, company: Tenant) -> str:
    """The zone in which somebody works: their own, or the company's while they have set none."""
    own = member.user.time_zone if member else UNSET_ZONE
    return own if own != UNSET_ZONE else company.time_zone


def term_end(start: datetime, hours: float, *, company: Tenant, member: Membership | None = None) -> datetime:
    """When so many working hours have passed for one person, or for the company when several are asked."""
    return calendar_of(company, member).add_working_hours(start, hours)

"""When a schedule is due: `{"every": "week", "on": "monday", "at": "07:00"}`, in the company's time zone.

| every | on |
|---|---|
| day | nothing |
| working_day | nothing: no weekend and no public holiday of the company's region |
| week | `monday` … `sunday` |
| month | 1 … 31 (the last day of shorter months), or `last` |
| quarter | the same, counted in the first month of the quarter; `last` is the quarter's last day |
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freelance_hub.worktime import Calendar

WEEKDAYS = tuple(
    name.lower() for name in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
)
EVERY = ("day", "working_day", "week", "month", "quarter")
PARTS = {"every", "on", "at", "each"}
LAST = "last"
LONGEST_SEARCH = 200  # days; a quarter and more


@dataclass(frozen=True)
class Schedule:
    """A rhythm with a time of day."""

    every: str
    at: time
    on: str | int = ""

    def is_due_on(self, day: date, working: Calendar) -> bool:
        """Whether it falls on that day."""
        if self.every == "day":
            return True
        if self.every == "working_day":
            return working.is_working_day(day)
        if self.every == "week":
            return WEEKDAYS[day.weekday()] == self.on
        last = calendar.monthrange(day.year, day.month)[1]
        wanted = last if self.on == LAST else min(int(self.on), last)
        if self.every == "quarter":
            month = 0 if self.on == LAST else 1  # the third month of a quarter, or the first
            return day.day == wanted and day.month % 3 == month
        return day.day == wanted

    def next_after(self, moment: datetime, working: Calendar) -> datetime:
        """The first instant after `moment`, as UTC. A time that the clock skips or shows twice comes once."""
        day = moment.astimezone(ZoneInfo(working.zone)).date()
        for _ in range(LONGEST_SEARCH):
            if self.is_due_on(day, working) and (due := working.at(day, self.at)) > moment:
                return due
            day += timedelta(days=1)
        msg = f"{self} is never due."
        raise ValueError(msg)


def read(raw: Mapping[str, Any]) -> Schedule:
    """The schedule of a definition that has passed `problems`."""
    return Schedule(raw["every"], time.fromisoformat(raw.get("at", "07:00")), raw.get("on", ""))


def problems(raw: Mapping[str, Any]) -> list[str]:
    """What is wrong with it, each in a sentence."""
    found = [f"there is no “{extra}” of a schedule." for extra in sorted(set(raw) - PARTS)]
    every, on = raw.get("every"), raw.get("on", "")
    if every not in EVERY:
        return [*found, f"“every” is one of {', '.join(EVERY)}."]
    is_number = isinstance(on, int) and not isinstance(on, bool) and 1 <= on <= 31
    if every in ("day", "working_day") and on != "":
        found.append(f"every {every.replace('_', ' ')} needs no “on”.")
    if every == "week" and on not in WEEKDAYS:
        found.append(f"“on” is one of {', '.join(WEEKDAYS)}.")
    if every in ("month", "quarter") and not (is_number or on == LAST):
        found.append("“on” is a day from 1 to 31, or “last”.")
    if not is_time(raw.get("at", "07:00")):
        found.append("“at” is a time such as “07:00”.")
    return found


def is_time(value: Any) -> bool:
    """Whether it is a time of day as definitions write it: 09:00."""
    try:
        return isinstance(value, str) and len(value) == len("09:00") and time.fromisoformat(value) is not None
    except ValueError:
        return False

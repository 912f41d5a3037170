"""Until when a waiting step waits."""

from datetime import date, datetime, time, timedelta
from typing import Any

from freelance_hub.worktime import calendar_of
from workflows.engine.clock import now
from workflows.models import Run, Step
from workflows.subjects import fact_of, subject_of


class NoDate(ValueError):  # noqa: N818  a question to a person
    """The fact that says until when is empty."""


def ends_at(run: Run, step: Step) -> datetime | None:
    """When the wait of a step that begins now is over; None when only an event ends it.

    Raises NoDate when it waits for a date that the subject does not have.
    """
    until: dict[str, Any] = step.params.get("until", {})
    if "date" in until:
        return _date_of(run, until)
    moment = now()
    if days := until.get("working_days"):
        return calendar_of(run.tenant).add_working_days(moment, days)
    hours = step.params.get("time_limit_hours" if "event" in until else "delay_hours")
    return moment + timedelta(hours=hours) if hours is not None else None


def has_moved(run: Run, step: Step) -> datetime | None:
    """The new end of a wait whose date has changed since it began; None when it is as it was, or is no such wait."""
    until = step.params.get("until", {})
    if "date" not in until or step.outcome:
        return None
    try:
        end = _date_of(run, until)
    except NoDate:
        return None  # taken away: the date that was known stands
    return end if end != step.run_at else None


def _date_of(run: Run, until: dict[str, Any]) -> datetime:
    day: date | datetime | None = fact_of(run, subject_of(run))(until["date"])
    if day is None:
        raise NoDate(f"There is no date in “{until['date']}” to wait for. Set it, then try again.")
    calendar = calendar_of(run.tenant)
    if isinstance(day, datetime):
        day = calendar.local_day(day)
    return calendar.at(day + timedelta(days=until.get("offset_days", 0)), time.fromisoformat(until.get("at", "00:00")))

"""The engine's only clock: the database's."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, ExpressionWrapper, F, Func


class Now(Func):
    """`wf_now()` in a query: the start of the statement; a stored instant in tests of the engine."""

    function = "wf_now"
    template = "%(function)s()"
    output_field: Any = DateTimeField()


def after(delay: timedelta) -> Any:
    """An instant from now, as an expression for an update."""
    return ExpressionWrapper(Now() + delay, output_field=DateTimeField())


def now() -> datetime:
    """The database's time. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT wf_now()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def local_day(zone: str) -> date:
    """The day that it is in a zone. One query."""
    return now().astimezone(ZoneInfo(zone)).date()


__all__ = ["F", "Now", "after", "local_day", "now"]

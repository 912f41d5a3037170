"""Runs that stand still are told to whoever looks after them: when one comes to a halt, and again while it stays there."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import CharField, F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat

from freelance_hub.links import tenant_url
from freelance_hub.models import Notification, Tenant
from freelance_hub.services import notifications
from freelance_hub.tenancy.context import required_tenant_id
from freelance_hub.worktime import Calendar, calendar_of
from workflows import monitoring
from workflows.engine import clock
from workflows.models import Run, Step
from workflows.notices import keepers

MOST = 200  # runs told of at a time; the next check goes on
REPEAT_AFTER = 5  # working days

KIND = "workflow.stuck"
notifications.register(KIND, "A workflow of my programs stands still")


def tell_of_stuck_runs() -> int:
    """Tell the owner of its program (without one, who manages workflows) of each run that stands still; how many were told of.

    Once when it comes to a halt, once more every five working days while it stays there, and anew when it has moved and
    halts again; never twice on a day, however often it is checked. Side effects: notifications.
    """
    company = Tenant.objects.get(pk=required_tenant_id("telling of stuck runs"))
    calendar, now = calendar_of(company), clock.now()
    told = 0
    for run in _news(_working_days_before(now, calendar))[:MOST]:
        for person in keepers(run):
            again = run.told_at is not None and run.told_at >= run.moved_at
            sent = notifications.notify(
                membership=person,
                kind=KIND,
                title=f"{'Still stands still' if again else 'Stands still'}: {run.version.definition.title}, {run.title}",
                body=_what(run),
                link=tenant_url("run_detail", tenant=company.slug, public_id=run.public_id),
                dedupe_key=f"stuck:{run.pk}:{calendar.local_day(now)}",
            )
            told += sent is not None
    return told


def _news(long_ago: datetime) -> QuerySet[Any]:
    """Runs that stand still and of which nobody was told since they came to a halt, or not since `long_ago`; with the last
    time of each."""
    key = Concat(Value("stuck:"), Cast(OuterRef("pk"), CharField()))
    known = Notification.objects.filter(
        Q(dedupe_key=key) | Q(dedupe_key__startswith=Concat(key, Value(":"))), kind=KIND
    )
    moves = Step.objects.filter(run=OuterRef("pk")).order_by().values("run").annotate(last=Max("since")).values("last")
    stuck = monitoring.stuck(Run.objects.all()).annotate(
        told_at=Subquery(known.order_by("-created_at").values("created_at")[:1]), moved_at=Subquery(moves)
    )
    news = stuck.filter(Q(told_at=None) | Q(told_at__lt=F("moved_at")) | Q(told_at__lte=long_ago))
    return news.select_related("program__owner__user", "version__definition").order_by("pk")


def _working_days_before(now: datetime, calendar: Calendar) -> datetime:
    """The end of the last day that lies so many working days back that it is time to say it again."""
    day, left = calendar.local_day(now), REPEAT_AFTER
    while left:
        left -= calendar.is_working_day(day)
        day -= timedelta(days=1)
    return calendar.at(day, time.max)


def _what(run: Run) -> str:
    open_steps = Step.objects.filter(run=run, state__in=(*monitoring.STUCK, Step.State.WAITING)).order_by("position")
    step = open_steps.first()
    return f"It is at “{step.title}” and nothing has moved for a long time. Open it to see why." if step else ""

"""Runs that stand still are told to whoever looks after them, once."""

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from freelance_hub.links import tenant_url
from freelance_hub.models import Notification
from freelance_hub.services import notifications
from workflows import monitoring
from workflows.models import Run, Step
from workflows.notices import keepers

MOST = 200  # runs told of at a time; the next check goes on

KIND = "workflow.stuck"
notifications.register(KIND, "A workflow of my programs stands still")


def tell_of_stuck_runs() -> int:
    """Tell the owner of its program (without one, who manages workflows) of each run that stands still; how many were told of.

    Each person is told once of a run, however often it is checked. Side effects: notifications.
    """
    told = 0
    for run in _news()[:MOST]:
        for person in keepers(run):
            sent = notifications.notify(
                membership=person,
                kind=KIND,
                title=f"Stands still: {run.version.definition.title}, {run.title}",
                body=_what(run),
                link=tenant_url("run_detail", tenant=run.tenant.slug, public_id=run.public_id),
                dedupe_key=f"stuck:{run.pk}",
            )
            told += sent is not None
    return told


def _news() -> QuerySet[Run]:
    """Runs that stand still and of which nobody was told."""
    key = Concat(Value("stuck:"), Cast(OuterRef("pk"), CharField()))
    known = Notification.objects.filter(kind=KIND, dedupe_key=key)
    stuck = monitoring.stuck(Run.objects.all()).exclude(Exists(known))
    return stuck.select_related("program__owner__user", "tenant", "version__definition").order_by("pk")


def _what(run: Run) -> str:
    open_steps = Step.objects.filter(run=run, state__in=(*monitoring.STUCK, Step.State.WAITING)).order_by("position")
    step = open_steps.first()
    return f"It is at “{step.title}” and nothing has moved for a long time. Open it to see why." if step else ""

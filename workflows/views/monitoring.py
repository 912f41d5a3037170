"""How workflows are doing: throughput, time in step, what is late, what fails, what stands still."""

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from freelance_hub.http import HubRequest, console
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability, require
from workflows import monitoring, wording
from workflows.access import visible_runs

SHOWN = 20


@console
@require_safe
def workflow_monitoring(request: HubRequest) -> HttpResponseBase:
    """The last thirty days of one's programs."""
    require(request.actor, Capability.TASK_SEE_ALL)
    runs = visible_runs(request.actor)
    overdue = monitoring.overdue(runs)
    late = list(overdue[: SHOWN + 1])
    halted = list(
        monitoring.stuck(runs).select_related("version__definition", "program").order_by("started_at")[: SHOWN + 1]
    )
    times = monitoring.times_in_steps(runs)
    context = {
        "days": monitoring.DAYS,
        "hours": settings.WORKFLOW_STUCK_HOURS,
        "chart": monitoring.throughput(runs),
        "figures": monitoring.figures(runs),
        "times": [(one, wording.span(one.median), wording.span(one.p90)) for one in times],
        "overdue": late[:SHOWN],
        "late_total": overdue.count() if len(late) > SHOWN else len(late),
        "more_overdue": len(late) > SHOWN,
        "failures": monitoring.failures(runs),
        "stuck": halted[:SHOWN],
        "more_stuck": len(halted) > SHOWN,
        "back": tenant_url("run_list"),
    }
    return render(request, "workflows/monitoring.html", context)

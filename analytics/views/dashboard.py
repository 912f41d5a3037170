"""The dashboard: what runs, what waits for me, and six figures with the rows behind them."""

from datetime import date
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics.forms import PeriodForm
from analytics.kpis import BETTER, Unit
from analytics.selectors import Reading, readings, right_now
from freelance_hub import charts
from freelance_hub.http import HubRequest, console
from freelance_hub.links import tenant_url
from freelance_hub.permissions import Capability
from workflows.selectors import waiting_for


@require_safe
@console
def dashboard(request: HubRequest) -> HttpResponse:
    """Everyone in the company may open it; each sees what their rights show."""
    actor = request.actor
    period = PeriodForm(request.GET, actor=actor, today=timezone.localdate())
    program, quarter = period.chosen_program(), period.chosen_quarter()
    sees_figures = actor.can(Capability.KPI_SEE) and bool(period.programs)
    figures = readings(program=program, quarter=quarter) if sees_figures else []
    burn = next((reading.months for reading in figures if reading.kpi.key == "budget_burn"), ())
    months = list(burn) if actor.can(Capability.BUDGET_SEE) else []
    currency = program.currency if program else request.tenant.currency
    context = {
        "period": period,
        "program": program,
        "quarter": quarter,
        "cards": [
            card(reading, program_number=program.number if program else None, quarter=quarter) for reading in figures
        ],
        "spend": spend_chart(months, currency) if any(amount for _, amount in months) else None,
        "waiting": waiting_for(actor).select_related("run").order_by("id")[:6]
        if actor.can(Capability.TASK_SEE)
        else [],
        "overview": right_now(actor),
        "can_launch": actor.can(Capability.PROGRAM_MANAGE),
        "can_request": actor.can(Capability.REQUISITION_CREATE),
    }
    return render(request, "analytics/dashboard.html", context)


def card(reading: Reading, *, program_number: int | None, quarter: object) -> dict[str, object]:
    """What the KPI card component shows of a reading."""
    unit = "days" if reading.kpi.unit == Unit.DAYS else "%"
    query = f"?quarter={quarter}" + (f"&program={program_number}" if program_number else "")
    goal = ""
    if reading.target is not None:
        side = "at most" if reading.kpi.better == BETTER.LOW else "at least"
        goal = f"Target {side} {reading.target.normalize():f}\N{NO-BREAK SPACE}{unit}"
    return {
        "label": reading.kpi.label,
        "value": reading.text,
        "unit": unit if reading.value is not None else "",
        "note": reading.note,
        "tone": reading.state,
        "href": tenant_url("kpi_detail", key=reading.kpi.key) + query,
        "spark": [float(value) for value in reading.trend if value is not None],
        "target": goal,
    }


def spend_chart(months: list[tuple[date, Decimal]], currency: str) -> charts.Bars:
    """Accepted work by month, in thousands."""
    values = [round(float(amount) / 1000, 1) for _, amount in months]
    return charts.Bars(
        title="Accepted work by month",
        summary=f"The highest month has {max(values):g} thousand {currency}, the latest {values[-1]:g} thousand.",
        labels=[f"{month:%b}" for month, _ in months],
        series={f"Accepted, thousand {currency}": values},
        unit=f"k {currency}",
    )

"""All figures with their formulas, one figure with the rows behind it, and its target."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_safe

from analytics.forms import PeriodForm, TargetForm
from analytics.kpis import KPI, Unit, kpis
from analytics.models import KpiFact, KpiTarget
from analytics.selectors import facts_behind, readings
from analytics.services.targets import set_target
from analytics.views.dashboard import card
from freelance_hub import charts
from freelance_hub.access import Actor
from freelance_hub.http import HubRequest, console, redirect_to
from freelance_hub.links import tenant_url
from freelance_hub.lists import Column, Empty, ListFilters, ListPage, list_methods, list_page
from freelance_hub.permissions import Capability, require
from freelance_hub.templatetags.hub import day
from talent.access import visible_assignments, visible_deliverables, visible_invoices, visible_time_lines

# For each source: what the actor may see of it, and the paths to the number of its page and to its title.
EVIDENCE: dict[str, tuple[Callable[[Actor], QuerySet[Any]], str, str]] = {
    "talent.assignment": (visible_assignments, "number", "title"),
    "talent.deliverable": (visible_deliverables, "assignment__number", "title"),
    "talent.timeline": (visible_time_lines, "assignment__number", "assignment__title"),
    "talent.invoice": (visible_invoices, "number", "assignment__title"),
}


def _kpi(key: str) -> KPI:
    try:
        return kpis[key]
    except KeyError as error:
        raise Http404 from error


@require_safe
@console
def kpi_list(request: HubRequest) -> HttpResponse:
    """Every figure: what it answers, how it is made, where it stands, what is wanted."""
    require(request.actor, Capability.KPI_SEE)
    period = PeriodForm(request.GET, actor=request.actor, today=timezone.localdate())
    program, quarter = period.chosen_program(), period.chosen_quarter()
    figures = [
        (reading, card(reading, program_number=program.number if program else None, quarter=quarter))
        for reading in readings(program=program, quarter=quarter)
    ]
    return render(
        request,
        "analytics/kpi_list.html",
        {
            "period": period,
            "program": program,
            "figures": figures,
            "can_set": bool(program) and request.actor.can(Capability.KPI_MANAGE),
        },
    )


class FactFilters(ListFilters):
    """The period and program of the figure whose rows are shown; they are chosen on the figure's own page."""

    program = forms.CharField(widget=forms.HiddenInput)
    quarter = forms.CharField(widget=forms.HiddenInput)

    def conditions(self) -> Q:
        return Q()


def _row_link(fact: Any) -> str:
    """`fact` is annotated by `with_evidence`."""
    route = "invoice_detail" if fact.source == "talent.invoice" else "assignment_detail"
    return tenant_url(route, number=fact.number)


def _list_for(kpi: KPI) -> ListPage:
    unit = {Unit.DAYS: "Days", Unit.RATE: "Counts as", Unit.SHARE_OF_BUDGET: "Amount"}[kpi.unit]

    def value(fact: KpiFact) -> object:
        if kpi.unit == Unit.RATE:
            return "Yes" if fact.value else "No"
        return f"{fact.value:,.1f}" if kpi.unit == Unit.DAYS else f"{fact.value:,.2f}"

    def title(fact: Any) -> object:
        prefix = "INV" if fact.source == "talent.invoice" else "ASG"
        return format_html('<span class="ref">{}-{}</span>{}', prefix, fact.number, fact.title)

    return ListPage(
        key=f"kpi-{kpi.key}",
        title=kpi.label,
        lead=kpi.question,
        noun=("row", "rows"),
        columns=(
            Column("title", "What", value=title),
            Column("program__name", "Program"),
            Column("at", "Counted on", value=lambda fact: day(fact.at), sort="at"),
            Column("value", unit, value=value, class_="number", sort="value"),
        ),
        filters=FactFilters,
        sorts={"at": ("at", "Newest"), "value": ("value", unit)},
        default_sort="-at",
        row_link=_row_link,
        row_key="id",
        empty=Empty("Nothing counted in this quarter", "Rows appear here as soon as their last event has happened."),
        template="analytics/kpi_detail.html",
    )


LISTS = {key: _list_for(kpi) for key, kpi in kpis.items()}


@console
@list_methods
def kpi_detail(request: HubRequest, key: str) -> HttpResponseBase:
    """One figure, its year, and exactly the rows that it was made of, as far as the actor may open them."""
    kpi = _kpi(key)
    require(request.actor, Capability.KPI_SEE)
    period = PeriodForm(request.GET, actor=request.actor, today=timezone.localdate())
    program, quarter = period.chosen_program(), period.chosen_quarter()
    reading = next(r for r in readings(program=program, quarter=quarter) if r.kpi is kpi)
    rows = with_evidence(
        facts_behind(actor=request.actor, kpi=kpi, program=program, quarter=quarter), actor=request.actor, kpi=kpi
    )
    return list_page(
        request,
        LISTS[key],
        rows.select_related("program"),
        extra_context={
            "kpi": kpi,
            "period": period,
            "program": program,
            "reading": reading,
            "card": card(reading, program_number=program.number if program else None, quarter=quarter),
            "trend": _trend(reading.trend, [month for month, _ in reading.months], kpi),
            "can_set": bool(program) and request.actor.can(Capability.KPI_MANAGE),
        },
    )


def with_evidence(facts: QuerySet[KpiFact], *, actor: Actor, kpi: KPI) -> QuerySet[KpiFact]:
    """The facts whose rows the actor may open, annotated with the `number` of their page and their `title`."""
    numbers, titles, visible = [], [], Q(pk=None)
    for source in kpi.sources:
        rows, number, title = EVIDENCE[source]
        one = rows(actor).filter(pk=OuterRef("subject_id"))
        visible |= Q(source=source) & Q(Exists(one))
        numbers.append(When(source=source, then=Subquery(one.values(number)[:1])))
        titles.append(When(source=source, then=Subquery(one.values(title)[:1])))
    return facts.filter(visible).annotate(
        number=Case(*numbers, default=Value(0)), title=Case(*titles, default=Value(""))
    )


def _trend(values: tuple[object, ...], months: list[object], kpi: KPI) -> charts.Bars | None:
    shown = [round(float(value), 1) if value is not None else 0.0 for value in values]  # type: ignore[arg-type]
    if not any(shown):
        return None
    unit = "days" if kpi.unit == Unit.DAYS else "%"
    return charts.Bars(
        title=f"{kpi.label} by month",
        summary=f"Between {min(shown):g} and {max(shown):g} {unit} over the year; the latest month {shown[-1]:g}.",
        labels=[f"{month:%b}" for month in months],
        series={kpi.label: shown},
        unit=unit,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@console
def kpi_target(request: HubRequest, key: str) -> HttpResponse:
    """What one program wants of the figure."""
    kpi = _kpi(key)
    require(request.actor, Capability.KPI_MANAGE)
    period = PeriodForm(request.GET, actor=request.actor, today=timezone.localdate())
    program = period.chosen_program()
    if program is None:
        messages.info(request, "Choose a program first: targets belong to a program.")
        return redirect_to(request, tenant_url("kpi_list"))
    row = KpiTarget.objects.filter(program=program, kpi=kpi.key).first()
    initial = {"target": row.target, "band": row.band} if row else {"band": 0}
    form = TargetForm(request.POST or None, initial=initial, kpi=kpi)
    if request.method == "POST" and form.is_valid():
        set_target(program=program, kpi=kpi.key, actor=request.actor, **form.cleaned_data)
        messages.success(request, f"The target of {kpi.label} is set.")
        return redirect_to(request, f"{tenant_url('kpi_detail', key=key)}?program={program.number}")
    status = 422 if form.is_bound else 200
    return render(request, "analytics/kpi_target.html", {"kpi": kpi, "program": program, "form": form}, status=status)

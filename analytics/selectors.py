"""What the dashboard, the drill-down and the API ask: one definition of a value for all of them."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import IntegerField, Q, QuerySet, Subquery
from django.utils import timezone

from analytics.kpis import BETTER, KPI, Unit, kpis
from analytics.models import KpiFact, KpiRollup, KpiTarget
from analytics.periods import period_start
from freelance_hub.access import Actor, program_limit
from freelance_hub.links import tenant_url
from freelance_hub.models import Tenant
from freelance_hub.permissions import Capability
from programs.models import Budget, Program
from talent.access import visible_assignments, visible_invoices, visible_requisitions
from talent.models import Assignment, Invoice, Requisition

FEW = 5  # rates of fewer things say more about chance than about work (product/kpis.md)
TREND_MONTHS = 12


@dataclass(frozen=True)
class Reading:
    """One KPI as it stands: `value` in the KPI's unit (days or per cent, None when there is nothing to say yet)."""

    kpi: KPI
    n: int
    value: Decimal | None
    p90: Decimal | None
    target: Decimal | None
    state: str  # good, warn, bad, or "" without target or value
    trend: tuple[Decimal | None, ...]  # the last months, oldest first
    months: tuple[tuple[date, Decimal], ...]  # their sums, in days, ones or money
    note: str

    @property
    def text(self) -> str:
        """The value as people read it."""
        if self.value is None:
            return "–"
        return f"{self.value:.1f}" if self.kpi.unit == Unit.DAYS else f"{self.value:.0f}"


def quarters(today: date, count: int = 6) -> list[date]:
    """First days of the last quarters, newest first."""
    found = [period_start(today, KpiRollup.Period.QUARTER)]
    while len(found) < count:
        found.append(period_start(found[-1] - timedelta(days=1), KpiRollup.Period.QUARTER))
    return found


def readings(*, program: Program | None, quarter: date) -> list[Reading]:
    """All KPIs of one program (None: all programs) in a quarter with a year of months before its end. Three queries."""
    first_month = (quarter.replace(day=1) - timedelta(days=275)).replace(day=1)
    last_month = min(quarter + timedelta(days=80), timezone.localdate()).replace(day=1)
    rollups = KpiRollup.objects.filter(program=program).filter(
        Q(period=KpiRollup.Period.QUARTER, starts_on=quarter)
        | Q(period=KpiRollup.Period.MONTH, starts_on__range=(first_month, last_month))
    )
    now: dict[str, KpiRollup] = {}
    months: dict[tuple[str, date], KpiRollup] = {}
    for rollup in rollups:
        if rollup.period == KpiRollup.Period.QUARTER:
            now[rollup.kpi] = rollup
        else:
            months[rollup.kpi, rollup.starts_on] = rollup
    targets = {t.kpi: t for t in KpiTarget.objects.filter(program=program)} if program else {}
    budget = _budget(program=program, quarter=quarter)
    axis = _months(first_month, last_month)
    return [
        _reading(
            kpi,
            now.get(kpi.key),
            [(month, months.get((kpi.key, month))) for month in axis][-TREND_MONTHS:],
            targets.get(kpi.key),
            budget,
        )
        for kpi in kpis.values()
    ]


def _reading(
    kpi: KPI,
    rollup: KpiRollup | None,
    months: list[tuple[date, KpiRollup | None]],
    target: KpiTarget | None,
    budget: Decimal,
) -> Reading:
    n = rollup.n if rollup else 0
    value = _value(kpi, rollup, budget)
    note = f"{n} counted"
    if kpi.unit == Unit.RATE and 0 < n < FEW:
        value, note = None, f"Too few to say yet ({n} of {FEW})"
    elif kpi.unit == Unit.SHARE_OF_BUDGET:
        note = "No budget in this quarter" if not budget else f"of {budget:,.0f}"
    elif n == 0:
        note = "Nothing finished in this quarter"
    goal = target.target if target else None
    return Reading(
        kpi=kpi,
        n=n,
        value=value,
        p90=rollup.p90 if rollup and kpi.unit == Unit.DAYS else None,
        target=goal,
        state=_state(kpi, value, goal, target.band if target else Decimal(0)),
        trend=tuple(_value(kpi, rollup, budget) for _, rollup in months),
        months=tuple((month, rollup.total if rollup else Decimal(0)) for month, rollup in months),
        note=note,
    )


def _value(kpi: KPI, rollup: KpiRollup | None, budget: Decimal) -> Decimal | None:
    if rollup is None or rollup.n == 0:
        return None
    if kpi.unit == Unit.DAYS:
        return rollup.median
    if kpi.unit == Unit.RATE:
        return 100 * rollup.total / rollup.n
    return 100 * rollup.total / budget if budget else None


def _state(kpi: KPI, value: Decimal | None, target: Decimal | None, band: Decimal) -> str:
    if value is None or target is None:
        return ""
    miss = value - target if kpi.better == BETTER.LOW else target - value
    if miss <= 0:
        return "good"
    return "warn" if miss <= band else "bad"


def _budget(*, program: Program | None, quarter: date) -> Decimal:
    """The part of the budgets that falls into the quarter, by days; of all programs in the company's currency only."""
    end = _months(quarter, quarter + timedelta(days=80))[-1]
    last_day = (end + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    budgets = Budget.objects.filter(starts_on__lte=last_day, ends_on__gte=quarter)
    if program is not None:
        budgets = budgets.filter(program=program)
    share = Decimal(0)
    for budget in budgets:
        days = (min(budget.ends_on, last_day) - max(budget.starts_on, quarter)).days + 1
        share += budget.amount * days / ((budget.ends_on - budget.starts_on).days + 1)
    return share.quantize(Decimal("0.01"))


def _months(first: date, last: date) -> list[date]:
    months = [first.replace(day=1)]
    while months[-1] < last.replace(day=1):
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    return months


class CappedCount(Subquery):
    """How many rows a query has, counted up to its slice, within another query."""

    template = "(SELECT count(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()


CAP = 1001  # "1,000+" says enough on the dashboard, and the planner stops there


@dataclass(frozen=True)
class Line:
    """One line of what runs right now."""

    label: str
    note: str
    count: str
    href: str


def right_now(actor: Actor) -> list[Line]:
    """Open requests, running assignments and unpaid invoices as far as the actor may see them. One query."""
    nouns: list[tuple[str, str, str, QuerySet[Any], str]] = []
    if actor.can(Capability.REQUISITION_SEE):
        asked = visible_requisitions(actor).filter(state=Requisition.State.IN_APPROVAL)
        wanted = visible_requisitions(actor).filter(state=Requisition.State.OPEN)
        nouns += [
            ("in_approval", "Requests in approval", "Somebody has to decide", asked, "requisition_list"),
            ("open", "Open requests", "Approved, a freelancer is wanted", wanted, "requisition_list"),
        ]
    if actor.can(Capability.ASSIGNMENT_SEE):
        coming = visible_assignments(actor).filter(state=Assignment.State.ONBOARDING)
        working = visible_assignments(actor).filter(state=Assignment.State.ACTIVE)
        nouns += [
            ("onboarding", "Onboarding", "On their way in", coming, "assignment_list"),
            ("active", "Active assignments", "At work now", working, "assignment_list"),
        ]
    if actor.can(Capability.INVOICE_SEE):
        unpaid = visible_invoices(actor).filter(state__in=Invoice.OPEN)
        nouns.append(("", "Open invoices", "Not yet approved for payment", unpaid, "invoice_list"))
    if not nouns:
        return []
    counts = {f"n{at}": CappedCount(rows.order_by().values("pk")[:CAP]) for at, (_, _, _, rows, _) in enumerate(nouns)}
    found: dict[str, Any] = dict(Tenant.objects.filter(pk=actor.tenant_id).values(**counts).get())
    return [
        Line(
            label,
            note,
            "1,000+" if found[f"n{at}"] == CAP else str(found[f"n{at}"]),
            tenant_url(route) + (f"?state={state}" if state else ""),
        )
        for at, (state, label, note, _, route) in enumerate(nouns)
    ]


def facts_behind(*, actor: Actor, kpi: KPI, program: Program | None, quarter: date) -> QuerySet[KpiFact]:
    """The facts of one figure, newest first: exactly those that its value was made of."""
    end = (quarter + timedelta(days=95)).replace(day=1)
    end = period_start(end, KpiRollup.Period.QUARTER)
    facts = KpiFact.objects.filter(kpi=kpi.key, at__gte=quarter, at__lt=end).filter(program_limit(actor))
    return facts.filter(program=program) if program else facts

"""Keep facts and rollups true: refreshed by events, or made again from the rows."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import QuerySet

from analytics.kpis import KPI, kpis
from analytics.models import KpiFact, KpiRollup
from analytics.periods import period_start
from freelance_hub.models import Tenant
from freelance_hub.tenancy.context import current

CHUNK = 2000


@transaction.atomic
def refresh_subject(*, source: str, subject_id: int) -> int:
    """Make the facts of one source row true, and the rollups they touch. Idempotent. Returns how many facts changed."""
    zone = _zone()
    changed = 0
    for kpi in kpis.values():
        rows = kpi.sources.get(source)
        if rows is None:
            continue
        old = KpiFact.objects.filter(kpi=kpi.key, source=source, subject_id=subject_id).first()
        new = next(iter(_facts(kpi, source, rows().filter(pk=subject_id), zone)), None)
        if _same(old, new):
            continue
        if old is not None:
            old.delete()
        if new is not None:
            new.save()
        changed += 1
        for fact in filter(None, (old, new)):
            roll_up(kpi=kpi.key, program_id=fact.program_id, day=fact.at)
    return changed


@transaction.atomic
def rebuild(keys: Iterable[str] | None = None) -> dict[str, int]:
    """Throw facts and rollups of the current tenant away and make them again; returns facts by KPI.

    For imports, for the demo and for a KPI whose formula changed.
    """
    zone = _zone()
    made: dict[str, int] = {}
    for key in keys or list(kpis):
        kpi = kpis[key]
        KpiFact.objects.filter(kpi=key).delete()
        KpiRollup.objects.filter(kpi=key).delete()
        made[key] = 0
        for source, rows in kpi.sources.items():
            batch: list[KpiFact] = []
            for fact in _facts(kpi, source, rows(), zone):
                batch.append(fact)
                if len(batch) == CHUNK:
                    made[key] += len(KpiFact.objects.bulk_create(batch))
                    batch = []
            made[key] += len(KpiFact.objects.bulk_create(batch))
        for program_id, day in KpiFact.objects.filter(kpi=key).values_list("program_id", "at").distinct():
            roll_up(kpi=key, program_id=program_id, day=day)
    return made


def roll_up(*, kpi: str, program_id: int, day: date) -> None:
    """Make the month and the quarter of `day` true, for the program and for all programs. Side effect: up to 4 rows."""
    for period in KpiRollup.Period.values:
        start = period_start(day, period)
        for program in (program_id, None):
            _roll_up_one(kpi=kpi, program_id=program, period=period, start=start)


def _roll_up_one(*, kpi: str, program_id: int | None, period: str, start: date) -> None:
    """One INSERT … ON CONFLICT from the facts of the period; a rollup of no facts is deleted."""
    months = 1 if period == KpiRollup.Period.MONTH else 3
    where = "" if program_id is None else "AND program_id = %(program)s"
    sql = f"""
        INSERT INTO analytics_kpirollup (tenant_id, kpi, program_id, period, starts_on, n, total, median, p90)
        SELECT %(tenant)s, %(kpi)s, %(program)s, %(period)s, %(start)s, count(*), coalesce(sum(value), 0),
            percentile_cont(0.5) WITHIN GROUP (ORDER BY value), percentile_cont(0.9) WITHIN GROUP (ORDER BY value)
        FROM analytics_kpifact
        WHERE tenant_id = %(tenant)s AND kpi = %(kpi)s {where}
            AND at >= %(start)s AND at < %(start)s::date + make_interval(months => %(months)s)
        ON CONFLICT (tenant_id, kpi, program_id, period, starts_on) DO UPDATE
            SET n = excluded.n, total = excluded.total, median = excluded.median, p90 = excluded.p90
    """  # noqa: S608  `where` is one of two constants
    values = {
        "tenant": current().tenant_id,
        "kpi": kpi,
        "program": program_id,
        "period": period,
        "start": start,
        "months": months,
    }
    with connection.cursor() as cursor:
        # One writer a figure at a time, so that two refreshes cannot store each other's older sums.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), %s)", [kpi, current().tenant_id])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    KpiRollup.objects.filter(kpi=kpi, program=program_id, period=period, starts_on=start, n=0).delete()


def _facts(kpi: KPI, source: str, rows: QuerySet[Any], zone: ZoneInfo) -> Iterable[KpiFact]:
    found = rows.values_list("pk", "fact_program", "fact_at", "fact_value")
    for pk, program_id, at, value in found.iterator(chunk_size=CHUNK):
        yield KpiFact(
            kpi=kpi.key,
            source=source,
            subject_id=pk,
            program_id=program_id,
            at=at.astimezone(zone).date() if isinstance(at, datetime) else at,
            value=round(Decimal(str(value)), 4),
        )


def _same(old: KpiFact | None, new: KpiFact | None) -> bool:
    if old is None or new is None:
        return old is new
    return (old.program_id, old.at, old.value) == (new.program_id, new.at, new.value)


def _zone() -> ZoneInfo:
    return ZoneInfo(Tenant.objects.get(pk=current().tenant_id or 0).time_zone)

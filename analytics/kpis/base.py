"""What a KPI is."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, FloatField, QuerySet
from django.db.models.functions import Extract


class Unit(StrEnum):
    """How a value is written."""

    DAYS = "days"  # median and 90th percentile of calendar days
    RATE = "%"  # share of ones among ones and zeros
    SHARE_OF_BUDGET = "% of budget"  # sum of money against the budget of the period


class BETTER(StrEnum):
    """Which way is good."""

    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True)
class KPI:
    """One figure. `sources` gives for each model label its rows annotated with `fact_at` (date or datetime of the stop
    event), `fact_value` and `fact_program`; events of such a row refresh its fact.
    """

    key: str
    label: str
    question: str  # what it answers, in one sentence
    formula: str
    unit: Unit
    better: BETTER
    sources: dict[str, Callable[[], QuerySet[Any]]]


kpis: dict[str, KPI] = {}


def register(kpi: KPI) -> KPI:
    """Add a KPI to the registry; keys are unique."""
    if kpi.key in kpis:
        msg = f"There are two KPIs with the key {kpi.key}."
        raise ValueError(msg)
    kpis[kpi.key] = kpi
    return kpi


def days_between(start: str, stop: str) -> Any:
    """Calendar days with their fraction from one timestamp field to another."""
    span = ExpressionWrapper(F(stop) - F(start), output_field=DurationField())
    return ExpressionWrapper(Extract(span, "epoch") / 86400.0, output_field=FloatField())

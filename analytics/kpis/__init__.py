"""The KPIs: each is a key, words, a unit and one query over the rows it is made of (formulas: product/kpis.md)."""

from analytics.kpis.base import BETTER, KPI, Unit, kpis
from analytics.kpis.delivery import first_pass_acceptance, on_time_delivery
from analytics.kpis.hiring import time_to_fill, time_to_onboard
from analytics.kpis.money import budget_burn, invoice_cycle_time

__all__ = [
    "BETTER",
    "KPI",
    "Unit",
    "budget_burn",
    "first_pass_acceptance",
    "invoice_cycle_time",
    "kpis",
    "on_time_delivery",
    "time_to_fill",
    "time_to_onboard",
]

"""Targets of KPIs."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from analytics.kpis import kpis
from analytics.models import KpiTarget
from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.permissions import Capability, require
from programs.models import Program


@transaction.atomic
def set_target(*, program: Program, kpi: str, target: Decimal, band: Decimal, actor: Actor) -> KpiTarget:
    """Set what a program wants of a KPI, in the KPI's unit (rates in per cent); a miss within `band` only warns.

    Raises Refused without kpi.manage, Refusal for an unknown KPI or negative numbers. Event `kpi_target.set`.
    """
    require(actor, Capability.KPI_MANAGE)
    if kpi not in kpis:
        raise Refusal(f"There is no KPI “{kpi}”.", field="kpi", remedy="Choose one from the dashboard.")
    if target < 0 or band < 0:
        raise Refusal("Targets and bands cannot be negative.", field="target", remedy="Write 0 or more.")
    row, _ = KpiTarget.objects.update_or_create(
        program=program,
        kpi=kpi,
        defaults={"target": target, "band": band, "set_by_id": actor.membership_id, "set_at": timezone.now()},
    )
    events.announce("kpi_target.set", row, actor=actor, kpi=kpi, target=str(target), band=str(band))
    return row

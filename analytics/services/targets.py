"""Targets of KPIs."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from analytics.kpis import kpis
from analytics.models import KpiTarget
from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
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


@transaction.atomic
def change_owner(*, target: KpiTarget, owner: Membership, actor: Actor) -> KpiTarget:
    """Somebody else answers for a target from now on. The same person twice is fine.

    Raises Refused without kpi.manage, Refusal for who is no active employee. Event `kpi_target.owner_changed` with who had
    it before.
    """
    require(actor, Capability.KPI_MANAGE)
    before = target.owner_id
    if before == owner.pk:
        return target
    if owner.kind != Membership.Kind.STAFF or owner.state != Membership.State.ACTIVE:
        raise Refusal(
            f"{owner} cannot answer for a target.", field="owner", remedy="Choose an employee who can sign in."
        )
    target.owner = owner
    target.save(update_fields=["owner"])
    events.announce("kpi_target.owner_changed", target, actor=actor, before_id=before, owner_id=owner.pk)
    return target

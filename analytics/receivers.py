"""What analytics listens to: packs set targets, changed work refreshes figures."""

from decimal import Decimal

from analytics.kpis import Unit, kpis
from analytics.models import KpiTarget
from analytics.services import facts
from analytics.services.targets import change_owner
from freelance_hub import events
from freelance_hub.models import Event
from workflows.services import estates

SOURCES = {source for kpi in kpis.values() for source in kpi.sources}


@events.listen("program.launched")
def install_targets(event: Event) -> None:
    """The launch pack's targets, in the launch's own transaction. Unknown KPIs fail the launch: the pack is wrong.

    Packs write shares (0.9), targets are kept like the figures that they are compared with: in per cent, or days.
    """
    for wanted in event.payload.get("kpis", []):
        kpi = kpis[wanted["key"]]
        scale = 1 if kpi.unit == Unit.DAYS else 100
        KpiTarget.objects.create(
            program_id=event.subject_id,
            kpi=kpi.key,
            target=scale * Decimal(str(wanted["target"])),
            band=scale * Decimal(str(wanted.get("band", 0))),
        )


estates.register(
    estates.Estate(
        "kpis",
        "KPI target",
        "KPI targets",
        lambda leaver: KpiTarget.objects.filter(owner=leaver).select_related("program").order_by("pk"),
        lambda target, _leaver, successor, actor: change_owner(target=target, owner=successor, actor=actor),
        lambda target: f"{kpis[target.kpi].label} of {target.program}",
    )
)


@events.deliver("assignment.*", "deliverable.*", "time.*", "invoice.*")
def refresh_figures(event: Event) -> None:
    """After a change of a measured row; idempotent, so a second delivery changes nothing."""
    if event.subject_type in SOURCES:
        facts.refresh_subject(source=event.subject_type, subject_id=event.subject_id)

"""Celery tasks of workflows. A message says "there is work"; which, stands in Postgres."""

import logging
import os
import socket
import time

from celery import shared_task
from django.conf import settings
from django.db import connection

from freelance_hub import metrics, queue
from freelance_hub.access import automation
from freelance_hub.models import Tenant
from freelance_hub.tenancy.context import Context, tenant, use
from workflows.engine import claims, hints, sweeper, work
from workflows.services import campaigns, handovers, starts, stuck, upkeep

log = logging.getLogger(__name__)
DRAIN_SECONDS = 10
_last_tenant = 0  # of this process: tenants take turns


@shared_task(name="workflows.drain")
def drain() -> None:
    """Perform steps until none is due or ten seconds are over; then ask for a successor, so that other tasks get their turn.

    One successor of each step this process takes itself, for the others it sends hints.
    """
    global _last_tenant  # noqa: PLW0603
    worker = f"{socket.gethostname()}:{os.getpid()}"
    end = time.monotonic() + DRAIN_SECONDS
    with use(Context()):
        while time.monotonic() < end:
            claim = claims.claim(worker, after_tenant=_last_tenant)
            if claim is None:
                return
            _last_tenant = claim.tenant_id
            hints.send(work.perform(claim) - 1)
        queue.send(hints.DRAIN)


@shared_task(name="workflows.sweep")
def sweep() -> None:
    """Handle what is due, then hint at ready steps."""
    sweeper.sweep()
    starts.sweep_schedules()
    ready, _, _ = sweeper.backlog(settings.WORKFLOW_WORKERS)
    hints.send(ready)


@shared_task(name="workflows.reconcile")
def reconcile() -> None:
    """In each company with accesses: begin what is due, and hint at the connections that have something to do.

    A company in which that fails is logged and left for the next minute; it does not hold up the others.
    """
    last = 0
    while companies := _companies_with_accesses(last):
        for tenant_id, slug in companies:
            with use(Context(tenant_id=tenant_id, tenant_slug=slug, actor="Reconciler")):
                try:
                    reconcile_company()
                except Exception:
                    log.exception("reconcile_failed", extra={"tenant": tenant_id})
            last = tenant_id


@shared_task(name="workflows.reconcile_company")
def reconcile_company() -> None:
    """The same in the current tenant."""
    for connection_id in upkeep.look_after_company():
        queue.send("workflows.reconcile_connection", connection_id)


@shared_task(name="workflows.reconcile_connection")
def reconcile_connection(connection_id: int) -> None:
    """Bring what is behind one connection of the current tenant to where it should be."""
    upkeep.see_to_connection(connection_id)


def _companies_with_accesses(after: int) -> list[tuple[int, str]]:
    with use(Context()), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, tenant_slug FROM wf_access_tenants(%s, %s)", [after, 200])
        found: list[tuple[int, str]] = cursor.fetchall()
    return found


@shared_task(name="workflows.look_after_reviews")
def look_after_reviews() -> None:
    """In each active company: end and remind of access reviews, hand over what nobody has handed over."""
    for company in Tenant.objects.filter(state=Tenant.State.ACTIVE).order_by("pk"):
        with tenant(company, actor="Freelance Hub"):
            actor = automation(tenant_id=company.pk, label="Freelance Hub")
            handovers.hand_over_long_suspended(actor=actor)
            handovers.carry_out_forgotten(actor=actor)
            campaigns.look_after(actor=actor)


@shared_task(name="workflows.tell_of_stuck_runs")
def tell_of_stuck_runs() -> int:
    """Tell program owners of runs that stand still, in each active company; returns how many people were told."""
    told = 0
    for company in Tenant.objects.filter(state=Tenant.State.ACTIVE).order_by("pk"):
        with tenant(company, actor="Monitoring"):
            told += stuck.tell_of_stuck_runs()
    return told


@metrics.gauge("fh_workflow_oldest_ready_seconds", "Age of the oldest step that waits for a worker; alarm above 60")
def oldest_ready_seconds() -> float:
    return sweeper.backlog(1000)[1]


@metrics.gauge("fh_workflow_attention", "Steps that need a person to say what happened")
def attention() -> float:
    return float(sweeper.backlog(1)[2])


@metrics.gauge(
    "fh_access_overdue", "Accesses that should be closed and are not; alarm when it stays above 0 for an hour"
)
def accesses_overdue() -> float:
    return _overdue()[0]


@metrics.gauge("fh_access_overdue_seconds", "Since when the oldest of them should be closed; alarm above 3600")
def accesses_overdue_seconds() -> float:
    return _overdue()[1]


def _overdue() -> tuple[float, float]:
    with use(Context()), connection.cursor() as cursor:
        cursor.execute("SELECT grants, oldest_seconds FROM wf_access_overdue()")
        found, oldest = cursor.fetchone()
    return float(found), float(oldest)

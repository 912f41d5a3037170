"""Celery tasks of talent: thin, one service called in each company."""

import structlog
from celery import shared_task

from freelance_hub.models import Tenant
from freelance_hub.tenancy.context import tenant
from talent.services import assignments

log = structlog.get_logger(__name__)


@shared_task(name="talent.end_due_assignments")
def end_due_assignments() -> int:
    """End what is past its last day, in each active company by its own calendar; returns how many."""
    ended = 0
    for company in Tenant.objects.filter(state=Tenant.State.ACTIVE).order_by("pk"):
        with tenant(company, actor="End date"):
            ended += assignments.end_due()
    if ended:
        log.info("assignments_ended", count=ended)
    return ended

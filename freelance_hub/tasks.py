"""Celery tasks of the platform: thin, ids in, one service called. The tenant travels in the message's headers."""

from celery import shared_task
from django.utils import timezone

from freelance_hub import audit
from freelance_hub.models import Heartbeat, Tenant
from freelance_hub.services import delivery, jobs, notifications
from freelance_hub.tenancy.context import tenant


@shared_task(name="hub.deliver_events")
def deliver_events() -> None:
    """Hand waiting events of the current tenant to their listeners."""
    delivery.deliver_waiting()


@shared_task(name="hub.sweep_deliveries")
def sweep_deliveries() -> None:
    """Every tenant's deliveries whose hint was lost or that are due again."""
    delivery.sweep()


@shared_task(name="hub.mail_notifications")
def mail_notifications() -> None:
    """Mail what waits to be mailed at once in the current tenant."""
    notifications.mail_waiting()


@shared_task(name="hub.sweep_notifications")
def sweep_notifications() -> None:
    """Mails whose hint was lost, in every active tenant."""
    for company in Tenant.objects.filter(state=Tenant.State.ACTIVE):
        with tenant(company):
            notifications.mail_waiting()


@shared_task(name="hub.mail_digests")
def mail_digests() -> None:
    """The daily digests of every active tenant."""
    for company in Tenant.objects.filter(state=Tenant.State.ACTIVE):
        with tenant(company):
            notifications.mail_digests()


@shared_task(name="hub.seal_audit")
def seal_audit() -> None:
    """Seal what every company's audit log has gained since the last time."""
    audit.seal_every_audit()


@shared_task(name="hub.partition_audit")
def partition_audit() -> None:
    """Make the audit log's partitions of the coming months, long before they are needed."""
    audit.ensure_partitions()


@shared_task(name="hub.heartbeat")
def heartbeat(process: str) -> None:
    """Show that `process` works, and that the scheduler, which sent this, does."""
    for name in (process, "scheduler"):
        Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


@shared_task(name="hub.run_job")
def run_job(job_id: int) -> None:
    """Do a long job of the current tenant."""
    jobs.run(job_id=job_id)


@shared_task(name="hub.sweep_jobs")
def sweep_jobs() -> None:
    """Jobs whose message or worker was lost, in every active tenant."""
    for company in Tenant.objects.filter(state=Tenant.State.ACTIVE):
        with tenant(company):
            jobs.sweep()

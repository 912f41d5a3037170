"""Celery tasks of workflows. A message says "there is work"; which, stands in Postgres."""

import logging
import os
import socket
import time

import redis
from celery import shared_task
from django.conf import settings

from freelance_hub import metrics
from freelance_hub.tenancy.context import Context, use
from workflows.engine import claims, hints, sweeper, work

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
        hints.send(1)


@shared_task(name="workflows.sweep")
def sweep() -> None:
    """Handle what is due, then hint at ready steps: with those that wait in the queue never more hints than workers."""
    sweeper.sweep()
    ready, _, _ = sweeper.backlog(settings.WORKFLOW_WORKERS)
    hints.send(ready - _queued(ready))


def _queued(ready: int) -> int:
    if not ready:
        return 0
    try:
        with metrics.broker() as client:
            return int(client.llen("celery"))
    except redis.RedisError:
        return 0  # the hint will fail too, and be swallowed


@metrics.gauge("fh_workflow_oldest_ready_seconds", "Age of the oldest step that waits for a worker; alarm above 60")
def oldest_ready_seconds() -> float:
    return sweeper.backlog(1000)[1]


@metrics.gauge("fh_workflow_attention", "Steps that need a person to say what happened")
def attention() -> float:
    return float(sweeper.backlog(1)[2])

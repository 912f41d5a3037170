"""The sweeper finds what no message will come for: leases, timers and terms that are over. Safe in many processes at once."""

import logging
from collections.abc import Callable

from django.db import connection

from freelance_hub.tenancy.context import Context, use
from workflows.engine import transitions
from workflows.models import Step

log = logging.getLogger(__name__)
BATCH = 500


def sweep() -> int:
    """Handle everything that is due, each in a transaction and tenant of its own. Returns how many things were due.

    A step that cannot be handled is logged and left for the next time; it does not hold up the others.
    """
    with use(Context()), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, tenant_slug, step_id, why FROM wf_due(%s)", [BATCH])
        due = cursor.fetchall()
    for tenant_id, slug, step_id, why in due:
        with use(Context(tenant_id=tenant_id, tenant_slug=slug, actor="Workflow engine")):
            try:
                HANDLERS[why](step_id)
            except Exception:
                log.exception("sweep_failed", extra={"step": step_id, "why": why})
                raise_if_database_is_away()
    return len(due)


def scheduled() -> list[tuple[int, str, int]]:
    """(tenant, its slug, definition) of the schedules that are due."""
    with use(Context()), connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, tenant_slug, definition_id FROM wf_scheduled(%s)", [BATCH])
        found: list[tuple[int, str, int]] = cursor.fetchall()
    return found


def raise_if_database_is_away() -> None:
    """Inside an except block: go on with the next, unless nothing can be asked any more."""
    if not connection.is_usable():
        raise  # noqa: PLE0704  the exception at hand


def backlog(at_most: int) -> tuple[int, float, int]:
    """(steps ready for workers, counted up to `at_most`; age of the oldest of them in seconds; steps that need attention)."""
    with use(Context()), connection.cursor() as cursor:
        cursor.execute("SELECT ready, oldest_seconds, attention FROM wf_backlog(%s)", [at_most])
        ready, oldest, attention = cursor.fetchone()
    return ready, oldest, attention


def _in_run(transition: Callable[[int, int], object]) -> Callable[[int], None]:
    def handle(step_id: int) -> None:
        run_id = Step.objects.values_list("run_id", flat=True).filter(pk=step_id).first()
        if run_id is not None:
            transition(run_id, step_id)

    return handle


HANDLERS: dict[str, Callable[[int], object]] = {
    "lease": _in_run(transitions.expire_lease),
    "timer": _in_run(transitions.end_wait),
    "term": _in_run(transitions.escalate),
    "reminder": _in_run(transitions.remind),
    "hidden": transitions.unhide,
}

"""What the scheduler starts, and how often. Tasks are named, not imported: higher apps' tasks stand here too."""

from typing import Any

HEARTBEAT_SECONDS = 10
SWEEP = "sweep"  # a queue with a worker of its own: sweepers never wait behind what they look after


def every(seconds: float, task: str, *args: Any, queue: str = SWEEP) -> dict[str, Any]:
    """One entry. It expires when its successor is due, so a returning worker does not meet a backlog of sweeps."""
    return {"task": task, "schedule": seconds, "args": args, "options": {"queue": queue, "expires": max(seconds, 5)}}


SCHEDULE: dict[str, dict[str, Any]] = {
    "heartbeat of the worker": every(HEARTBEAT_SECONDS, "hub.heartbeat", "worker", queue="celery"),
    "heartbeat of the sweeper": every(HEARTBEAT_SECONDS, "hub.heartbeat", "sweeper"),
    "look after workflow steps": every(1, "workflows.sweep"),
    "deliver events whose hint was lost": every(5, "hub.sweep_deliveries"),
    "mail notifications whose hint was lost": every(30, "hub.sweep_notifications"),
    "start jobs again whose worker was lost": every(15, "hub.sweep_jobs"),
    "mail digests that are due": every(900, "hub.mail_digests"),
    "open and close accesses, and notice what is late": every(60, "workflows.reconcile"),
    "end assignments after their last day": every(60, "talent.end_due_assignments"),
    "review accesses and hand over what is nobody's": every(60, "workflows.look_after_reviews"),
    "tell of workflows that stand still": every(600, "workflows.tell_of_stuck_runs"),
    "seal the audit log": every(300, "hub.seal_audit"),
    "make partitions of the audit log": every(24 * 3600, "hub.partition_audit"),
}

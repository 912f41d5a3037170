"""Hints: a message says only that there is work. Which step, Postgres decides; a lost hint costs a second."""

from django.conf import settings

from freelance_hub import queue

DRAIN = "workflows.drain"


def after_commit(ready: int) -> None:
    """Tell the workers, once the running transaction has committed, that steps wait; never more hints than workers."""
    queue.after_commit(DRAIN, times=min(ready, settings.WORKFLOW_WORKERS))


def send(ready: int) -> None:
    """Tell the workers now."""
    for _ in range(min(ready, settings.WORKFLOW_WORKERS)):
        queue.send(DRAIN)

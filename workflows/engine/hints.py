"""Hints: a message says only that there is work. Which step, Postgres decides; a lost hint costs a second."""

import redis
from django.conf import settings

from freelance_hub import metrics, queue

DRAIN = "workflows.drain"
QUEUE = "celery"


def after_commit(ready: int) -> None:
    """Tell the workers, once the running transaction has committed, that steps wait; never more hints than workers."""
    queue.after_commit(DRAIN, times=min(ready, settings.WORKFLOW_WORKERS))


def send(ready: int) -> None:
    """Tell the workers now; with the messages that wait in their queue never more hints than workers."""
    if ready <= 0:
        return
    for _ in range(min(ready, settings.WORKFLOW_WORKERS - _queued())):
        queue.send(DRAIN)


def _queued() -> int:
    try:
        with metrics.broker() as client:
            return int(client.llen(QUEUE))
    except redis.RedisError:
        return 0  # the hint will fail too, and be swallowed

"""The only way to start a Celery task. A message is a hint: rows are the truth, sweepers find what a hint lost."""

import logging
from dataclasses import dataclass
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def after_commit(task: str, *args: Any, queue: str = "celery", times: int = 1) -> None:
    """Send the task by name once the running transaction has committed; the tenant travels in the headers.

    The same message is sent once a transaction, or up to `times` when several workers should come.
    A broker that is down is logged and swallowed: the request has succeeded, the sweeper will find the row.
    """
    hint = Hint(task, args, queue)
    waiting = sum(entry[1] == hint for entry in transaction.get_connection().run_on_commit)
    for _ in range(times - waiting):
        transaction.on_commit(hint)


@dataclass(frozen=True)
class Hint:
    """One message; the same one twice in a transaction is sent once."""

    task: str
    args: tuple[Any, ...]
    queue: str

    def __call__(self) -> None:
        send(self.task, *self.args, queue=self.queue)


def send(task: str, *args: Any, queue: str = "celery") -> None:
    """Send the task now. For sweepers and `after_commit`; everything else goes through `after_commit`."""
    try:
        current_app.send_task(task, args=args, queue=queue, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("hint_lost", extra={"task": task, "error": str(error)})

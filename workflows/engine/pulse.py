"""The heart-beat of a worker: one thread a process, which prolongs the lease of the step at work."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connection

from workflows.engine.claims import Claim, beat, lease

log = logging.getLogger(__name__)


class Pulse:
    """Beats for one claim at a time, three times a lease, and no longer than the action may take."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._work: tuple[Claim, float] | None = None
        self._thread: threading.Thread | None = None

    @contextmanager
    def keeping(self, claim: Claim, *, at_most: float) -> Iterator[None]:
        """Keep the lease of `claim` while the block runs; after `at_most` seconds it is left to run out."""
        with self._lock:
            self._work = (claim, time.monotonic() + at_most)
            if self._thread is None or not self._thread.is_alive():  # first step of this process, also after a fork
                self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._work = None

    def _beat(self) -> None:
        while True:
            time.sleep(lease().total_seconds() / 3)
            work = self._work
            if work is None or time.monotonic() > work[1]:
                continue
            try:
                beat(work[0])
            except Error:  # the database is away: try again, with a new connection
                log.warning("heartbeat_failed", extra={"step": work[0].step_id})
                connection.close()


pulse = Pulse()

"""The CSV of a list against `COPY … TO STDOUT` of the same query, and the memory both sizes need."""

import resource
import sys
import threading
import time
from contextlib import closing
from typing import Self

import psutil
from django.db import connection, transaction
from django.test import Client

from bench.stand import Sized
from bench.table import Row, judged
from freelance_hub.tenancy.context import tenant
from talent.models import Assignment

PATH = "/t/{slug}/assignments/?format=csv"


class Peak:
    """The highest memory of this process while it runs, in MB."""

    def __enter__(self) -> Self:
        self._me = psutil.Process()
        self.base = self.top = self._me.memory_info().rss
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()
        return self

    def _look(self) -> None:
        while not self._over.wait(0.01):
            self.top = max(self.top, self._me.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    @property
    def grown(self) -> float:
        return (self.top - self.base) / 1e6


class Sink:
    """A file that forgets."""

    size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)


def measure(stands: list[Sized]) -> list[Row]:
    """Each size once to warm up, then three times in turn with the bare COPY."""
    rows: list[Row] = []
    grown: dict[str, float] = {}
    for stand in stands:
        client = Client()
        client.force_login(stand.manager.user)
        ours, bare = [], []
        for attempt in range(4):
            with Peak() as peak:
                begun = time.monotonic()
                _export(client, stand)
                took = time.monotonic() - begun
            grown[stand.label] = max(grown.get(stand.label, 0.0), peak.grown)
            begun = time.monotonic()
            _copy(stand)
            if attempt:
                ours.append(took)
                bare.append(time.monotonic() - begun)
        speed, base = stand.size / min(ours), stand.size / min(bare)
        rows.append(judged(f"export of {stand.label}", speed, "rows/s", baseline=base, at_least=0.5))
        rows.append(judged(f"export of {stand.label}: memory grown", grown[stand.label], "MB"))
    first, last = stands[0].label, stands[-1].label
    flat = grown[last] - grown[first]
    rows.append(judged(f"export: memory of {last} above {first}", flat, "MB", at_most=16))
    rows.append(
        judged("export: peak memory of the process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, "MB")
    )
    return rows


def _export(client: Client, stand: Sized) -> int:
    response = client.get(PATH.format(slug=stand.tenant.slug))
    assert response.status_code == 200, response.status_code
    with closing(response):
        size = sum(len(chunk) for chunk in response.streaming_content)
    if size < stand.size * 20:
        sys.exit(f"The export of {stand.label} is too small: {size} bytes.")
    return size


def _copy(stand: Sized) -> int:
    """The rows of the same list, as Postgres gives them."""
    with tenant(stand.tenant), transaction.atomic(), connection.cursor() as cursor:
        rows = Assignment.objects.order_by("-created_at", "-id").values_list(
            "number",
            "title",
            "freelancer__name",
            "program__name",
            "manager__user__name",
            "state",
            "starts_on",
            "ends_on",
            "rate",
            "currency",
        )
        sql, params = rows.query.sql_with_params()
        sink = Sink()
        cursor.copy_expert(f"COPY ({cursor.mogrify(sql, params).decode()}) TO STDOUT (FORMAT csv)", sink)
        return sink.size

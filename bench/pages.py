"""The six main pages at three sizes: queries, bytes, CPU of the web process and of Postgres, against the reference."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import clear_url_caches, set_urlconf

from bench import reference
from bench.stand import Sized
from bench.table import Row, judged

PAGES = {
    "dashboard": "/t/{slug}/",
    "requests": "/t/{slug}/requests/",
    "assignments": "/t/{slug}/assignments/",
    "freelancers": "/t/{slug}/freelancers/",
    "invoices": "/t/{slug}/invoices/",
    "one assignment": "/t/{slug}/assignments/7/",
}
LISTS = {"requests", "assignments", "freelancers", "invoices"}
ROUNDS = 25


class Meter:
    """CPU of this process and of its Postgres backend, in milliseconds."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.backend = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")

    def read(self) -> tuple[float, float]:
        database = int(self.backend.read_text().split()[0]) / 1e6 if self.backend.exists() else 0.0
        return time.process_time() * 1000, database

    def cost(self, do: Callable[[], object]) -> tuple[float, float]:
        web, database = self.read()
        do()
        web_after, database_after = self.read()
        return web_after - web, database_after - database


def measure(stands: list[Sized]) -> list[Row]:
    """Rounds are interleaved: every page and the reference take turns, so that a busy machine burdens all alike."""
    connection.settings_dict["CONN_MAX_AGE"] = None
    jobs: dict[tuple[str, str], Callable[[], object]] = {}
    rows: list[Row] = []
    for stand in stands:
        client = Client()
        client.force_login(stand.manager.user)
        jobs[stand.label, "reference"] = _reference(client, stand)
        for name, route in PAGES.items():
            path = route.format(slug=stand.tenant.slug)
            jobs[stand.label, name] = _getter(client, path)
            response = client.get(path)
            assert response.status_code == 200, (path, response.status_code)
            with CaptureQueriesContext(connection) as queries:
                response = client.get(path)
            if stand is stands[0]:
                rows.append(judged(f"{name}: queries", len(queries), "queries", at_most=12))
            size = len(response.content) / 1000
            rows.append(judged(f"{name}: size at {stand.label}", size, "kB", at_most=100 if name in LISTS else None))
    costs = _interleaved(jobs)
    for (label, name), (web, database) in costs.items():
        if name == "reference":
            continue
        base = costs[label, "reference"]
        limit = 1.5 if name in LISTS else None
        rows.append(judged(f"{name}: web CPU at {label}", web, "ms", baseline=base[0], at_most=limit))
        rows.append(judged(f"{name}: database CPU at {label}", database, "ms", baseline=base[1]))
    first, last = stands[0].label, stands[-1].label
    if first != last:
        for name in PAGES:
            small, large = sum(costs[first, name]), sum(costs[last, name])
            rows.append(judged(f"{name}: {last} against {first}", large, "ms", baseline=small, at_most=1.2))
    return rows


def _getter(client: Client, path: str) -> Callable[[], object]:
    return lambda: client.get(path).content


def _reference(client: Client, stand: Sized) -> Callable[[], object]:
    """The reference behind the usual middleware, in a handler of its own."""
    with override_settings(MIDDLEWARE=reference.MIDDLEWARE):
        handler = WSGIHandler()
    factory = RequestFactory()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value

    def get() -> object:
        request = factory.get(f"/reference/{stand.tenant.slug}/")
        request.COOKIES[settings.SESSION_COOKIE_NAME] = cookie
        request.urlconf = "bench.reference"
        response = handler.get_response(request)
        assert response.status_code == 200
        return response.content

    get()
    set_urlconf(None)
    clear_url_caches()
    return get


def _interleaved(jobs: dict[tuple[str, str], Callable[[], object]]) -> dict[tuple[str, str], tuple[float, float]]:
    for do in jobs.values():
        do()
    meter = Meter()
    seen: dict[tuple[str, str], list[tuple[float, float]]] = {key: [] for key in jobs}
    for _ in range(ROUNDS):
        for key, do in jobs.items():
            seen[key].append(meter.cost(do))
    return {
        key: (statistics.median(web for web, _ in costs), statistics.median(database for _, database in costs))
        for key, costs in seen.items()
    }

"""/livez, /readyz and /metrics, for machines: no session, no tenant, no page around them."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any

import psycopg2
import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from freelance_hub import metrics

DATABASE_SECONDS = 1
SILENT_SECONDS = 45  # heartbeats come every 10 seconds
PROCESSES = ("worker", "sweeper", "scheduler")


@dataclass(frozen=True)
class Check:
    """One thing looked at. A failed vital one takes this process out of the load balancer; the others are for people."""

    ok: bool
    detail: str = ""
    vital: bool = True


@require_safe
def livez(_request: HttpRequest) -> HttpResponse:
    """The process answers. Says nothing about the database: restarting the web would not mend that."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """Whether pages can be served. 200 with `ok` or `degraded` (background work waits), or 503 with `down`."""
    checks = {**check_database(), "broker": check_broker()}
    if any(check.vital and not check.ok for check in checks.values()):
        status = "down"
    else:
        status = "ok" if all(check.ok for check in checks.values()) else "degraded"
    body = {"status": status, "checks": {name: {"ok": c.ok, "detail": c.detail} for name, c in checks.items()}}
    return JsonResponse(body, status=503 if status == "down" else 200)


@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever holds METRICS_TOKEN; without one set, for this machine only."""
    if not may_read_metrics(request):
        return HttpResponseForbidden("Send METRICS_TOKEN as a bearer token.\n", content_type="text/plain")
    return HttpResponse(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        expected = f"Bearer {settings.METRICS_TOKEN}"
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode())
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # a proxy on this machine passes on a stranger
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def check_database() -> dict[str, Check]:
    """Database, migrations and heartbeats, over a connection of its own so that a hanging one cannot hang the probe."""
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context"):
        parameters.pop(name, None)
    parameters["connect_timeout"] = DATABASE_SECONDS
    parameters["options"] = f"{parameters.get('options', '')} -c statement_timeout={DATABASE_SECONDS * 1000}"
    try:
        probe = psycopg2.connect(**parameters)
    except psycopg2.Error as error:
        return {"database": Check(ok=False, detail=_first_line(error))}
    try:
        probe.autocommit = True
        with probe.cursor() as cursor:
            cursor.execute("SELECT 1")
            return {"database": Check(ok=True), "migrations": check_migrations(cursor), **check_heartbeats(cursor)}
    except psycopg2.Error as error:
        return {"database": Check(ok=False, detail=_first_line(error))}
    finally:
        probe.close()


def check_migrations(cursor: Any) -> Check:
    """Every migration of this code is applied. More than that is fine: the next release migrates first."""
    cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
    if not cursor.fetchone()[0]:
        return Check(ok=False, detail="none applied; run: manage.py migrate")
    cursor.execute("SELECT app, name FROM django_migrations")
    missing = sorted(_known_migrations() - set(cursor.fetchall()))
    if missing:
        return Check(ok=False, detail=f"{len(missing)} missing, first {'.'.join(missing[0])}; run: manage.py migrate")
    return Check(ok=True)


def check_heartbeats(cursor: Any) -> dict[str, Check]:
    """Seconds since each background process was last alive."""
    cursor.execute("SELECT to_regclass('hub_heartbeat') IS NOT NULL")
    if not cursor.fetchone()[0]:
        return {}
    cursor.execute("SELECT name, extract(epoch FROM clock_timestamp() - at) FROM hub_heartbeat")
    ages: Mapping[str, float] = MappingProxyType({name: float(age) for name, age in cursor.fetchall()})
    return {name: _heartbeat(ages.get(name)) for name in PROCESSES}


def check_broker() -> Check:
    try:
        metrics.broker().ping()
    except redis.RedisError as error:
        return Check(ok=False, detail=_first_line(error), vital=False)
    return Check(ok=True, vital=False)


def _heartbeat(age: float | None) -> Check:
    if age is None:
        return Check(ok=False, detail="never seen", vital=False)
    return Check(ok=age < SILENT_SECONDS, detail=f"{age:.0f} s ago", vital=False)


def _known_migrations() -> set[tuple[str, str]]:
    """The migrations in this code; read once, since code does not change under a running process."""
    if not _known:
        loader = MigrationLoader(None, load=False)
        loader.load_disk()
        _known.update(loader.disk_migrations)
    return _known


_known: set[tuple[str, str]] = set()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


PROBES: Mapping[str, Callable[[HttpRequest], HttpResponse]] = MappingProxyType(
    {"/livez": livez, "/readyz": readyz, "/metrics": prometheus}
)

"""/livez, /readyz and /metrics: what probes and Prometheus are told, and who may ask."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from freelance_hub import metrics
from freelance_hub.models import Heartbeat
from freelance_hub.tasks import heartbeat
from freelance_hub.views import health

NOBODY_THERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def beating(transactional_db):
    """All background processes are alive. Committed, because the probe has a connection of its own."""
    heartbeat("worker")
    heartbeat("sweeper")


def ready(client):
    response = client.get("/readyz")
    return response.status_code, response.json()


def test_livez_needs_no_database(client):
    response = client.get("/livez")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_probes_take_no_posts(client, path):
    assert client.post(path).status_code == 405


def test_probes_answer_under_any_host_name(client):
    assert client.get("/livez", headers={"host": "10.0.0.7:8000"}).status_code == 200


def test_readyz_is_ok_when_everything_works(client, beating):
    status, body = ready(client)

    assert (status, body["status"]) == (200, "ok")
    assert list(body["checks"]) == ["database", "migrations", "worker", "sweeper", "scheduler", "broker"]
    assert body["checks"]["worker"]["detail"].endswith(" s ago")


def test_readyz_is_down_without_database(client, beating, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    status, body = ready(client)

    assert (status, body["status"]) == (503, "down")
    assert "/nowhere" in body["checks"]["database"]["detail"]
    assert client.get("/livez").status_code == 200


def test_readyz_is_degraded_without_broker(client, beating, settings):
    settings.BROKER_URL = NOBODY_THERE

    status, body = ready(client)

    assert (status, body["status"]) == (200, "degraded")
    assert body["checks"]["broker"]["ok"] is False


def test_readyz_is_degraded_when_a_worker_is_silent(client, beating):
    Heartbeat.objects.filter(name="worker").update(at=timezone.now() - timedelta(days=5))

    status, body = ready(client)

    assert (status, body["status"]) == (200, "degraded")
    assert body["checks"]["worker"]["ok"] is False
    assert body["checks"]["worker"]["detail"].startswith("4320")  # seconds, give or take some


def test_readyz_is_down_while_a_migration_is_missing(client, beating, monkeypatch):
    monkeypatch.setattr(health, "_known", {("hub", "9999_later")})

    status, body = ready(client)

    assert (status, body["status"]) == (503, "down")
    assert body["checks"]["migrations"]["detail"] == "1 missing, first hub.9999_later; run: manage.py migrate"


def test_heartbeat_twice_keeps_one_row_each(beating):
    heartbeat("worker")

    assert sorted(Heartbeat.objects.values_list("name", flat=True)) == ["scheduler", "sweeper", "worker"]


def test_metrics_count_requests_by_view_and_status(client, db):
    before = metrics.requests_total.labels("account_login", "GET", 200)._value.get()

    client.get("/accounts/login/")

    assert metrics.requests_total.labels("account_login", "GET", 200)._value.get() == before + 1
    assert (
        'fh_requests_total{method="GET",status="200",view="account_login"}' in client.get("/metrics").content.decode()
    )


def test_metrics_do_not_take_addresses_as_labels(client, db):
    client.get("/no/such/page-of-mine/")

    assert "page-of-mine" not in client.get("/metrics").content.decode()


def test_metrics_show_queues_and_tasks(client):
    metrics.broker().delete(metrics.TASK_TOTALS)
    metrics.count_success(sender=heartbeat)
    metrics.count_failure(sender=heartbeat)

    text = client.get("/metrics").content.decode()

    assert 'fh_tasks_total{outcome="done",task="hub.heartbeat"} 1.0' in text
    assert 'fh_tasks_total{outcome="failed",task="hub.heartbeat"} 1.0' in text
    assert 'fh_queue_depth{queue="sweep"}' in text
    assert "fh_broker_up 1.0" in text


def test_metrics_live_without_broker(client, settings):
    settings.BROKER_URL = NOBODY_THERE

    metrics.count_success(sender=heartbeat)
    response = client.get("/metrics")

    assert response.status_code == 200
    assert "fh_broker_up 0.0" in response.content.decode()


def test_one_broken_figure_spares_the_others(client, monkeypatch):
    monkeypatch.setattr(metrics.GaugeCollector, "readers", {})
    metrics.gauge("fh_broken", "Divides by zero")(lambda: 1 / 0)
    metrics.gauge("fh_sound", "Seven")(lambda: 7)

    text = client.get("/metrics").content.decode()

    assert "fh_sound 7.0" in text
    assert "fh_broken" not in text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 403),
        ("127.0.0.1", {"x-forwarded-for": "203.0.113.9"}, 403),  # a proxy on this machine
        ("not an address", {}, 403),
    ],
)
def test_metrics_without_token_are_for_this_machine(client, address, headers, status):
    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


@pytest.mark.parametrize(("sent", "status"), [("Bearer figures", 200), ("Bearer guess", 403), ("", 403)])
def test_metrics_with_token_are_for_its_holder(client, settings, sent, status):
    settings.METRICS_TOKEN = "figures"

    assert client.get("/metrics", headers={"authorization": sent}, REMOTE_ADDR="127.0.0.1").status_code == status


def test_readyz_tells_no_password(client, beating, settings):
    settings.BROKER_URL = "redis://:hunter2-hunter2@127.0.0.1:1/0"

    assert "hunter2" not in json.dumps(ready(client)[1])

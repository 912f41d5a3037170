"""Figures for Prometheus: requests of this process, background tasks and queues of the whole installation."""

import functools
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

import redis
from celery import signals
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)

QUEUES = ("celery", "default", "sweep")
TASK_TOTALS = "fh:metrics:tasks"
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

registry = CollectorRegistry(auto_describe=True)
# No tenant label: a thousand tenants would make a hundred thousand series.
requests_total = Counter("fh_requests", "Requests answered", ["view", "method", "status"], registry=registry)
request_seconds = Histogram(
    "fh_request_seconds", "Time to answer a request", ["view"], registry=registry, buckets=BUCKETS
)


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Count each request under the name of its view."""

    def measure(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = get_response(request)
        match = request.resolver_match
        view = match.view_name if match and match.view_name else "none"
        requests_total.labels(view, request.method, response.status_code).inc()
        request_seconds.labels(view).observe(time.perf_counter() - started)
        return response

    return measure


def broker() -> redis.Redis:
    """The broker's client; it gives up after a second."""
    return _client(settings.BROKER_URL)


@functools.cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url.replace("redis+socket://", "unix://"), socket_timeout=1, socket_connect_timeout=1)


def count_task(sender: Any = None, *, outcome: str, **_extra: Any) -> None:
    """Add one to the installation's task totals. They live in the broker, because workers serve no pages."""
    name = getattr(sender, "name", None) or "unknown"
    try:
        broker().hincrby(TASK_TOTALS, f"{name} {outcome}", 1)
    except redis.RedisError:
        logger.debug("A task was not counted: the broker is away.")


@signals.task_success.connect(weak=False)
def count_success(sender: Any = None, **_extra: Any) -> None:
    count_task(sender, outcome="done")


@signals.task_failure.connect(weak=False)
def count_failure(sender: Any = None, **_extra: Any) -> None:
    count_task(sender, outcome="failed")


@signals.task_retry.connect(weak=False)
def count_retry(sender: Any = None, **_extra: Any) -> None:
    count_task(sender, outcome="retried")


class BrokerCollector(Collector):
    """Task totals and queue depths, read from the broker when Prometheus asks. No broker: only `fh_broker_up 0`."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("fh_broker_up", "1 when the broker answers")
        try:
            totals = cast("dict[bytes, bytes]", broker().hgetall(TASK_TOTALS))
            depths = [(queue, broker().llen(queue)) for queue in QUEUES]
        except redis.RedisError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield self._tasks(totals.items())
        depth = GaugeMetricFamily("fh_queue_depth", "Messages waiting in a queue", labels=["queue"])
        for queue, count in depths:
            depth.add_metric([queue], count)
        yield depth

    @staticmethod
    def _tasks(totals: Iterable[tuple[bytes, bytes]]) -> Metric:
        tasks = CounterMetricFamily("fh_tasks", "Background tasks ended", labels=["task", "outcome"])
        for key, count in totals:
            name, _, outcome = key.decode().rpartition(" ")
            tasks.add_metric([name, outcome], int(count))
        return tasks


class GaugeCollector(Collector):
    """Figures that an app registers with `gauge`: each is asked only when Prometheus asks."""

    readers: dict[str, tuple[str, Callable[[], float]]] = {}

    def collect(self) -> Iterator[Metric]:
        for name, (help_text, read) in self.readers.items():
            try:
                value = read()
            except Exception:  # a figure that fails must not take the others with it
                logger.exception("The figure %s could not be read.", name)
                continue
            yield GaugeMetricFamily(name, help_text, value=value)


def gauge(name: str, help_text: str) -> Callable[[Callable[[], float]], Callable[[], float]]:
    """Register a function as a figure: `@gauge("fh_oldest_ready_step_seconds", "…")` above `def age() -> float`."""

    def register(read: Callable[[], float]) -> Callable[[], float]:
        GaugeCollector.readers[name] = (help_text, read)
        return read

    return register


registry.register(BrokerCollector())
registry.register(GaugeCollector())

"""The engine under faults, and its speed next to empty Celery tasks. `BENCH_RUNS` (2000): how many runs of ten steps."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from celery import Celery, current_app

from bench.stand import Sized
from bench.table import Row, judged
from tests.workflows.chaos import Stand

RUNS = int(os.environ.get("BENCH_RUNS", "2000"))
QUICK_RUNS = min(RUNS, 300)
STEPS, PER_SECOND, MESSAGES = 10, 20, 3000


def measure(_stands: list[Sized]) -> list[Row]:
    """Runs under faults, then runs without any beside empty tasks, on stands of their own."""
    return [*_under_faults(), *_speed()]


@contextmanager
def _stand() -> Iterator[Stand]:
    home = Path(tempfile.mkdtemp(prefix="fh-bench-"))
    home.chmod(0o711)  # Postgres runs as an account of its own
    with Stand(home) as stand:
        yield stand


def _under_faults() -> list[Row]:
    with _stand() as stand:
        stand.start_all(runs=RUNS, per_second=PER_SECOND)
        _play(stand)
        wanted = RUNS * STEPS
        done = stand.query("SELECT count(*) FROM workflows_step WHERE state = 'done'")[0][0]
        runs = stand.query("SELECT count(*) FROM workflows_run WHERE state = 'done'")[0][0]
        calls = (stand.provider / "calls").read_text().split()
        faults = stand.faults.total()
        net = len(stand.effects()) - done
    name = f"workflows, {RUNS} runs of {STEPS} steps, {faults} faults"
    return [
        judged(f"{name}: steps lost", wanted - done, "steps", at_most=0),
        judged(f"{name}: runs unfinished", RUNS - runs, "runs", at_most=0),
        judged(f"{name}: net effects too many", net, "effects", at_most=0),
        judged(f"{name}: calls repeated with their key", len(calls) - len(set(calls)), "calls"),
    ]


def _play(stand: Stand) -> None:
    """A fault every few seconds while runs come in, then only waiting; gives up after ten times as long."""
    faults = [
        lambda: stand.kill_worker("one"),
        stand.empty_broker,
        stand.crash_postgres,
        lambda: stand.kill_worker("two"),
    ]
    begun = time.monotonic()
    last_fault, number, spell = begun + RUNS / PER_SECOND, 0, max(4.0, RUNS / PER_SECOND / 12)
    next_fault = begun + 5
    while time.monotonic() < begun + 120 + 10 * RUNS / PER_SECOND:
        stand.supervise()
        if next_fault < time.monotonic() < last_fault + 10 and number < 12:
            faults[number % len(faults)]()
            number, next_fault = number + 1, time.monotonic() + spell
        if stand.processes["producer"].poll() is not None and stand.is_finished(RUNS):
            return
        time.sleep(0.25)


def _speed() -> list[Row]:
    """Steps a second of runs that wait already, and empty tasks a second, with the same workers.

    The tables have their statistics, as they have in a running installation a minute later: nobody vacuums here.
    """
    with _stand() as stand:
        stand.environment["CHAOS_ACTION"] = "chaos.nothing"
        stand.start_workers()
        time.sleep(15)  # the workers are up
        one_way, round_trips = MESSAGES / _time_of_messages(stand), MESSAGES / _time_of_round_trips(stand)
        for name in stand.commands:
            stand.kill_worker(name)
        stand.start_producer(QUICK_RUNS, 1e6)
        stand.processes["producer"].wait(300)
        stand.query("ANALYZE")
        stand.start_workers()
        end = time.monotonic() + 300
        while time.monotonic() < end and not stand.is_finished(QUICK_RUNS):
            time.sleep(0.25)
        done, seconds = stand.query(
            "SELECT count(*), extract(epoch FROM max(at) - min(at))::float FROM workflows_stepevent WHERE new_state = 'done'"
        )[0]
    speed = done / seconds
    return [
        judged("workflows: steps, 4 workers", speed, "steps/s", at_least=100),
        judged(
            "workflows: against round trips of an empty task", speed, "steps/s", baseline=round_trips, at_least=0.25
        ),
        judged("workflows: against empty tasks without an answer", speed, "steps/s", baseline=one_way),
    ]


def _time_of_messages(stand: Stand) -> float:
    """Seconds from the first message until the queue is empty."""
    url = stand.environment["BROKER_URL"]
    begun = time.monotonic()
    with current_app.connection_for_write(url) as connection, redis.Redis.from_url(url) as client:
        for _ in range(MESSAGES):
            current_app.send_task("chaos.nothing", connection=connection, ignore_result=True)
        while client.llen("celery"):
            time.sleep(0.01)
    return time.monotonic() - begun


def _time_of_round_trips(stand: Stand) -> float:
    """Seconds from the first message until the last answer is back."""
    url = stand.environment["BROKER_URL"]
    with Celery("bench", broker=url, backend=url, set_as_current=False) as app:
        begun = time.monotonic()
        answers = [app.send_task("chaos.answer") for _ in range(MESSAGES)]
        for answer in answers:
            answer.get(timeout=120)
        return time.monotonic() - begun

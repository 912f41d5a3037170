"""A private stand of Postgres, Valkey, two workers, a sweeper and a scheduler, and the faults that befall it."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Self

import psycopg2

from freelance_hub.embedded import Servers
from tests import servers as session

CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "freelance_hub"]
WORKER = [
    *CELERY,
    "worker",
    "-I",
    "tests.workflows.chaos_worker",
    "--without-mingle",
    "--without-gossip",
    "--loglevel",
    "ERROR",
]


class Stand:
    """Everything of one chaos run under `home`; `with Stand(home) as stand:` starts it and ends it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.servers = Servers(home, say=lambda _line: None)  # durable: a crash must not take back what was committed
        self.provider = home / "provider"
        self.processes: dict[str, subprocess.Popen] = {}
        self.faults: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self.provider.mkdir(parents=True)
        self.environment = {
            **os.environ,
            **self.servers.ensure_running(),
            "CHAOS_PROVIDER": str(self.provider),
            "WORKFLOW_LEASE_SECONDS": "3",
            "SCHEDULER_STATE": str(self.home / "beat"),
        }
        self._make_tables()
        return self

    def __exit__(self, *_error: object) -> None:
        for process in self.processes.values():
            _kill(process)
        self.servers.stop()

    def _make_tables(self) -> None:
        """The tables of the tests' own template: quicker than migrating."""
        postgres = self.servers.postgres
        source = session.the_servers().postgres.url("postgres", session.TEMPLATE)
        dump = subprocess.run([postgres.binaries / "pg_dump", source], check=True, capture_output=True).stdout
        target = postgres.url("postgres")
        subprocess.run([postgres.binaries / "psql", "-q", target], input=dump, check=True, capture_output=True)

    # Processes

    def start(self, name: str, *command: str) -> None:
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def start_all(self, *, runs: int, per_second: float, graph: str = "plain") -> None:
        self.start_workers()
        self.start_producer(runs, per_second, graph=graph)

    def start_producer(self, runs: int, per_second: float, *, graph: str = "plain") -> None:
        what = (graph, str(runs), str(per_second))
        self.start("producer", sys.executable, "-m", "tests.workflows.chaos_producer", *what)

    def start_people(self, *names: str) -> None:
        """People who approve what waits, until the stand ends."""
        for name in names:
            self.commands[name] = [sys.executable, "-m", "tests.workflows.chaos_people", name]
            self.start(name, *self.commands[name])

    def start_workers(self) -> None:
        self.commands = {
            "one": [*WORKER, "-Q", "celery", "-c", "2", "-n", "one@chaos"],
            "two": [*WORKER, "-Q", "celery", "-c", "2", "-n", "two@chaos"],
            "sweeper": [*WORKER, "-Q", "sweep", "-c", "1", "-n", "sweeper@chaos"],
            "beat": [*CELERY, "beat", "--pidfile", "", "--loglevel", "ERROR"],
        }
        for name, command in self.commands.items():
            self.start(name, *command)

    def wait_for_work(self, kind: str = "automation", steps: int = 1) -> None:
        """Return once so many steps of a kind are done; a minute at most."""
        enough = f"SELECT count(*) >= {steps} FROM workflows_step WHERE kind = '{kind}' AND state = 'done'"
        end = time.monotonic() + 60
        while not self.query(enough)[0][0]:
            if time.monotonic() > end:
                raise AssertionError(f"Nothing is done.\n{self.logs()}")
            time.sleep(0.1)

    def supervise(self) -> None:
        """Start again what has died."""
        for name, command in self.commands.items():
            if self.processes[name].poll() is not None:
                self.faults[f"{name} started again"] += 1
                self.start(name, *command)

    # Faults

    def kill_worker(self, name: str) -> None:
        self.faults["worker killed"] += 1
        _kill(self.processes[name])

    def empty_broker(self, *, away: float = 0.5) -> None:
        """Kill the broker, which keeps nothing, and start an empty one `away` seconds later."""
        self.faults["broker emptied"] += 1
        os.kill(int((self.home / "valkey" / "pid").read_text()), signal.SIGKILL)
        time.sleep(away)
        self.servers.ensure_running(postgres=False)

    def empty_broker_for(self, seconds: float, *, once_done: int) -> tuple[str, str]:
        """Empty the broker once so many waits are done; returns from when until when it was away, by the database's clock."""
        enough = (
            f"SELECT count(*) >= {once_done}, now()::text FROM workflows_step WHERE kind = 'wait' AND state = 'done'"
        )
        end = time.monotonic() + 60
        while not (found := self.query(enough)[0])[0]:
            if time.monotonic() > end:
                raise AssertionError(f"Timers do not end.\n{self.logs()}")
            time.sleep(0.1)
        self.empty_broker(away=seconds)
        return found[1], self.query("SELECT now()::text")[0][0]

    def crash_postgres(self) -> None:
        self.faults["postgres crashed"] += 1
        postgres = self.servers.postgres
        postgres._run("pg_ctl", "stop", "-D", str(postgres.data), "-m", "immediate")
        time.sleep(0.5)
        self.servers.ensure_running(valkey=False)

    # What came of it

    def query(self, sql: str) -> list:
        for _ in range(50):
            try:
                return self.servers.postgres.execute(sql, database="hub")
            except psycopg2.Error:
                time.sleep(0.2)
        raise AssertionError("The database does not come back.")

    def is_finished(self, runs: int) -> bool:
        """Whether so many runs are done, besides those that are part of another."""
        return self.query("SELECT count(*) FROM workflows_run WHERE state = 'done' AND parent_step_id IS NULL") == [
            (runs,)
        ]

    def effects(self) -> set[str]:
        """Keys that had an effect at the provider: one file each."""
        return {path.name for path in self.provider.iterdir() if path.name != "calls"}

    def logs(self) -> str:
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in sorted(self.home.glob("*.log")))


def _kill(process: subprocess.Popen) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait(20)

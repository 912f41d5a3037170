"""`make up`: everything that a running Freelance Hub is made of, in one terminal."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from freelance_hub import env, metrics
from freelance_hub.embedded.servers import Servers
from freelance_hub.embedded.stand import LOCAL_DIR
from freelance_hub.embedded.supervisor import Child, Supervisor
from freelance_hub.models import Tenant

HOST = "127.0.0.1"
WEB_DRAIN_SECONDS = 20
WORKER_DRAIN_SECONDS = 30
DEMO_FILE = LOCAL_DIR / "demo.json"


class Command(BaseCommand):
    help = "Starts servers, web, worker and scheduler; migrates and builds the demo company first. Ctrl-C stops all."
    requires_system_checks: list[str] = []  # `migrate`, in a process of its own, runs them

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="do not build the demo company")
        parser.add_argument("--host", default=HOST, help="address to listen on (default: this machine only)")

    def handle(self, *_args: Any, **options: Any) -> None:
        port = env.number("PORT", 8000)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # the same as Ctrl-C, also before there are children
        with only_one():
            require_free(options["host"], port)
            try:
                self.prepare(demo=not options["no_demo"])
                connection.close()  # nothing of ours stays open while the others work
                Supervisor(children(options["host"], port)).run(when_open(options["host"], port, self.greet))
            except KeyboardInterrupt:  # before the supervisor has taken over
                self.stdout.write("Interrupted; what was begun goes on with the next `make up`.")
            finally:
                self.stdout.write("Stopping the servers …")
                Servers(LOCAL_DIR).stop()

    def prepare(self, *, demo: bool) -> None:
        self.step("Tables", "migrate", "--no-input", "--verbosity", "0", role="owner")
        if static_is_stale():
            self.step("Static files", "collectstatic", "--no-input", "--clear", "--verbosity", "0")
            stamp().touch()
        if demo and not has_demo():
            DEMO_FILE.unlink(missing_ok=True)  # from another database, or from a demo that was interrupted
            self.step("Demo company", "demo")
            metrics.broker().delete(*metrics.QUEUES)  # hints for work that the demo has done itself

    def step(self, title: str, *command: str, role: str = "app") -> None:
        """Run a command in a process of its own: each needs its own database role, and a clean start."""
        self.stdout.write(f"{title} …")
        self.stdout.flush()
        result = subprocess.run(  # noqa: S603
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR, env={**os.environ, "FH_DATABASE_ROLE": role}, check=False,
            start_new_session=True,  # Ctrl-C reaches us alone, and we end it without a traceback
        )  # fmt: skip
        if result.returncode:
            msg = f"`manage.py {command[0]}` failed; what it says stands above. Mend it and run `make up` again."
            raise CommandError(msg)

    def greet(self) -> None:
        lines = ["", f"  Freelance Hub: {settings.PUBLIC_URL}", ""]
        people = json.loads(DEMO_FILE.read_text(encoding="utf-8")) if DEMO_FILE.exists() else []
        if people:
            lines += ["  Sign in as", *sign_ins(people), ""]
        if mails := getattr(settings, "EMAIL_FILE_PATH", None):
            lines += [f"  Mails are written to {mails}", ""]
        self.stdout.write("\n".join([*lines, "  Ctrl-C stops everything; the data stays in .local/", ""]))
        self.stdout.flush()


def has_demo() -> bool:
    """Whether this database holds the demo company, and we know who can sign in to it."""
    return DEMO_FILE.exists() and Tenant.objects.filter(slug__startswith="demo").exists()


def children(host: str, port: int) -> list[Child]:
    """Web, scheduler and workers, in the order in which they stop: no new requests, no new ticks, then the last tasks."""
    as_root = [
        "-W",
        "ignore:You're running the worker with superuser",
    ]  # Celery's word of warning, not ours, in CI only
    celery = [sys.executable, *as_root, "-m", "celery", "--quiet", "-A", "freelance_hub"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--without-mingle", "--without-gossip", "--hostname"]
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "freelance_hub.wsgi:application"]
    return [
        Child(
            "web",
            [*web, "--host", host, "--port", str(port), "--blocking-threads", "8", "--workers-kill-timeout", "15",
             "--log-level", "error"],
            drain_seconds=WEB_DRAIN_SECONDS,
        ),
        Child("scheduler", [*celery, "beat", "--loglevel", "WARNING", "--pidfile", ""], drain_seconds=5),
        Child("worker", [*worker, "worker@%h", "-Q", "celery,default", "-c", "2"], drain_seconds=WORKER_DRAIN_SECONDS),
        Child("sweeper", [*worker, "sweeper@%h", "-Q", "sweep", "-c", "1"], drain_seconds=WORKER_DRAIN_SECONDS),
    ]  # fmt: skip


@contextmanager
def only_one() -> Iterator[None]:
    """Refuse a second `make up` in this checkout; end what a killed one has left running."""
    record = LOCAL_DIR / "up"
    record.parent.mkdir(parents=True, exist_ok=True)
    with record.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            msg = f"Freelance Hub runs already from this directory ({file.read().strip()}). Stop it there with Ctrl-C first."
            raise CommandError(msg) from None
        end_leftovers()
        file.truncate(0)
        file.write(f"process {os.getpid()}, {settings.PUBLIC_URL}")
        file.flush()
        yield


def end_leftovers() -> None:
    """After `kill -9` of the supervisor its children live on. They are known by their command line and directory."""
    left = [process for process in psutil.process_iter() if process.pid != os.getpid() and is_ours(process)]
    for process in left:
        process.send_signal(signal.SIGTERM)
    for process in psutil.wait_procs(left, timeout=10)[1]:
        process.kill()


def is_ours(process: psutil.Process) -> bool:
    try:
        line = process.cmdline()
        serves = {"freelance_hub", "freelance_hub.wsgi:application"} & set(line)
        return bool(serves) and line[0] == sys.executable and Path(process.cwd()) == settings.BASE_DIR
    except (psutil.Error, IndexError):
        return False


def require_free(host: str, port: int) -> None:
    """Say so before the rest starts when another program has the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            msg = f"Port {port} cannot be used ({error.strerror}). Take another: PORT={port + 1} make up"
            raise CommandError(msg) from error


def when_open(host: str, port: int, do: Callable[[], None]) -> Callable[[], None]:
    """A function to call again and again: it does `do` once, when the port answers. Until then an address would mislead."""
    waiting = [do]

    def look() -> None:
        if not waiting:
            return
        try:
            socket.create_connection((host, port), timeout=0.2).close()
        except OSError:
            return
        waiting.pop()()

    return look


def static_is_stale() -> bool:
    """Whether a source of the static files, or a library that brings some, is newer than the last collecting."""
    if not stamp().exists():
        return True
    collected = stamp().stat().st_mtime
    sources = [settings.BASE_DIR / ".lock" / "runtime.txt", settings.BASE_DIR / "freelance_hub" / "assets.py"]
    for directory in ("static", "templates"):  # templates decide which icons are in the sprite
        sources += (settings.BASE_DIR / directory).rglob("*")
    return any(path.stat().st_mtime > collected for path in sources if path.exists())


def stamp() -> Path:
    """Touched after each collecting; beside the files, because `collectstatic --clear` empties their directory."""
    return Path(settings.STATIC_ROOT).with_suffix(".stamp")


def sign_ins(people: list[dict[str, str]]) -> list[str]:
    """One line per demo person: role, address, password, and the page they land on."""
    columns = ("role", "email", "password", "where")
    rows = [[str(person.get(column, "")) for column in columns] for person in people]
    widths = [max(len(row[index]) for row in rows) for index in range(len(columns))]
    return [
        "    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]

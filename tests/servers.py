"""The private servers of a test session: one Postgres and one Valkey, in a directory that goes away with it.

The process that pytest was called in starts and stops them; xdist's workers get the addresses through the environment.
Tables are made once, as their owner, in a template database; each worker copies it and then runs as the web role.
"""

import atexit
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.core.management import call_command
from django.db import connections

from freelance_hub.embedded import Servers

BASE_DIR = Path(__file__).resolve().parent.parent
CACHE = BASE_DIR / ".local" / "test-template"  # data directories with finished tables, named after what made them
HOME = "FH_TEST_HOME"
PREFIX = "freelance-hub-tests-"
TEMPLATE = "hub_template"


def enter_environment() -> None:
    """Point the settings at this session's servers; start them when this process is the first. Call before Django starts."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _start()
    home = Path(os.environ[HOME])
    for name in [
        name for name in os.environ if name.endswith("_FILE") or name in {"DEBUG", "MAIL_URL", "METRICS_TOKEN"}
    ]:
        del os.environ[name]  # whatever the developer's shell says
    os.environ.update(
        the_servers().connection_urls(),
        DJANGO_SETTINGS_MODULE="freelance_hub.settings",
        DJANGO_ALLOW_ASYNC_UNSAFE="1",  # Playwright's synchronous interface runs an event loop in the test's thread
        SECRET_KEY="only-for-tests-" + "0123456789" * 5,
        PUBLIC_URL="http://testserver",
        LOG_LEVEL="ERROR",
        LOG_JSON="0",
        STATIC_ROOT=str(home / "static"),
        MEDIA_ROOT=str(home / "media"),
    )


def make_database() -> str:
    """A database of this worker's own, copied from the template; returns its name. Leaves `default` unconnected."""
    name = f"hub_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgres = the_servers().postgres
    with _lock("template"):
        if not postgres.execute("SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", (TEMPLATE,)):
            _make_template()
        postgres.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        postgres.execute(f"CREATE DATABASE {name} OWNER fh_owner TEMPLATE {TEMPLATE}")
    return name


def use_database(name: str, *, role: str = "fh_app") -> None:
    """Let the alias `default` (as `role`) and `platform` lead to the database `name`."""
    for alias, user in (("default", role), ("platform", "fh_platform")):
        connections[alias].close()
        connections[alias].settings_dict.update(NAME=name, USER=user)


def empty_database() -> None:
    """Delete every row a test has committed. As superuser with triggers off: the web role may not, and audit refuses."""
    the_servers().postgres.execute(EMPTY, database=connections["default"].settings_dict["NAME"])


# Most tables are empty after a test: looking is far cheaper than TRUNCATE, which makes a new file for each.
EMPTY = """
SET session_replication_role = replica;
DO $$
DECLARE
  name text;
  is_used boolean;
BEGIN
  FOR name IN
    SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'
    AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
  LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO is_used;
    IF is_used THEN EXECUTE 'DELETE FROM ' || name; END IF;
  END LOOP;
END $$;
"""


def _make_template() -> None:
    from tests.world import make_world  # its models exist only once Django is set up

    postgres = the_servers().postgres
    postgres.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")  # half-made by a worker that died
    postgres.execute(f"CREATE DATABASE {TEMPLATE} OWNER fh_owner")
    use_database(TEMPLATE, role="fh_owner")
    try:
        call_command("migrate", interactive=False, verbosity=0, run_syncdb=True)
        use_database(TEMPLATE)
        make_world()
    finally:
        connections.close_all()
    postgres.execute(f"ALTER DATABASE {TEMPLATE} IS_TEMPLATE true")


def the_servers() -> Servers:
    """This session's Postgres and Valkey."""
    return Servers(Path(os.environ[HOME]), durable=False, say=lambda _line: None)


def _start() -> None:
    _sweep()
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    home.chmod(0o711)  # as root, Postgres runs as an account that must get through
    for name in ("static", "media"):
        (home / name).mkdir()
    os.environ[HOME] = str(home)
    servers = the_servers()
    kept = CACHE / _fingerprint()
    if kept.exists():
        kept.touch()
        place = home / "postgres"
        shutil.copytree(kept, place, symlinks=True)
        if account := servers.postgres.account:
            for path in [place, *place.rglob("*")]:
                account.own(path)
    atexit.register(_stop, servers, kept, os.getpid())
    servers.ensure_running()


def _stop(servers: Servers, kept: Path, pid: int) -> None:
    if os.getpid() != pid:
        return  # a forked child inherits atexit hooks
    try:
        _keep(servers, kept)
    finally:
        servers.stop()
        shutil.rmtree(servers.postgres.place, ignore_errors=True)
        shutil.rmtree(servers.home, ignore_errors=True)


def _keep(servers: Servers, kept: Path) -> None:
    """Keep the data directory with finished tables for the next session whose migrations are the same."""
    postgres = servers.postgres
    if kept.exists() or not postgres.execute(
        "SELECT 1 FROM pg_database WHERE datname = %s AND datistemplate", (TEMPLATE,)
    ):
        return
    for (name,) in postgres.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'hub\\_%' AND NOT datistemplate"
    ):
        postgres.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    postgres.stop()
    CACHE.mkdir(parents=True, exist_ok=True)
    for old in sorted(CACHE.iterdir(), key=lambda path: path.stat().st_mtime)[:-2]:
        shutil.rmtree(old, ignore_errors=True)
    fresh = CACHE / f".{os.getpid()}"
    shutil.copytree(postgres.place, fresh, ignore=shutil.ignore_patterns("socket", "log", "binaries-*", "postmaster.*"))
    try:
        fresh.rename(kept)
    except OSError:  # another session was first
        shutil.rmtree(fresh, ignore_errors=True)


def _fingerprint() -> str:
    """A digest of all that decides what the tables look like."""
    digest = hashlib.sha256()
    hub = BASE_DIR / "freelance_hub"
    sources = [BASE_DIR / ".lock" / "runtime.txt", *(hub / "embedded").glob("*.sql")]
    # The two companies of tests/world.py are in the template too.
    sources += [BASE_DIR / "tests" / "world.py", hub / "permissions.py", *(hub / "services").glob("[mt]e*.py")]
    for package in ("freelance_hub", "programs", "talent", "workflows", "analytics"):
        for pattern in (
            "migrations/*",
            "models/*.py",
            "models.py",
            "tenancy/**/*.py",
            "**/audit*.py",
            "**/*.sql",
            "apps.py",
        ):
            sources += (BASE_DIR / package).glob(pattern)
    for path in sorted({source for source in sources if source.is_file()}):
        digest.update(str(path.relative_to(BASE_DIR)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:20]


def _sweep() -> None:
    """End the servers of sessions that were killed."""
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = int(home.name.removeprefix(PREFIX).split("-")[0])
        if not psutil.pid_exists(pid) and home.stat().st_uid == os.geteuid():
            servers = Servers(home, durable=False, say=lambda _line: None)
            try:
                servers.stop()
            finally:
                shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _lock(name: str) -> Iterator[None]:
    with (Path(os.environ[HOME]) / f"{name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

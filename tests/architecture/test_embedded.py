"""The embedded servers and the supervisor, tried for real: two starters at once, crashes, leftovers, taken ports."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from io import StringIO
from pathlib import Path

import psycopg2
import pytest
import redis

from freelance_hub.embedded import EmbeddedError, Servers, stand
from freelance_hub.embedded.supervisor import Child, Supervisor


@pytest.fixture(scope="module")
def place():
    """A directory that any account may pass through, as checkouts usually are."""
    place = Path(tempfile.mkdtemp(prefix="fh-embedded-"))
    place.chmod(0o711)
    yield place
    shutil.rmtree(place)


def make(home):
    return Servers(home, durable=False, say=lambda _line: None)


@pytest.fixture(scope="module")
def home(place):
    """A directory with running servers, as `.local` is."""
    servers = make(place / "local")
    servers.ensure_running()
    yield servers.home
    servers.stop()


@pytest.fixture
def servers(home):
    servers = make(home)
    yield servers
    servers.ensure_running()


def ask(url, sql):
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def postmaster(servers):
    return int((servers.postgres.data / "postmaster.pid").read_text().split("\n")[0])


def test_urls_lead_to_the_three_roles_and_the_broker(servers):
    urls = servers.ensure_running()

    assert ask(urls["DATABASE_URL"], "SELECT current_user") == "fh_app"
    assert ask(urls["OWNER_DATABASE_URL"], "SELECT current_user") == "fh_owner"
    assert ask(urls["PLATFORM_DATABASE_URL"], "SELECT current_user") == "fh_platform"
    with redis.Redis.from_url(urls["BROKER_URL"]) as client:
        assert client.ping()


def test_extensions_are_there(servers):
    installed = "SELECT string_agg(extname, ',' ORDER BY extname) FROM pg_extension WHERE extname <> 'plpgsql'"

    assert ask(servers.ensure_running()["DATABASE_URL"], installed) == "btree_gin,pg_trgm"


def test_new_databases_give_the_web_role_its_rights(servers):
    owner = servers.ensure_running()["OWNER_DATABASE_URL"]
    connection = psycopg2.connect(owner)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE another")
    connection.close()
    connection = psycopg2.connect(owner.replace("/hub?", "/another?"))
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE thing (id bigint)")
    connection.close()

    assert ask(servers.postgres.url("fh_app", "another"), "SELECT count(*) FROM thing") == 0


def test_postgres_takes_no_network_connections(servers):
    assert ask(servers.ensure_running()["DATABASE_URL"], "SELECT current_setting('listen_addresses')") == ""


def test_postgres_does_not_run_as_root(servers):
    servers.ensure_running()

    assert Path(f"/proc/{postmaster(servers)}").stat().st_uid != 0


def test_valkey_refuses_strangers(servers):
    servers.ensure_running()
    access = servers.valkey.access()

    with redis.Redis(port=access.port) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_ensure_twice_keeps_the_same_servers(servers):
    first = servers.ensure_running(), postmaster(servers)

    assert (servers.ensure_running(), postmaster(servers)) == first


def test_two_starters_at_once_start_one_server(servers, home):
    servers.stop()
    others = [make(home) for _ in range(4)]
    threads = [threading.Thread(target=other.ensure_running) for other in others]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {str(other.connection_urls()) for other in others} == {str(servers.connection_urls())}
    assert servers.postgres.is_running()
    assert servers.valkey.is_running()


def test_data_survives_a_stop(servers):
    url = servers.ensure_running()["OWNER_DATABASE_URL"]
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")
    connection.close()

    servers.stop()

    assert ask(servers.ensure_running()["OWNER_DATABASE_URL"], "SELECT number FROM kept") == 7


def test_servers_that_were_killed_start_again(servers):
    servers.ensure_running()
    os.kill(postmaster(servers), signal.SIGKILL)
    with redis.Redis.from_url(servers.valkey.url()) as client:
        os.kill(client.info()["process_id"], signal.SIGKILL)
    time.sleep(0.5)

    urls = servers.ensure_running()

    assert ask(urls["DATABASE_URL"], "SELECT 1") == 1


def test_pid_file_of_a_foreign_process_is_no_obstacle(servers):
    servers.stop()
    (servers.postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{servers.postgres.data}\n0\n5432\n\n\n\n\n")

    assert ask(servers.ensure_running()["DATABASE_URL"], "SELECT 1") == 1


def test_valkey_moves_when_its_port_is_taken(servers):
    servers.ensure_running()
    before = servers.valkey.access()
    servers.valkey.stop()

    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", before.port))
        squatter.listen()
        servers.ensure_running()

    assert servers.valkey.access().port != before.port
    assert servers.valkey.access().password == before.password


def test_interrupted_making_leaves_nothing_half_made(place):
    servers = make(place / "interrupted")
    (servers.postgres.home / "data.new").mkdir(parents=True)
    (servers.postgres.home / "data.new" / "half").write_text("made")

    try:
        assert ask(servers.ensure_running(valkey=False)["DATABASE_URL"], "SELECT 1") == 1
    finally:
        servers.postgres.stop()


def test_data_of_another_version_is_explained(servers):
    servers.stop()
    version = servers.postgres.data / "PG_VERSION"
    before = version.read_text()
    version.write_text("15\n")

    with pytest.raises(EmbeddedError) as caught:
        servers.ensure_running()
    version.write_text(before)

    assert "is of version 15" in str(caught.value)
    assert "Mend: Start over: rm -r" in str(caught.value)


def test_server_that_cannot_start_shows_its_own_words(servers):
    servers.stop()
    configuration = servers.postgres.data / "postgresql.auto.conf"
    before = configuration.read_text()
    configuration.write_text("shared_buffers = 'plenty'\n")

    with pytest.raises(EmbeddedError) as caught:
        servers.ensure_running()
    configuration.write_text(before)

    assert 'invalid value for parameter "shared_buffers": "plenty"' in caught.value.why
    assert "The whole log is in" in caught.value.mend


def test_long_path_gets_a_short_socket(place):
    servers = make(place / ("long" * 30))

    try:
        assert ask(servers.ensure_running(valkey=False)["DATABASE_URL"], "SELECT 1") == 1
        assert str(servers.postgres.socket_directory).startswith("/tmp/freelance-hub-")
    finally:
        servers.postgres.stop()
        shutil.rmtree(servers.postgres.socket_directory)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root hands Postgres to another account.")
def test_closed_directory_of_root_is_not_opened(place):
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    servers = make(closed / "local")

    try:
        assert ask(servers.ensure_running(valkey=False)["DATABASE_URL"], "SELECT 1") == 1
        assert closed.stat().st_mode & 0o777 == 0o700
        assert servers.postgres.home.readlink().parent == Path("/var/tmp")
    finally:
        servers.postgres.stop()
        shutil.rmtree(servers.postgres.place)


def test_stand_fills_in_only_what_nobody_has_set(monkeypatch, tmp_path):
    monkeypatch.setattr(stand, "LOCAL_DIR", tmp_path)
    environment = {"DATABASE_URL": "postgres://me@db/hub", "BROKER_URL": "redis://b", "PORT": "8111", "LOG_JSON": "1"}

    stand.prepare(["manage.py", "up"], environment)

    assert environment["PUBLIC_URL"] == "http://localhost:8111"
    assert environment["LOG_JSON"] == "1"
    assert environment["DATABASE_URL"] == "postgres://me@db/hub"
    assert len(environment["SECRET_KEY"]) >= 50


def test_stand_assumes_nothing_in_production(monkeypatch, tmp_path):
    monkeypatch.setattr(stand, "LOCAL_DIR", tmp_path)
    environment = {"DATABASE_URL_FILE": "/run/secrets/database_url", "BROKER_URL": "redis://b"}

    stand.prepare(["manage.py", "migrate"], environment)

    assert environment == {
        "DATABASE_URL_FILE": "/run/secrets/database_url",
        "BROKER_URL": "redis://b",
        "FH_DATABASE_ROLE": "owner",
    }


def test_secret_of_a_stand_stays_the_same(monkeypatch, tmp_path):
    monkeypatch.setattr(stand, "LOCAL_DIR", tmp_path)
    first, second = {}, {}

    stand.prepare(["manage.py", "help"], first)
    stand.prepare(["manage.py", "help"], second)

    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert stand.secret_file().stat().st_mode & 0o077 == 0


# The supervisor, in a process of its own because it takes over the signals.

SUPERVISED = """
import sys
from freelance_hub.embedded.supervisor import Child, Supervisor
slow = "import signal, time\\ndef end(*_):\\n  time.sleep(0.4); print('worked off', flush=True); raise SystemExit\\n"
slow += "signal.signal(signal.SIGTERM, end)\\nprint('ready', flush=True)\\nwhile True: time.sleep(1)"
deaf = "import signal, time\\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\\nprint('deaf', flush=True)\\n"
deaf += "while True: time.sleep(1)"
Supervisor([
    Child("first", [sys.executable, "-c", slow], drain_seconds=5),
    Child("second", [sys.executable, "-c", deaf], drain_seconds=0.5),
    Child("third", [sys.executable, "-c", "print('once'); raise SystemExit(3)"]),
]).run()
print("end")
"""


def test_supervisor_prefixes_restarts_and_drains_in_order():
    process = subprocess.Popen([sys.executable, "-c", SUPERVISED], stdout=subprocess.PIPE, text=True)
    lines = []
    while not ({"first  | ready", "second | deaf"} <= set(lines) and lines.count("third  | once") >= 2):
        lines.append(process.stdout.readline().rstrip())
    process.send_signal(signal.SIGINT)
    lines += process.communicate(timeout=30)[0].splitlines()

    assert process.returncode == 0
    assert "third  | ended with exit code 3; starts again in 1 s" in lines
    ending = [line for line in lines[lines.index("first  | worked off") :] if not line.startswith("third")]
    assert ending == [
        "first  | worked off",
        "first  | stopped",
        "second | did not finish in time and is killed",
        "second | stopped",
        "end",
    ]


def test_supervisor_waits_longer_after_each_crash():
    out = StringIO()
    supervisor = Supervisor([Child("c", [sys.executable, "-c", "raise SystemExit(1)"])], out=out)
    child = supervisor.children[0]

    for _ in range(3):
        child.due = 0
        supervisor._tend(child)
        child.process.wait()
        supervisor._tend(child)

    assert [line.split("again in ")[1] for line in out.getvalue().splitlines()] == ["1 s", "2 s", "4 s"]

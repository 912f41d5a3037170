"""What every test stands on: private servers, the web role, no network, warnings as errors."""

import copy
import socket
from ipaddress import ip_address
from uuid import uuid4

import pytest

from tests import servers

servers.enter_environment()

import django  # noqa: E402  the environment above decides what the settings say
from django.conf import settings as our_settings  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.utils import timezone  # noqa: E402

our_settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
django.setup()

pytest_plugins = ["tests.browser", "tests.world"]


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """Tables made as the owner; from here on every test runs as the web role `fh_app`."""
    with django_db_blocker.unblock():
        servers.use_database(servers.make_database())
    patch = pytest.MonkeyPatch()
    patch.setattr(type(connection.ops), "execute_sql_flush", lambda _operations, _statements: servers.empty_database())
    yield
    patch.undo()
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Connections leave this machine in no test; Postgres, Valkey and live servers are on it."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and not is_loopback(address[0]):
            msg = f"A test tried to reach {address[0]}. Tests talk to this machine only; put a local stand-in there."
            raise RuntimeError(msg)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def own_cache(settings):
    """Keys of this test alone: what one test counts against a rate limit is not held against the next."""
    caches = copy.deepcopy(settings.CACHES)
    caches["default"]["KEY_PREFIX"] = f"test-{uuid4().hex}"
    settings.CACHES = caches


@pytest.fixture(autouse=True)
def company_time():
    """The test reads the clock of its companies, like their pages: near midnight "today" is the same for both."""
    with timezone.override("Europe/Berlin"):
        yield


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""The database with one of every object: built once a session, copied once a worker, and every test rolls back."""

import json
import os
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections

from tests import servers
from tests.access.browsing import Stand

TEMPLATE = "hub_objects"


@pytest.fixture(scope="module")
def objects_database(django_db_setup, django_db_blocker):
    """`default` and `platform` lead to the copy while the module's tests run."""
    usual = connections["default"].settings_dict["NAME"]
    with django_db_blocker.unblock():
        servers.use_database(_copy())
        try:
            yield json.loads(_addresses().read_text())
        finally:
            servers.use_database(usual)


@pytest.fixture
def stand(objects_database, db, settings):
    """The companies with their objects, sessions and tokens."""
    settings.USERSESSIONS_TRACK_ACTIVITY = False
    settings.CACHES = cache_of_this_test(settings)
    return Stand(objects_database)


def cache_of_this_test(settings):
    """Workers share one Valkey and one address: what one test counts (rate limits) is nothing to the others."""
    return {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid4().hex}}


def _addresses() -> Path:
    return Path(os.environ[servers.HOME]) / "objects.json"


def _copy() -> str:
    """A database of this worker's own with all objects, made when it is first asked for."""
    name = f"hub_objects_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgres = servers.the_servers().postgres
    with servers._lock("objects"):
        if not _addresses().exists():
            _build(postgres)
        if not postgres.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)):
            postgres.execute(f"CREATE DATABASE {name} OWNER fh_owner TEMPLATE {TEMPLATE}")
    return name


def _build(postgres) -> None:
    from tests.access.world_objects import build  # after Django

    postgres.execute(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")  # half-made by a worker that died
    postgres.execute(f"CREATE DATABASE {TEMPLATE} OWNER fh_owner TEMPLATE {servers.TEMPLATE}")
    servers.use_database(TEMPLATE)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    try:
        addresses = build()
    finally:
        connections.close_all()
        # A thread of an export or a sweep may still hang up; nobody copies a database that somebody reads.
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (TEMPLATE,))
    _addresses().write_text(json.dumps(addresses))

"""The restore drill, with the commands of docs/operations.md: dump, restore into an empty database, compare everything."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection

from freelance_hub.embedded import Servers
from freelance_hub.models import LegalEntity, Membership, OrgUnit, Tenant, User
from freelance_hub.tasks import heartbeat
from freelance_hub.tenancy.context import tenant
from tests import servers

RESTORED = "hub_restored"
# What has to be the same besides the rows: the walls between tenants, rights, rules, and where numbering goes on.
CATALOGUE = {
    "policies": "SELECT tablename, policyname, cmd, roles, qual, with_check FROM pg_policies",
    "forced": "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "constraints": "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": """
        SELECT proname, prosrc, prosecdef, proowner::regrole::text, coalesce(proacl, acldefault('f', proowner))::text
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')""",
    "rights": """
        SELECT relname, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))::text
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')""",
    "owners": "SELECT relname, relowner::regrole::text FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "sequences": "SELECT sequencename, last_value FROM pg_sequences",
    "extensions": "SELECT extname, extversion FROM pg_extension",
}
# Postgres writes the same list of strings with other casts once it has read its own text again.
SPELLING = re.compile(r"::character varying|::text|\[\]|[()]")


@pytest.fixture
def postgres():
    return Servers(Path(os.environ[servers.HOME]), durable=False).postgres


@pytest.fixture
def companies(transactional_db):
    """Two companies with people and places in them, committed."""
    heartbeat("worker")
    person = User.objects.create(email="pat@example.com", name="Pat Élan “quoted” 日本", password="!")
    for name in ("first", "second"):
        company = Tenant.objects.create(name=name, slug=name)
        with tenant(company):
            Membership.objects.create(user=person)
            LegalEntity.objects.create(name=f"{name} Ltd", country="IE", currency="EUR")
            OrgUnit.objects.bulk_create(
                OrgUnit(name=f"Team {number}", code=f"{name}-{number}") for number in range(500)
            )


@pytest.fixture
def restored(postgres):
    """An empty database, made as the page on operations says."""
    postgres.execute(f"DROP DATABASE IF EXISTS {RESTORED} WITH (FORCE)")
    postgres.execute(f"CREATE DATABASE {RESTORED} OWNER fh_owner TEMPLATE template0")
    yield postgres.url("fh_owner", RESTORED)
    postgres.execute(f"DROP DATABASE {RESTORED} WITH (FORCE)")


def documented(program):
    """The arguments of `program` as docs/operations.md gives them."""
    page = (settings.BASE_DIR / "docs" / "operations.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^{program} (.+)$", page, re.MULTILINE)
    return line


def run(postgres, program, **values):
    words = [values.get(word.removeprefix("$"), word) for word in shlex.split(documented(program))]
    result = subprocess.run([str(postgres.binaries / program), *words], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result


def everything(url):
    """Count and checksum of each table, and the catalogue."""
    database = psycopg2.connect(url)
    with database, database.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = {}
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT count(*), md5(string_agg(md5(row::text), '' ORDER BY row::text)) FROM \"{table}\" AS row"
            )
            tables[table] = cursor.fetchone()
        rest = {}
        for name, query in CATALOGUE.items():
            cursor.execute(query)
            rest[name] = sorted(SPELLING.sub("", repr(row)) for row in cursor.fetchall())
    database.close()
    return tables, rest


def test_restored_database_equals_the_dumped_one(companies, postgres, restored, tmp_path):
    source = postgres.url("fh_owner", connection.settings_dict["NAME"])
    dump = str(tmp_path / "hub.dump")
    before, catalogue = everything(source)

    run(postgres, "pg_dump", **{"OWNER_DATABASE_URL": source, "hub.dump": dump})
    run(postgres, "pg_restore", **{"OWNER_DATABASE_URL": restored, "hub.dump": dump})
    after, restored_catalogue = everything(restored)

    assert before["hub_orgunit"][0] >= 1000
    assert after == before
    for name in CATALOGUE:
        assert restored_catalogue[name] == catalogue[name], name


def test_walls_stand_in_the_restored_database(companies, postgres, restored, tmp_path):
    dump = str(tmp_path / "hub.dump")
    run(
        postgres,
        "pg_dump",
        **{"OWNER_DATABASE_URL": postgres.url("fh_owner", connection.settings_dict["NAME"]), "hub.dump": dump},
    )
    run(postgres, "pg_restore", **{"OWNER_DATABASE_URL": restored, "hub.dump": dump})

    web = psycopg2.connect(postgres.url("fh_app", RESTORED))
    with web, web.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM hub_orgunit")
        without = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(Tenant.objects.get(slug="first").pk)])
        cursor.execute("SELECT count(*) FROM hub_orgunit")
        within = cursor.fetchone()[0]
    web.close()

    assert (without, within) == (0, 500)

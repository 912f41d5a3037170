"""The context on its way to Postgres: it arrives with each query, and never stays behind."""

import io

import pytest
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg2.extras import execute_values

from freelance_hub.models import OrgUnit
from freelance_hub.tenancy.context import Context, tenant, use

FIRST_CODE = "SELECT min(code) FROM hub_orgunit"


class Undo(Exception):  # noqa: N818  it is no error
    """Rolls back the block it is raised in."""


def undone():
    return pytest.raises(Undo)


def test_every_part_of_the_context_arrives(pair, sql):
    names = ("app.tenant_id", "app.user_id", "app.actor", "app.request_id")

    with use(Context(pair.ours.tenant.pk, 7, request_id="r-1", actor="Bo; 100 % 'quoted'")):
        settings = [sql("SELECT current_setting(%s, true)", [name]) for name in names]

    assert settings == [str(pair.ours.tenant.pk), "7", "Bo; 100 % 'quoted'", "r-1"]


def test_savepoint_rollback_in_inner_tenant_restores_outer(pair):
    with tenant(pair.ours.tenant), transaction.atomic():
        with undone(), transaction.atomic(), tenant(pair.theirs.tenant):
            assert OrgUnit.objects.count() == 3
            raise Undo

        assert OrgUnit.objects.order_by("code").first().code == "ours-0"


def test_savepoint_rollback_reverts_the_setting_but_not_our_belief(pair, sql):
    with transaction.atomic(), tenant(pair.ours.tenant):
        assert sql() == 3
        with tenant(pair.theirs.tenant):
            with undone(), transaction.atomic():
                assert sql(FIRST_CODE) == "theirs-0"
                raise Undo

            assert sql(FIRST_CODE) == "theirs-0"


def test_tenant_entered_inside_a_savepoint_outlives_its_rollback(pair, sql):
    theirs = tenant(pair.theirs.tenant)
    with transaction.atomic(), tenant(pair.ours.tenant):
        assert sql() == 3
        with undone(), transaction.atomic():
            theirs.__enter__()
            assert sql() == 3
            raise Undo

        assert sql(FIRST_CODE) == "theirs-0"
        theirs.__exit__(None, None, None)
        assert sql(FIRST_CODE) == "ours-0"


def test_database_error_in_inner_tenant_can_be_rolled_back(pair, sql):
    with tenant(pair.ours.tenant), transaction.atomic():
        assert sql() == 3
        with pytest.raises(DatabaseError, match="division by zero"), transaction.atomic(), tenant(pair.theirs.tenant):
            sql("SELECT 1/0")

        assert sql(FIRST_CODE) == "ours-0"


def test_database_error_caught_in_another_tenant_can_be_rolled_back(pair, sql):
    with tenant(pair.ours.tenant), transaction.atomic():
        assert sql() == 3
        with tenant(pair.theirs.tenant):  # the rollback itself is sent while the settings are due
            with pytest.raises(DatabaseError, match="division by zero"), transaction.atomic():
                sql("SELECT 1/0")

            assert sql(FIRST_CODE) == "theirs-0"


def test_error_on_the_client_side_does_not_count_as_sent(pair, sql):
    with transaction.atomic():
        with tenant(pair.ours.tenant):
            assert sql() == 3
        with tenant(pair.theirs.tenant):
            with pytest.raises(IndexError):
                sql("SELECT %s, %s", ["only one"])

            assert sql(FIRST_CODE) == "theirs-0"


@pytest.mark.django_db(transaction=True)
def test_reads_in_autocommit_leave_nothing_behind(pair, sql):
    assert not connection.in_atomic_block

    with tenant(pair.ours.tenant):
        assert sql() == 3
        assert OrgUnit.objects.count() == 3

    assert sql() == 0
    assert sql("SELECT coalesce(current_setting('app.tenant_id', true), '')") == ""


@pytest.mark.django_db(transaction=True)
def test_next_transaction_on_the_same_connection_starts_anew(pair, sql):
    backend = "SELECT pg_backend_pid()"
    with tenant(pair.ours.tenant):
        with transaction.atomic():
            first = sql(backend)
            assert sql(FIRST_CODE) == "ours-0"
        with transaction.atomic():
            assert sql(FIRST_CODE) == "ours-0"
        with undone(), transaction.atomic():
            assert sql(FIRST_CODE) == "ours-0"
            raise Undo
        with transaction.atomic():
            assert sql(FIRST_CODE) == "ours-0"
    with transaction.atomic():
        assert sql() == 0
        assert sql(backend) == first


@pytest.mark.django_db(transaction=True)
def test_percent_signs_and_parameters(pair, sql):
    with tenant(pair.ours.tenant):
        assert sql("SELECT count(*) FROM hub_orgunit WHERE code LIKE 'ours%'") == 3
        assert sql("SELECT count(*) FROM hub_orgunit WHERE code LIKE %s", ["ours%"]) == 3
        assert sql("SELECT count(*) FROM hub_orgunit WHERE code LIKE 'ours%%' AND code > %s", [""]) == 3
        assert OrgUnit.objects.filter(code__icontains="OURS-1").count() == 1
        with transaction.atomic():
            assert sql("SELECT count(*) FROM hub_orgunit WHERE code = %(code)s", {"code": "ours-1"}) == 1


@pytest.mark.django_db(transaction=True)
def test_iterator_sees_the_company_inside_and_outside_of_a_transaction(pair):
    with tenant(pair.ours.tenant):
        assert len(list(OrgUnit.objects.iterator())) == 3
        with transaction.atomic():
            assert len(list(OrgUnit.objects.iterator())) == 3


@pytest.mark.django_db(transaction=True)
def test_named_cursor_needs_a_transaction(pair):
    with (
        tenant(pair.ours.tenant),
        connection.create_cursor(name="walk") as cursor,
        pytest.raises(InterfaceError, match="atomic"),
    ):
        connection.make_cursor(cursor).execute("SELECT count(*) FROM hub_orgunit")


def test_server_side_cursor_survives_a_switch_between_fetches(pair, sql):
    seen = set()
    for way in ("indexscan", "bitmapscan"):  # a plain scan asks the policy again for each row
        sql(f"SELECT set_config('enable_{way}', 'off', true)")
    with tenant(pair.ours.tenant), transaction.atomic():
        for unit in OrgUnit._base_manager.iterator(chunk_size=1):
            seen.add(unit.code)
            with tenant(pair.theirs.tenant):
                assert OrgUnit.objects.count() == 3

    assert seen == {"ours-0", "ours-1", "ours-2"}


def test_executemany_in_a_transaction(pair):
    rows = [(pair.ours.tenant.pk, "x", "x"), (pair.ours.tenant.pk, "y", "y")]

    with tenant(pair.ours.tenant), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO hub_orgunit (tenant_id, name, code) VALUES (%s, %s, %s)", rows)

        assert OrgUnit.objects.count() == 5


def test_execute_values_in_a_transaction(pair):
    rows = [(pair.ours.tenant.pk, "x", "x"), (pair.ours.tenant.pk, "y", "y")]

    with tenant(pair.ours.tenant), connection.cursor() as cursor:
        execute_values(cursor, "INSERT INTO hub_orgunit (tenant_id, name, code) VALUES %s", rows)

        assert OrgUnit.objects.count() == 5


@pytest.mark.parametrize("statement", ["executemany", "bytes", "callproc"])
@pytest.mark.django_db(transaction=True)
def test_what_cannot_carry_a_prefix_needs_a_transaction(pair, statement):
    calls = {
        "executemany": lambda cursor: cursor.executemany("SELECT %s", [(1,)]),
        "bytes": lambda cursor: cursor.execute(b"SELECT 1"),
        "callproc": lambda cursor: cursor.callproc("pg_backend_pid"),
    }

    with tenant(pair.ours.tenant), connection.cursor() as cursor:
        with pytest.raises(InterfaceError, match="atomic"):
            calls[statement](cursor)
        with transaction.atomic():
            calls[statement](cursor)


def copied(method="copy_expert"):
    """Rows that COPY … TO STDOUT gives."""
    out = io.StringIO()
    with connection.cursor() as cursor:
        if method == "copy_expert":
            cursor.copy_expert("COPY (SELECT code FROM hub_orgunit ORDER BY code) TO STDOUT", out)
        else:
            cursor.copy_to(out, "hub_orgunit", columns=["code"])
    return sorted(out.getvalue().split())


@pytest.mark.parametrize("method", ["copy_expert", "copy_to"])
@pytest.mark.django_db(transaction=True)
def test_copy_out_needs_a_transaction_and_finds_own_rows(pair, method):
    with tenant(pair.ours.tenant):
        with pytest.raises(InterfaceError, match="atomic"):
            copied(method)
        with transaction.atomic():
            assert copied(method) == ["ours-0", "ours-1", "ours-2"]
            with tenant(pair.theirs.tenant):
                assert copied(method) == ["theirs-0", "theirs-1", "theirs-2"]
    assert copied(method) == []


@pytest.mark.parametrize("method", ["copy_expert", "copy_from"])
def test_copy_in_is_refused_by_postgres(pair, method):
    rows = io.StringIO(f"{pair.theirs.tenant.pk}\tx\tx\n")
    calls = {
        "copy_expert": lambda cursor: cursor.copy_expert("COPY hub_orgunit (tenant_id, name, code) FROM STDIN", rows),
        "copy_from": lambda cursor: cursor.copy_from(rows, "hub_orgunit", columns=["tenant_id", "name", "code"]),
    }

    with tenant(pair.ours.tenant), connection.cursor() as cursor:  # noqa: SIM117  the refusal, not the cursor, is tested
        with pytest.raises(DatabaseError, match="COPY FROM not supported with row-level security"):
            calls[method](cursor)


@pytest.mark.django_db(transaction=True)
def test_debug_cursor_is_guarded_too(pair):
    with tenant(pair.ours.tenant), CaptureQueriesContext(connection) as queries:
        assert OrgUnit.objects.count() == 3
        with transaction.atomic():
            assert len(list(OrgUnit.objects.iterator())) == 3

    assert len([query for query in queries if "hub_orgunit" in query["sql"]]) == 2


def test_the_prefix_costs_no_query_of_its_own(pair, django_assert_num_queries):
    with tenant(pair.ours.tenant), django_assert_num_queries(2):
        OrgUnit.objects.count()
        OrgUnit.objects.count()


def test_execute_wrappers_see_the_query_as_written(pair):
    seen = []

    def wrapper(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    with tenant(pair.ours.tenant), connection.execute_wrapper(wrapper):
        OrgUnit.objects.count()

    assert [query.split()[0:2] for query in seen] == [["SELECT", "COUNT(*)"]]

"""The roles that stand behind tenancy: what each may, and under which one tests run."""

import pytest
from django.db import ProgrammingError, connection

pytestmark = pytest.mark.django_db


def role_row(name):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = %s", [name]
        )
        return cursor.fetchone()


def test_tests_run_as_the_web_role():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("fh_app",)


def test_web_role_has_no_way_around_row_level_security():
    assert role_row("fh_app") == (False, False, False, False)


def test_owner_and_platform_pass_row_level_security_without_being_superuser():
    assert role_row("fh_owner") == (False, True, True, False)
    assert role_row("fh_platform") == (False, True, False, False)


def test_web_role_owns_nothing():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class JOIN pg_roles ON relowner = pg_roles.oid WHERE rolname = 'fh_app'")
        assert cursor.fetchall() == []


def test_web_role_cannot_change_tables():
    with pytest.raises(ProgrammingError, match="must be owner"), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_session ADD COLUMN extra text")


def test_web_role_is_timed_out():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout')"
        )
        assert cursor.fetchone() == ("30s", "1min")

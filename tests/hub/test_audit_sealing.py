"""Seals on the audit log: nobody, not even the owner of the tables, changes the past unseen."""

import threading
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from django.db import connection, connections, transaction
from structlog.testing import capture_logs

from freelance_hub import audit
from freelance_hub.audit import NOTHING, Head
from freelance_hub.models import OrgUnit, Tenant
from freelance_hub.tenancy.context import Context, tenant, use

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner():
    """Run SQL as the owner of the tables, whom row-level security and rights do not stop."""
    params = connection.get_connection_params()
    session = psycopg2.connect(host=params["host"], port=params.get("port"), dbname=params["dbname"], user="fh_owner")
    session.autocommit = True

    def run(sql, values=None):
        with session.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    yield run
    session.close()


@pytest.fixture
def sealed(pair):
    """Our company's log under three seals; theirs under one."""
    for number in range(3):
        audit.seal_audit(pair.ours.tenant)
        with tenant(pair.ours.tenant):
            OrgUnit.objects.update(name=f"Round {number}")
    audit.seal_audit(pair.theirs.tenant)
    return pair


def test_fresh_log_has_no_seal(pair):
    verdict = audit.verify_audit(pair.ours.tenant)

    assert (verdict.seals, verdict.head, verdict.is_intact) == (0, NOTHING, True)


def test_each_round_seals_what_is_new_and_only_that(pair):
    first = audit.seal_audit(pair.ours.tenant)
    again = audit.seal_audit(pair.ours.tenant)
    with tenant(pair.ours.tenant):
        OrgUnit.objects.update(name="x")
    second = audit.seal_audit(pair.ours.tenant.pk)

    assert first == again
    assert (first.number, second.number) == (1, 2)
    assert first.hash != second.hash
    assert audit.verify_audit(pair.ours.tenant) == audit.Verdict(seals=2, broken=(), head=second)


def test_unsealed_entries_do_not_disturb(sealed):
    assert audit.verify_audit(sealed.ours.tenant).is_intact


@pytest.mark.parametrize("column", ["actor", "request_id", "operation", "table_name"])
def test_owner_who_changes_an_entry_is_found_out(sealed, owner, column):
    owner(
        f"UPDATE hub_audit_event SET {column} = 'x' WHERE id = (SELECT max(id) - 4 FROM hub_audit_event WHERE tenant_id = %s)",
        [sealed.ours.tenant.pk],
    )

    assert audit.verify_audit(sealed.ours.tenant).broken == (3,)
    assert audit.verify_audit(sealed.theirs.tenant).is_intact


def test_owner_who_backdates_an_entry_is_found_out(sealed, owner):
    owner(
        "UPDATE hub_audit_event SET at = at - interval '1 microsecond' "
        "WHERE id = (SELECT min(id) FROM hub_audit_event WHERE tenant_id = %s)",
        [sealed.ours.tenant.pk],
    )

    assert audit.verify_audit(sealed.ours.tenant).broken == (1,)


def test_owner_who_deletes_or_slips_in_an_entry_is_found_out(sealed, owner):
    (first,) = owner("SELECT min(id) FROM hub_audit_event WHERE tenant_id = %s", [sealed.ours.tenant.pk])[0]
    owner(
        "INSERT INTO hub_audit_event (id, tenant_id, actor, request_id, operation, table_name, changes) "
        "VALUES (%s, %s, '', '', '', '', '{}')",
        [first, sealed.ours.tenant.pk],
    )
    owner(
        "DELETE FROM hub_audit_event WHERE id = (SELECT max(id) - 4 FROM hub_audit_event WHERE tenant_id = %s)",
        [sealed.ours.tenant.pk],
    )

    assert audit.verify_audit(sealed.ours.tenant).broken == (1, 3)


def test_owner_who_moves_an_entry_to_another_company_is_found_out_in_the_first(sealed, owner):
    owner(
        "UPDATE hub_audit_event SET tenant_id = %s WHERE id = (SELECT min(id) FROM hub_audit_event WHERE tenant_id = %s)",
        [sealed.theirs.tenant.pk, sealed.ours.tenant.pk],
    )

    assert audit.verify_audit(sealed.ours.tenant).broken == (1,)


def test_owner_who_takes_out_a_seal_is_found_out(sealed, owner):
    owner("DELETE FROM hub_audit_seal WHERE tenant_id = %s AND number = 2", [sealed.ours.tenant.pk])

    assert audit.verify_audit(sealed.ours.tenant).broken == (3,)


def test_owner_who_cuts_off_the_end_is_found_out_by_a_head_kept_elsewhere(sealed, owner):
    head = audit.verify_audit(sealed.ours.tenant).head
    owner("DELETE FROM hub_audit_seal WHERE tenant_id = %s AND number = 3", [sealed.ours.tenant.pk])

    assert audit.verify_audit(sealed.ours.tenant).is_intact
    assert audit.verify_audit(sealed.ours.tenant, anchor=head).broken == (3,)


def test_owner_who_seals_everything_anew_is_found_out_by_a_head_kept_elsewhere(sealed, owner):
    early = audit.verify_audit(sealed.ours.tenant).head
    owner("UPDATE hub_audit_event SET actor = 'Somebody else' WHERE tenant_id = %s", [sealed.ours.tenant.pk])
    owner("DELETE FROM hub_audit_seal WHERE tenant_id = %s", [sealed.ours.tenant.pk])
    audit.seal_audit(sealed.ours.tenant)

    assert audit.verify_audit(sealed.ours.tenant).is_intact
    assert not audit.verify_audit(sealed.ours.tenant, anchor=early).is_intact


def test_head_kept_elsewhere_stays_good_when_the_log_grows(sealed):
    early = audit.verify_audit(sealed.ours.tenant).head
    audit.seal_audit(sealed.ours.tenant)

    verdict = audit.verify_audit(sealed.ours.tenant, anchor=early)
    assert verdict.is_intact
    assert verdict.head.number == early.number + 1
    assert audit.verify_audit(sealed.ours.tenant, anchor=NOTHING).is_intact
    assert audit.verify_audit(sealed.ours.tenant, anchor=Head(99, "ab")).broken == (99,)


def test_new_head_is_logged_so_that_it_leaves_the_machine(pair):
    with capture_logs() as lines:
        head = audit.seal_audit(pair.ours.tenant)
        audit.seal_audit(pair.ours.tenant)

    told = [line for line in lines if line["event"] == "audit_sealed"]
    assert [(line["chain"], line["number"], line["hash"]) for line in told] == [(pair.ours.tenant.pk, 1, head.hash)]


def test_seals_do_not_depend_on_the_time_zone_of_the_session(sealed):
    with connection.cursor() as cursor:
        cursor.execute("SET timezone = 'Asia/Kolkata'; SET datestyle = 'German'; SET extra_float_digits = 0")
    try:
        assert audit.verify_audit(sealed.ours.tenant).is_intact
    finally:
        connection.close()


def test_large_log_gets_several_seals(pair, sql):
    with tenant(pair.ours.tenant):
        sql(
            "WITH made AS (INSERT INTO hub_orgunit (tenant_id, name, code) "
            "SELECT %s, 'x', n::text FROM generate_series(1, 2500) n RETURNING 1) SELECT count(*) FROM made",
            [pair.ours.tenant.pk],
        )

    assert audit.seal_audit(pair.ours.tenant).number == 3
    assert audit.verify_audit(pair.ours.tenant).is_intact


def test_entry_that_is_committed_late_is_sealed_later(pair):
    """Its id is lower than those of entries that were committed before it."""
    started, go_on = threading.Event(), threading.Event()

    def slow_request():
        with tenant(pair.ours.tenant), transaction.atomic():
            OrgUnit.objects.create(name="slow", code="slow")
            started.set()
            go_on.wait(10)
        connection.close()

    slow = threading.Thread(target=slow_request)
    slow.start()
    started.wait(10)
    with tenant(pair.ours.tenant):
        OrgUnit.objects.create(name="fast", code="fast")

    assert audit.seal_audit(pair.ours.tenant, patience=0.2) is None
    go_on.set()
    slow.join()
    assert audit.seal_audit(pair.ours.tenant).number == 1
    verdict = audit.verify_audit(pair.ours.tenant)
    assert (verdict.seals, verdict.is_intact) == (1, True)


def test_sealing_refuses_to_run_inside_a_transaction(pair):
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside"):
        audit.seal_audit(pair.ours.tenant)


def test_every_company_is_sealed_and_what_concerns_none(pair):
    audit.record("session.failed", actor="unknown person")

    assert audit.seal_every_audit() == 1 + Tenant.objects.count()
    assert [audit.verify_audit(chain).seals for chain in (None, pair.ours.tenant, pair.theirs.tenant)] == [1, 1, 1]


def test_owner_who_changes_what_concerns_no_company_is_found_out(pair, owner):
    audit.record("session.failed", actor="unknown person")
    audit.seal_audit(None)
    owner("UPDATE hub_audit_event SET actor = 'x' WHERE tenant_id IS NULL AND operation = 'session.failed'")

    assert audit.verify_audit(None).broken == (1,)


# Partitions


def partitions(owner):
    return {
        name
        for (name,) in owner(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'hub_audit_event'::regclass"
        )
    }


def test_partitions_of_the_coming_months_are_there(owner):
    month = datetime.now(UTC).replace(day=1)
    following = (month + timedelta(days=32)).replace(day=1)

    assert {
        f"hub_audit.event_{month:%Y_%m}",
        f"hub_audit.event_{following:%Y_%m}",
        "hub_audit.event_default",
    } <= partitions(owner)
    assert audit.ensure_partitions() == 0


def test_late_partition_takes_over_what_waited_for_it(pair, owner):
    ahead = (datetime.now(UTC).replace(day=1) + timedelta(days=32 * 5)).replace(day=10)
    owner(
        "INSERT INTO hub_audit_event (at, tenant_id, actor, request_id, operation, table_name, changes) "
        "VALUES (%s, %s, 'early bird', '', '', '', '{}')",
        [ahead, pair.ours.tenant.pk],
    )
    where = "SELECT tableoid::regclass::text FROM hub_audit_event WHERE actor = 'early bird'"
    assert owner(where) == [("hub_audit.event_default",)]

    try:
        assert audit.ensure_partitions(6) == 3

        assert owner(where) == [(f"hub_audit.event_{ahead:%Y_%m}",)]
        with tenant(pair.ours.tenant):
            assert audit.entries().filter(actor="early bird").count() == 1
        with tenant(pair.theirs.tenant):
            assert audit.entries().filter(actor="early bird").count() == 0
    finally:
        for name in sorted(partitions(owner))[-4:-1]:
            owner(f"DROP TABLE {name}")


def test_entry_beyond_all_partitions_is_kept(pair, owner):
    owner(
        "INSERT INTO hub_audit_event (at, tenant_id, actor, request_id, operation, table_name, changes) "
        "VALUES ('2199-01-01', %s, 'time traveller', '', '', '', '{}')",
        [pair.ours.tenant.pk],
    )

    with tenant(pair.ours.tenant):
        assert audit.entries().filter(actor="time traveller").count() == 1


@pytest.mark.django_db(transaction=True, databases=["default", "platform"])
def test_operators_read_the_whole_log_on_their_own_alias(pair):
    audit.record("session.failed", actor="unknown person")
    with use(Context(platform=True, actor="Olga Operator")):
        audit.record("tenant.looked_at", pair.ours.tenant)
        seen = set(audit.entries().values_list("tenant_id", flat=True))
        latest = audit.entries().first()

    assert seen >= {None, pair.ours.tenant.pk, pair.theirs.tenant.pk}
    assert (latest.actor, latest.tenant_id) == ("Olga Operator", None)
    assert connections["platform"].settings_dict["USER"] == "fh_platform"

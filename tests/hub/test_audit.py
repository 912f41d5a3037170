"""The audit log: complete, readable by its company only, and closed to the hands of the application."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import InternalError, ProgrammingError, connection, connections, models, transaction

from freelance_hub import audit
from freelance_hub.access import automation
from freelance_hub.models import AuditEvent, IdentityProvider, Invitation, OrgUnit, Role, Tenant, User
from freelance_hub.tenancy import audit_triggers
from freelance_hub.tenancy.context import Context, NoTenant, tenant, use
from freelance_hub.views.audit import change_text


def told(entries):
    return [(entry.operation, entry.changes) for entry in entries]


def test_changes_of_a_row_are_told_with_before_and_after(pair):
    with tenant(pair.ours.tenant):
        unit = OrgUnit.objects.create(name="Sales", code="1")
        unit.name = "Field sales"
        unit.save()
        pk, public_id = unit.pk, str(unit.public_id)
        unit.delete()

        assert told(audit.history(OrgUnit(pk=pk))) == [
            ("delete", {"name": ["Field sales", None], "code": ["1", None], "public_id": [public_id, None]}),
            ("update", {"name": ["Sales", "Field sales"]}),
            ("insert", {"name": [None, "Sales"], "code": [None, "1"], "public_id": [None, public_id]}),
        ]


def test_entries_say_who_as_whom_and_in_which_request(pair):
    context = Context(pair.ours.tenant.pk, pair.both.pk, request_id="r-17", actor="Bo Both, as finance")
    before = datetime.now(UTC)

    with use(context):
        OrgUnit.objects.create(name="Sales", code="1")
        entry = audit.entries().first()

    assert (entry.tenant_id, entry.actor_id, entry.actor, entry.request_id) == (
        pair.ours.tenant.pk,
        pair.both.pk,
        "Bo Both, as finance",
        "r-17",
    )
    assert before - timedelta(minutes=1) < entry.at <= datetime.now(UTC)
    assert str(entry).endswith(f"Bo Both, as finance: Created hub_orgunit {entry.row_id}")


def test_writes_past_the_orm_are_told_too(pair, sql):
    with tenant(pair.ours.tenant):
        OrgUnit.objects.update(name="All one")
        sql("UPDATE hub_orgunit SET name = 'By hand' RETURNING id")
        OrgUnit.objects.bulk_create([OrgUnit(name="x", code="x")])

        operations = [entry.operation for entry in audit.entries(model=OrgUnit)]
    assert operations == ["insert"] + ["update"] * 6 + ["insert"] * 3


def test_update_that_changes_nothing_is_not_told(pair):
    with tenant(pair.ours.tenant):
        unit = OrgUnit.objects.first()
        unit.save()

        assert [entry.operation for entry in audit.history(unit)] == ["insert"]


def test_ignored_fields_are_not_told(pair):
    with tenant(pair.ours.tenant):
        pair.ours.membership.last_seen_at = datetime.now(UTC)
        pair.ours.membership.save()

        assert [entry.operation for entry in audit.history(pair.ours.membership)] == ["insert"]


def test_lists_and_null_are_told_as_they_are(pair):
    with tenant(pair.ours.tenant):
        pair.ours.role.capabilities = ["audit.see"]
        pair.ours.role.save()

        assert told(audit.history(pair.ours.role)[:1]) == [("update", {"capabilities": [[], ["audit.see"]]})]


def test_sensitive_fields_are_told_by_name_only(pair):
    with tenant(pair.ours.tenant):
        provider = IdentityProvider.objects.create(name="Corp", issuer="https://x", client_id="c", client_secret="hush")
        provider.client_secret = "hush hush"
        provider.save()
        (changed, created) = audit.history(provider)

    assert changed.changes == {"client_secret": None}
    assert created.changes["client_secret"] is None
    assert created.changes["client_id"] == [None, "c"]
    assert "hush" not in str(AuditEvent.objects.model._base_manager.filter(pk=created.pk).values())


def test_rolled_back_change_is_not_told(pair):
    with tenant(pair.ours.tenant):
        count = AuditEvent.objects.count()
        with transaction.atomic():
            OrgUnit.objects.create(name="Sales", code="1")
            transaction.set_rollback(True)

        assert AuditEvent.objects.count() == count


def test_tables_that_are_logs_themselves_are_not_told(pair):
    tables = {model._meta.db_table for model in audit_triggers.audited_models()}

    assert {"hub_orgunit", "hub_membershiprole", "hub_tenant", "hub_user"} <= tables
    assert not {"hub_event", "hub_notification", "hub_audit_event"} & tables


def test_change_of_the_company_itself_is_told_to_it(pair):
    pair.ours.tenant.currency = "USD"
    pair.ours.tenant.save()

    with tenant(pair.ours.tenant):
        assert told(audit.history(pair.ours.tenant)[:1]) == [("update", {"currency": ["EUR", "USD"]})]


# Who may read


def test_other_companies_see_no_entry(pair):
    with tenant(pair.ours.tenant):
        ours = audit.history(pair.ours.role)
        assert ours.count() == 1
        entry = ours.get()
    with tenant(pair.theirs.tenant):
        assert audit.history(pair.ours.role).count() == 0
        assert AuditEvent._base_manager.filter(pk=entry.pk).count() == 0
        assert {row.tenant_id for row in AuditEvent._base_manager.all()} == {pair.theirs.tenant.pk}


def test_without_a_tenant_there_is_no_entry(pair, sql):
    assert sql("SELECT count(*) FROM hub_audit_event") == 0
    with pytest.raises(NoTenant):
        audit.entries().count()


def test_entries_that_concern_no_company_are_for_operators(pair, sql):
    audit.record("session.failed", actor="unknown person")

    with tenant(pair.ours.tenant):
        assert audit.entries(operation="session.failed").count() == 0
    assert sql("SELECT count(*) FROM hub_audit_event") == 0


def test_log_has_filters(pair):
    now = datetime.now(UTC)
    with use(Context(pair.ours.tenant.pk, pair.both.pk, request_id="r-17")):
        Role.objects.create(key="x", name="X")

        def found(**filters):
            return [entry.table_name for entry in audit.entries(**filters)]

        assert found(user_id=pair.both.pk) == ["hub_role"]
        assert found(request_id="r-17") == ["hub_role"]
        assert found(model=Role) == ["hub_role", "hub_role"]
        assert found(model=Role, operation="update") == []
        assert found(since=now + timedelta(hours=1)) == []
        assert found(until=now - timedelta(hours=1)) == []
        assert len(found(since=now - timedelta(hours=1), until=now + timedelta(hours=1))) == len(found()) > 5


# Acts that change no row


def test_act_is_recorded_with_its_object(pair):
    with use(Context(pair.ours.tenant.pk, pair.both.pk, request_id="r-17", actor="Bo")):
        number = audit.record("export.downloaded", pair.ours.role, rows=5, at=datetime(2026, 1, 2, tzinfo=UTC))
        entry = audit.history(pair.ours.role).first()

    assert (entry.pk, entry.operation, entry.table_name) == (number, "export.downloaded", "hub_role")
    assert (entry.actor, entry.actor_id, entry.request_id) == ("Bo", pair.both.pk, "r-17")
    assert entry.changes == {"rows": 5, "at": "2026-01-02T00:00:00Z"}


def test_act_may_name_another_actor(pair):
    robot = automation(tenant_id=pair.ours.tenant.pk, label="Night import")
    with use(Context(pair.ours.tenant.pk, pair.both.pk, actor="Bo")):
        audit.record("import.looked_at", actor=robot)
        audit.record("import.looked_at", actor="Somebody")
        (somebody, night) = audit.entries(operation="import.looked_at")

    assert (night.actor, night.actor_id) == ("Night import", None)
    assert (somebody.actor, somebody.actor_id) == ("Somebody", pair.both.pk)


def test_act_cannot_pass_for_a_change(pair):
    with (
        tenant(pair.ours.tenant),
        pytest.raises(InternalError, match="is named"),
        transaction.atomic(),
    ):
        audit.record("update", pair.ours.role)


# Append-only


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE hub_audit_event SET actor = 'Nobody'",
        "DELETE FROM hub_audit_event",
        "TRUNCATE hub_audit_event",
        "INSERT INTO hub_audit_event (actor, request_id, operation, table_name, changes) VALUES ('', '', '', '', '{}')",
        "UPDATE hub_audit_seal SET entries = 0",
        "DELETE FROM hub_audit_seal",
        "TRUNCATE hub_audit_seal",
        "INSERT INTO hub_audit_seal VALUES (1, 1, 1, 1, now(), '')",
        "SELECT nextval('hub_audit_event_id_seq')",
        "DELETE FROM hub_audit.event_default",
        "SELECT * FROM hub_audit.event_default",
        "SELECT hub_audit.hub_orgunit()",
        "ALTER TABLE hub_orgunit DISABLE TRIGGER hub_audit",
        "DROP TRIGGER hub_audit ON hub_orgunit",
        "SET session_replication_role = replica",
        """
        CREATE TEMP TABLE fake (id bigint, tenant_id bigint, name text, code text);
        CREATE TRIGGER fake AFTER INSERT ON fake FOR EACH ROW EXECUTE FUNCTION hub_audit.hub_orgunit();
        """,
    ],
)
@pytest.mark.parametrize("alias", ["default", "platform"])
@pytest.mark.django_db(databases=["default", "platform"])
def test_application_cannot_touch_the_log(alias, statement):
    refused = "permission denied|must be owner"

    with pytest.raises(ProgrammingError, match=refused), connections[alias].cursor() as cursor:
        cursor.execute(statement)


# Triggers follow the models


def test_triggers_are_what_the_models_say(db):
    assert audit_triggers.differences(connection) == []


def test_changed_model_makes_a_new_function(db, monkeypatch):
    monkeypatch.setattr(OrgUnit, "audit_redact", ("name",))

    (statement,) = audit_triggers.differences(connection)

    assert statement.startswith('CREATE OR REPLACE FUNCTION hub_audit."hub_orgunit"()')
    assert """changes || '{"name": null}'""" in statement


def test_model_that_is_audited_no_longer_loses_its_trigger(db, monkeypatch):
    monkeypatch.setattr(OrgUnit, "audited", False)

    assert audit_triggers.differences(connection) == ['DROP TRIGGER hub_audit ON public."hub_orgunit"']


def test_column_that_is_not_there_yet_is_left_out():
    body = audit_triggers.function_body(Invitation, {"id", "tenant_id", "email"})

    assert 'NEW."email" IS DISTINCT FROM OLD."email"' in body
    assert "sent_count" not in body


def test_binary_and_derived_columns_are_never_copied():
    binary, plain = models.BinaryField(name="scan"), models.TextField(name="note")
    for field in (binary, plain):
        field.column = field.name

    assert audit_triggers._change(OrgUnit, binary) == """'{"scan": null}'"""
    assert "jsonb_build_array" in audit_triggers._change(OrgUnit, plain)


def test_web_role_leaves_the_triggers_alone(db, monkeypatch):
    monkeypatch.setattr(OrgUnit, "audited", False)

    audit_triggers.refresh(using="default")

    assert len(audit_triggers.differences(connection)) == 1
    assert Tenant.audited
    assert User.audited


def test_moments_are_told_in_the_readers_time():
    moment = "2026-11-25T22:09:23.947264+00:00"

    assert change_text("paid_at", [None, moment]) == "paid_at: nothing → 25 Nov 2026, 23:09 CET"
    assert change_text("note", ["2026-11-25", "T"]) == "note: 2026-11-25 → T"
    assert change_text("is_active", [True, False]) == "is_active: yes → no"
    assert change_text("capabilities", [["a", "b"], ["b", "c"]]) == "capabilities: + c, − a"

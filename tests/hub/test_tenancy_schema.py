"""The walls as they stand in the models and in the database."""

import pytest
from django.apps import apps
from django.db import connection, connections, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.test.utils import isolate_apps

from freelance_hub.models import Membership, OrgUnit, Tenant
from freelance_hub.tenancy.checks import check_database, check_tenant_models, problems_of, problems_of_role
from freelance_hub.tenancy.constraints import OwnRowsPolicy, TenantForeignKey, TenantPolicy
from freelance_hub.tenancy.models import TenantModel, ref, tenant_constraints, tenant_indexes

POLICY = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::bigint)"


def rows(query, params=None):
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()


# In the database


def test_every_table_about_a_tenant_is_forced_behind_a_policy(db):
    tables = rows("""
        SELECT relname, relrowsecurity AND relforcerowsecurity, count(pg_policy)
        FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'tenant_id' AND NOT attisdropped
        LEFT JOIN pg_policy ON polrelid = pg_class.oid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') GROUP BY pg_class.oid
    """)

    assert {"hub_orgunit", "hub_membership", "hub_audit_event", "hub_audit_seal"} <= {name for name, *_ in tables}
    assert [name for name, is_forced, policies in tables if not is_forced or not policies] == []


def test_every_policy_is_the_bare_comparison(db):
    policies = rows("""
        SELECT polname, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid), polcmd
        FROM pg_policy WHERE polroles = '{0}'
    """)
    unusual = {name for name, using, check, _ in policies if using != POLICY or check != POLICY}

    assert len(policies) > 10
    assert unusual == {"hub_membership_own", "hub_audit_event_rls", "hub_audit_seal_rls"}
    assert {command for name, _, _, command in policies if name in unusual} == {"r"}  # they let read, never write


def test_no_view_and_no_materialized_view_passes_the_policies(db):
    loose = rows("""
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND (
            relkind = 'm' OR relkind = 'v' AND NOT coalesce(reloptions::text LIKE '%%security_invoker=true%%', false))
    """)

    assert loose == []


def test_every_function_with_the_owners_rights_pins_its_search_path(db):
    loose = rows("""
        SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace IN ('public'::regnamespace, to_regnamespace('hub_audit'))
        AND NOT coalesce(proconfig::text LIKE '%%search_path=pg_catalog%%', false)
    """)

    assert loose == []


def test_web_role_owns_nothing_and_makes_nothing(db):
    owned = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole AND relpersistence <> 't'"

    assert rows(owned) == [(0,)]
    assert rows("SELECT has_schema_privilege('public', 'CREATE'), has_schema_privilege('hub_audit', 'USAGE')") == [
        (False, False)
    ]


def test_every_reference_between_tenant_tables_carries_the_tenant(db):
    """Also those that a migration might make by hand."""
    loose = rows("""
        SELECT conname FROM pg_constraint
        WHERE contype = 'f' AND cardinality(conkey) = 1
            AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = confrelid AND attname = 'tenant_id')
    """)

    assert loose == []


def test_list_under_the_policy_uses_the_index_of_the_tenant(pair, sql):
    sql("SELECT set_config('enable_seqscan', 'off', true)")
    plan = rows("EXPLAIN SELECT * FROM hub_orgunit WHERE tenant_id = %s AND code = 'ours-1'", [pair.ours.tenant.pk])

    lines = "".join(line for (line,) in plan)
    assert "Index Scan using hub_orgunit_" in lines
    assert "Index Cond: (tenant_id = " in lines or "Index Cond: ((tenant_id = " in lines


# In the models


def test_all_models_pass_the_checks():
    assert [str(problem) for problem in check_tenant_models()] == []


def identifiers(model):
    return sorted(problem.id for problem in problems_of(model))


@isolate_apps("freelance_hub")
def test_model_without_constraints_fails_the_check():
    class Bare(TenantModel):
        class Meta:
            app_label = "hub"

    assert identifiers(Bare) == ["hub.E001", "hub.E002"]


@isolate_apps("freelance_hub")
def test_model_with_another_manager_fails_the_check():
    class Open(TenantModel):
        objects = models.Manager()

        class Meta:
            app_label = "hub"
            constraints = tenant_constraints("hub_open")

    assert identifiers(Open) == ["hub.E003"]


@isolate_apps("freelance_hub")
def test_model_outside_that_speaks_of_a_tenant_fails_the_check():
    class Note(models.Model):
        company = models.ForeignKey(Tenant, models.CASCADE)
        unit = models.ForeignKey(OrgUnit, models.CASCADE)

        class Meta:
            app_label = "hub"

    assert identifiers(Note) == ["hub.E004", "hub.E004"]


@isolate_apps("freelance_hub")
def test_automatic_many_to_many_table_fails_the_check():
    class Group(TenantModel):
        units = models.ManyToManyField(OrgUnit)

        class Meta:
            app_label = "hub"
            constraints = tenant_constraints("hub_group")

    assert identifiers(Group.units.through) == ["hub.E004", "hub.E004"]


@isolate_apps("freelance_hub")
def test_plain_foreign_key_fails_the_check():
    class Note(TenantModel):
        unit = models.ForeignKey(OrgUnit, models.CASCADE)

        class Meta:
            app_label = "hub"
            constraints = tenant_constraints("hub_note")

    assert identifiers(Note) == ["hub.E005", "hub.E006", "hub.E007"]


@isolate_apps("freelance_hub")
def test_reference_with_a_leading_index_or_an_action_of_its_own_fails_the_check():
    class Note(TenantModel):
        unit = ref(OrgUnit)

        class Meta:
            app_label = "hub"
            constraints = tenant_constraints("hub_note", unit="CASCADE")
            indexes = [models.Index(fields=["-unit", "tenant"], name="hub_note_unit")]

    assert identifiers(Note) == ["hub.E006", "hub.E008"]


@isolate_apps("freelance_hub")
def test_complete_model_passes_the_check():
    class Note(TenantModel):
        unit = ref(OrgUnit, models.CASCADE)
        author = ref(Membership, models.SET_NULL, null=True)

        class Meta:
            app_label = "hub"
            constraints = tenant_constraints("hub_note", "author", unit="CASCADE")
            indexes = tenant_indexes("hub_note", "unit", "author")

    assert identifiers(Note) == []


def test_names_fit_into_their_limits():
    (short, long) = tenant_indexes("talent_timesheetentry", "unit", "reviewing_membership")
    (*_, reference) = tenant_constraints("talent_" + "x" * 50, "reviewing_membership")

    assert short.name == "talent_timesheetentry_unit_ix"
    assert (len(long.name), long.name[-3:]) == (30, "_ix")
    assert (len(reference.name), reference.name[-4:]) == (63, "_tfk")


# In the role


@pytest.mark.django_db(databases=["default", "platform"])
def test_role_above_the_policies_fails_the_check():
    assert check_database(databases=["default"]) == []
    assert [problem.id for problem in problems_of_role(connections["platform"])] == ["hub.E009"]


def test_forgotten_trigger_fails_the_check(db, monkeypatch):
    monkeypatch.setattr(OrgUnit, "audit_redact", ("name",))

    assert [problem.id for problem in check_database(databases=["default"])] == ["hub.E010"]


def test_database_is_checked_only_when_asked_for_and_not_by_its_owner(settings, monkeypatch):
    monkeypatch.setattr(OrgUnit, "audit_redact", ("name",))

    assert check_database() == []
    settings.IS_OWNER = True
    assert check_database(databases=["default"]) == []


# In migrations


@pytest.mark.parametrize(
    "constraint",
    [
        TenantPolicy(name="a"),
        OwnRowsPolicy(name="a"),
        TenantForeignKey(field="unit", name="a"),
        TenantForeignKey(field="unit", name="a", on_delete="CASCADE"),
    ],
)
def test_constraints_survive_a_migration_file(constraint):
    _, args, kwargs = constraint.deconstruct()

    assert type(constraint)(*args, **kwargs) == constraint
    assert constraint.clone() == constraint
    assert hash(constraint.clone()) == hash(constraint)


def test_constraints_differ_by_what_they_do():
    every = [
        TenantPolicy(name="a"),
        TenantPolicy(name="b"),
        OwnRowsPolicy(name="a"),
        TenantForeignKey(field="unit", name="a"),
        TenantForeignKey(field="other", name="a"),
        TenantForeignKey(field="unit", name="a", on_delete="CASCADE"),
    ]

    assert [every.index(constraint) for constraint in every] == [0, 1, 2, 3, 4, 5]


def test_makemigrations_sees_a_forgotten_policy():
    before, after = ProjectState.from_apps(apps), ProjectState.from_apps(apps)
    before.models["hub", "orgunit"].options["constraints"] = []

    changes = MigrationAutodetector(before, after).changes(MigrationLoader(None).graph)

    added = [operation.constraint for migration in changes["hub"] for operation in migration.operations]
    assert TenantPolicy(name="hub_orgunit_rls") in added


def test_policies_and_references_can_be_taken_back(db):
    membership = Membership._meta
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for constraint in membership.constraints:
            editor.remove_constraint(Membership, constraint)
    statements = "\n".join(editor.collected_sql)

    assert 'DROP POLICY "hub_membership_rls" ON "hub_membership"' in statements
    assert 'ALTER TABLE "hub_membership" NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY' in statements
    assert 'DROP POLICY "hub_membership_own" ON "hub_membership"' in statements
    assert 'DROP CONSTRAINT "hub_membership_sponsor_tfk"' in statements

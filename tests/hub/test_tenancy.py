"""Both locks, tried from inside: what one company can do to the rows of another."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from freelance_hub.models import LegalEntity, Membership, MembershipRole, OrgUnit, Role
from freelance_hub.tenancy.context import Context, NoTenant, current, tenant, use


def refused_by_policy():
    return pytest.raises(ProgrammingError, match="row-level security")


def check_references():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_tests_run_as_the_web_role(db, sql):
    rights = "SELECT current_user || rolsuper || rolbypassrls FROM pg_roles WHERE rolname = current_user"

    assert sql(rights) == "fh_appfalsefalse"


def test_no_tenant_sql_finds_nothing(pair, sql):
    assert sql() == 0


def test_no_tenant_orm_raises(pair):
    with pytest.raises(NoTenant, match="OrgUnit"):
        OrgUnit.objects.count()
    with pytest.raises(NoTenant):
        OrgUnit.objects.filter(name="x").exists()
    assert list(OrgUnit.objects.none()) == []


def test_no_tenant_nothing_is_saved(pair):
    with pytest.raises(NoTenant, match="OrgUnit"):
        OrgUnit(name="x", code="x").save()
    with pytest.raises(NoTenant):
        OrgUnit.objects.create(name="x", code="x")


def test_no_tenant_sql_writes_nothing(pair, sql):
    with refused_by_policy():
        sql("INSERT INTO hub_orgunit (tenant_id, name, code) VALUES (%s, 'x', 'x') RETURNING id", [pair.ours.tenant.pk])


def test_forgotten_filter_finds_own_rows_only(pair, sql):
    with tenant(pair.ours.tenant):
        assert sql() == 3
    assert sql() == 0  # in the same transaction: nothing lingers


def test_base_manager_is_bound_by_the_policy(pair):
    with tenant(pair.ours.tenant):
        assert OrgUnit._base_manager.count() == 3
    assert OrgUnit._base_manager.count() == 0


def test_orm_filters_by_itself(pair):
    with tenant(pair.ours.tenant):
        assert f'"tenant_id" = {pair.ours.tenant.pk}' in str(OrgUnit.objects.all().query)


def test_tenants_nest_and_switch(pair):
    def prefixes():
        return {unit.code.split("-")[0] for unit in OrgUnit.objects.all()}

    with tenant(pair.ours.tenant):
        assert prefixes() == {"ours"}
        with tenant(pair.theirs.tenant):
            assert prefixes() == {"theirs"}
        assert prefixes() == {"ours"}


def test_tenant_by_object_or_id(pair):
    with use(Context(request_id="r-1")):
        with tenant(pair.ours.tenant, user_id=7, actor="Bo"):
            assert current() == Context(pair.ours.tenant.pk, 7, False, "r-1", "Bo", "ours")
        with tenant(pair.ours.tenant.pk):
            assert current() == Context(pair.ours.tenant.pk, request_id="r-1")
    assert current() == Context()


def test_insert_into_other_tenant_is_refused(pair):
    with tenant(pair.ours.tenant), refused_by_policy(), transaction.atomic():
        OrgUnit.objects.create(tenant=pair.theirs.tenant, name="x", code="x")


def test_bulk_insert_into_other_tenant_is_refused(pair):
    with tenant(pair.ours.tenant), refused_by_policy(), transaction.atomic():
        OrgUnit.objects.bulk_create([OrgUnit(tenant=pair.theirs.tenant, name="x", code="x")])


def test_bulk_insert_fills_in_the_tenant(pair):
    with tenant(pair.ours.tenant):
        OrgUnit.objects.bulk_create([OrgUnit(name="x", code="x")])

        assert OrgUnit.objects.get(code="x").tenant_id == pair.ours.tenant.pk


def test_moving_a_row_to_another_tenant_is_refused(pair):
    with tenant(pair.ours.tenant), refused_by_policy(), transaction.atomic():
        OrgUnit.objects.update(tenant=pair.theirs.tenant)


def test_update_of_foreign_row_hits_nothing(pair):
    with tenant(pair.ours.tenant):
        assert Role._base_manager.filter(pk=pair.theirs.role.pk).update(name="taken over") == 0
    with tenant(pair.theirs.tenant):
        assert Role.objects.get().name == "Reader"


def test_delete_without_filter_hits_own_rows_only(pair, sql):
    with tenant(pair.ours.tenant):
        assert sql("WITH gone AS (DELETE FROM hub_orgunit RETURNING 1) SELECT count(*) FROM gone") == 3
    with tenant(pair.theirs.tenant):
        assert sql() == 3


def test_truncate_is_not_granted(pair, sql):
    with tenant(pair.ours.tenant), pytest.raises(ProgrammingError, match="permission denied"):
        sql("TRUNCATE hub_orgunit")


def test_reference_to_foreign_row_is_refused(pair):
    with tenant(pair.ours.tenant):
        member = Membership.objects.get(user=pair.one)
        MembershipRole.objects.create(membership=member, role=pair.theirs.role)

        with pytest.raises(IntegrityError, match="hub_membershiprole_role_tfk"):
            check_references()


def test_reference_that_is_set_null_keeps_its_tenant(pair, sql):
    with tenant(pair.ours.tenant):
        guest = Membership.objects.create(user=pair.both, kind="guest", sponsor=Membership.objects.get(user=pair.one))
        sql("DELETE FROM hub_membership WHERE user_id = %s RETURNING id", [pair.one.pk])
        check_references()

        guest.refresh_from_db()
        assert (guest.sponsor_id, guest.tenant_id) == (None, pair.ours.tenant.pk)


def test_foreign_object_cannot_be_reached_through_a_reference(pair):
    link = MembershipRole(role_id=pair.theirs.role.pk)

    with tenant(pair.ours.tenant), pytest.raises(Role.DoesNotExist):
        link.role  # noqa: B018  the access is the test


def test_user_sees_own_memberships_before_a_company_is_chosen(pair, sql):
    count = "SELECT count(*) FROM hub_membership"

    with use(Context(user_id=pair.both.pk)):
        assert Membership._base_manager.count() == 2
        assert sql(count) == 2
    with use(Context(user_id=pair.one.pk)):
        assert sql(count) == 1
    assert sql(count) == 0


def test_own_memberships_elsewhere_cannot_be_changed(pair):
    with use(Context(user_id=pair.both.pk)):
        assert Membership._base_manager.update(state="suspended") == 0


def test_user_alone_opens_no_other_table(pair, sql):
    with use(Context(user_id=pair.both.pk)):
        assert sql() == 0
        with pytest.raises(NoTenant):
            LegalEntity.objects.count()

"""An upgrade: companies that exist already get in their shipped roles what the new version ships."""

import pytest
from django.core.management import call_command
from django.db import connection

from freelance_hub import upgrades
from freelance_hub.audit import history
from freelance_hub.models import AuditEvent, MembershipRole, Role, Tenant
from freelance_hub.permissions import SYSTEM_ROLES, Capability
from freelance_hub.tenancy.context import tenant
from tests.servers import use_database
from tests.world import find_company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def older():
    """Two companies of a version that knew no access rights and no compliance role; one has roles of its own."""
    companies = [find_company("acme"), find_company("rival")]
    for company in companies:
        with company.enter():
            Role.objects.filter(key="owner").update(capabilities=["people.see"], name="Boss")
            MembershipRole.objects.filter(role__key="viewer").delete()
            Role.objects.filter(key="viewer").delete()
    with companies[0].enter():
        Role.objects.create(key="auditor", name="Auditor", capabilities=["people.see"])
        Role.objects.create(key="viewer", name="Our viewer", capabilities=["page.see"])
    Tenant.objects.filter(slug="rival").update(state=Tenant.State.SUSPENDED)
    return [company.tenant for company in companies]


@pytest.fixture
def migrate():
    """`manage.py migrate` as the owner of the tables, on this test's database."""
    name = connection.settings_dict["NAME"]

    def run(*arguments):
        use_database(name, role="fh_owner")
        try:
            call_command("migrate", *arguments, interactive=False, verbosity=0)
        finally:
            use_database(name)

    yield run
    use_database(name)


def roles(company):
    with tenant(company):
        return {role.key: (role.name, set(role.capabilities), role.is_system) for role in Role.objects.all()}


SHIPPED = {key: (spec.name, {str(right) for right in spec.capabilities}, True) for key, spec in SYSTEM_ROLES.items()}


def test_an_older_company_gets_new_rights_and_keeps_its_own_roles(older, migrate):
    migrate()

    ours, theirs = map(roles, older)
    assert str(Capability.ACCESS_MANAGE) in ours["owner"][1]
    assert ours == {
        **SHIPPED,
        "auditor": ("Auditor", {"people.see"}, False),
        "viewer": ("Our viewer", {"page.see"}, False),  # was there before the shipped one
    }
    assert theirs == SHIPPED


def test_an_upgrade_says_in_the_audit_log_what_it_gave_and_says_it_once(older, migrate):
    migrate()
    with tenant(older[0]):
        entry = history(Role.objects.get(key="owner"))[0]
        count = AuditEvent.objects.count()

    migrate()

    assert (entry.actor, entry.operation) == ("Upgrade", "update")
    assert entry.changes == {
        "name": ["Boss", "Owner"],
        "capabilities": [["people.see"], sorted(SYSTEM_ROLES["owner"].capabilities)],
    }
    with tenant(older[0]):
        assert AuditEvent.objects.count() == count


def test_migrating_in_part_or_back_gives_nothing_until_the_tables_are_whole(older, migrate):
    before = [roles(company) for company in older]

    migrate("hub", "0004_working_time", "--fake")
    after = [roles(company) for company in older]
    migrate("--fake")

    assert after == before
    assert roles(older[1]) == SHIPPED


def test_the_web_role_gives_no_rights(older):
    before = [roles(company) for company in older]

    upgrades.bring_roles_up_to_date(using="default")

    assert [roles(company) for company in older] == before

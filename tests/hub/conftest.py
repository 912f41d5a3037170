"""Two bare companies for the tests of the walls between them; `tests/world.py` has the furnished ones."""

from dataclasses import dataclass

import pytest
from django.db import connection

from freelance_hub.models import LegalEntity, Membership, MembershipRole, OrgUnit, Role, Tenant, User
from freelance_hub.tenancy.context import tenant
from tests.idp import acme_id, issuer, loopback, visitor  # noqa: F401  fixtures


@dataclass
class Bare:
    """A company with three cost centres, named after it, a legal entity, a role, and one member who is in both."""

    tenant: Tenant
    role: Role
    membership: Membership


@dataclass
class Pair:
    ours: Bare
    theirs: Bare  # the bait
    both: User  # works in both companies
    one: User  # works in ours alone


@pytest.fixture
def pair(db) -> Pair:
    both = User.objects.create(email="both@example.com", name="Bo Both", password="!")
    one = User.objects.create(email="one@example.com", name="Ona One", password="!")
    ours, theirs = make_bare("ours", both), make_bare("theirs", both)
    with tenant(ours.tenant):
        Membership.objects.create(user=one)
    return Pair(ours, theirs, both, one)


def make_bare(name: str, user: User) -> Bare:
    company = Tenant.objects.create(name=name, slug=name, staff_second_factor=False)
    with tenant(company):
        LegalEntity.objects.create(name=f"{name} Ltd", country="IE", currency="EUR")
        for number in range(3):
            OrgUnit.objects.create(name=f"{name} {number}", code=f"{name}-{number}")
        role = Role.objects.create(key="reader", name="Reader")
        membership = Membership.objects.create(user=user)
        MembershipRole.objects.create(membership=membership, role=role)
    return Bare(company, role, membership)


@pytest.fixture
def sql():
    """Run a query without any ORM filter and give back the first value."""

    def first_value(query="SELECT count(*) FROM hub_orgunit", params=None):
        with connection.cursor() as cursor:
            cursor.execute(query, params)
            return cursor.fetchone()[0]

    return first_value

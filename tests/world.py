"""The two companies that every test knows, and their people: one of each role, the same in both."""

from dataclasses import dataclass, field

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from freelance_hub.access import Actor, actor_for, automation
from freelance_hub.models import LegalEntity, Membership, OrgUnit, Tenant, User
from freelance_hub.permissions import SYSTEM_ROLES
from freelance_hub.services.members import join
from freelance_hub.services.tenants import create_tenant
from freelance_hub.tenancy.context import tenant

PASSWORD = "correct horse battery staple"
_HASHED: list[str] = []


def hashed_password() -> str:
    """argon2 is slow on purpose: once a process is enough."""
    if not _HASHED:
        _HASHED.append(make_password(PASSWORD))
    return _HASHED[0]


@dataclass
class Company:
    """One company with a person of each role: `acme.people["finance"]` is a membership, `acme.actor("finance")` acts."""

    tenant: Tenant
    people: dict[str, Membership] = field(default_factory=dict)
    entity: LegalEntity | None = None
    unit: OrgUnit | None = None

    @property
    def slug(self) -> str:
        return self.tenant.slug

    def enter(self, role: str = "owner"):
        """`with acme.enter("finance"):` works inside the company as that person."""
        person = self.people.get(role)
        return tenant(self.tenant, user_id=person and person.user_id, actor=str(person or role))

    def actor(self, role: str) -> Actor:
        with tenant(self.tenant):
            return actor_for(Membership.objects.select_related("user").get(pk=self.people[role].pk))

    def automation(self) -> Actor:
        return automation(tenant_id=self.tenant.pk)

    def add(self, key: str, role: str | None = None, *, name: str = "", email: str = "") -> Membership:
        """One more person with `role` (or the role `key`)."""
        role = role or key
        user = User(
            email=email or f"{key.replace('_', '.')}@{self.slug}.example",
            name=name or f"{key.replace('_', ' ').title()} {self.tenant.name.split()[0]}",
            password=hashed_password(),
        )
        user.save()
        kind = Membership.Kind.GUEST if SYSTEM_ROLES[role].is_guest else Membership.Kind.STAFF
        with tenant(self.tenant):
            self.people[key] = join(user=user, kind=kind, role_keys=[role], actor=self.automation())
        return self.people[key]

    def client(self, role: str) -> Client:
        """A browser in which that person is signed in."""
        client = Client()
        client.force_login(self.people[role].user)
        return client


def make_company(name: str, slug: str) -> Company:
    company = Company(
        create_tenant(
            name=name,
            slug=slug,
            currency="EUR",
            time_zone="Europe/Berlin",
            country="DE",
            actor="tests",
            staff_second_factor=False,
        )
    )
    with tenant(company.tenant):
        company.entity = LegalEntity.objects.get()
        company.unit = OrgUnit.objects.create(name="Marketing", code="4711")
    for role in SYSTEM_ROLES:
        company.add(role)
    company.add("teammate", "hiring_manager")
    company.add("other_freelancer", "freelancer")
    return company


COMPANIES = {"acme": "Acme GmbH", "rival": "Rival Ltd"}


def make_world() -> None:
    """Both companies, committed once into a fresh test database: tests in a transaction find them there."""
    for slug, name in COMPANIES.items():
        make_company(name, slug)


def find_company(slug: str) -> Company:
    """The company of the world; made again after a test that emptied the database."""
    found = Tenant.objects.filter(slug=slug).first()
    if found is None:
        return make_company(COMPANIES[slug], slug)
    with tenant(found):
        members = Membership.objects.select_related("user").order_by("pk")
        return Company(
            found,
            people={member.user.email.split("@", 1)[0].replace(".", "_"): member for member in members},
            entity=LegalEntity.objects.get(),
            unit=OrgUnit.objects.get(),
        )


@pytest.fixture
def acme(db) -> Company:
    """The company under test."""
    return find_company("acme")


@pytest.fixture
def rival(db) -> Company:
    """The other company: its people are strangers, its rows are the bait."""
    return find_company("rival")

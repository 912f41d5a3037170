"""The demo company and its people."""

from dataclasses import dataclass
from itertools import count

from allauth.account.models import EmailAddress

from freelance_hub.access import Actor, actor_for, automation
from freelance_hub.models import Membership, Tenant, User
from freelance_hub.services import units
from freelance_hub.services.members import join
from freelance_hub.services.tenants import create_tenant
from freelance_hub.tenancy.context import tenant

SLUG = "demo"
NAME = "Linden & Co"
STAFF = (
    ("owner", "Olivia Berg", ("owner",)),
    ("program_manager", "Priya Nair", ("program_manager",)),
    ("hiring_manager", "Hanna Lind", ("hiring_manager",)),
    ("second_manager", "Marco Conti", ("hiring_manager",)),
    ("approver", "Anders Holm", ("approver",)),
    ("finance", "Frida Roth", ("finance",)),
    ("compliance", "Clara Weiss", ("compliance",)),
    ("viewer", "Victor Lang", ("viewer",)),
)


@dataclass
class Cast:
    """The company with its people by role."""

    company: Tenant
    members: dict[str, Membership]
    password: str

    def actor(self, key: str) -> Actor:
        """The person as they act now: roles are read anew."""
        return actor_for(Membership.objects.select_related("user").get(pk=self.members[key].pk))

    def automation(self) -> Actor:
        return automation(tenant_id=self.company.pk, label="Demo")


def person(email: str, name: str, password: str) -> User:
    """Somebody with a verified address and the demo's password; who has an account from an earlier demo keeps it."""
    known = User.objects.filter(email=email).first()
    if known is not None:
        return known
    user = User.objects.create_user(email, password, name=name, time_zone="Europe/Berlin")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def free_slug() -> str:
    """`demo`, then `demo-2`, `demo-3` …: each demo is a company of its own."""
    taken = set(Tenant.objects.filter(slug__startswith=SLUG).values_list("slug", flat=True))
    return next(slug for n in count(1) if (slug := SLUG if n == 1 else f"{SLUG}-{n}") not in taken)


def make_company(password: str) -> Cast:
    """The company with one employee of each role. The second factor is off so that a newcomer gets in at once."""
    slug = free_slug()
    domain = f"{slug.replace('demo', 'linden')}.example"
    company = create_tenant(
        name=NAME if slug == SLUG else f"{NAME} {slug.removeprefix(SLUG + '-')}",
        slug=slug,
        currency="EUR",
        time_zone="Europe/Berlin",
        country="DE",
        actor="Demo",
        staff_second_factor=False,
    )
    cast = Cast(company, {}, password)
    with tenant(company, actor="Demo"):
        for key, name, roles in STAFF:
            email = f"{name.split()[0].lower()}@{domain}"
            user = person(email, name, password)
            cast.members[key] = join(user=user, kind="staff", role_keys=roles, actor=cast.automation())
        _make_units(cast)
    return cast


def _make_units(cast: Cast) -> None:
    """The organisation, with who approves for its units: one of them by the unit above."""
    owner = cast.actor("owner")
    top = units.create_unit(
        name="Growth", code="4700", parent=None, approver=cast.members["program_manager"], actor=owner
    )
    units.create_unit(name="Marketing", code="4711", parent=top, approver=None, actor=owner)
    units.create_unit(name="Product", code="4720", parent=top, approver=cast.members["second_manager"], actor=owner)


def sign_ins(cast: Cast) -> list[dict[str, str]]:
    """One line for each role: who signs in with what, and where they land."""
    lines = []
    for key, member in cast.members.items():
        where = f"/t/{cast.company.slug}/" + ("portal/" if member.kind == Membership.Kind.GUEST else "")
        role = "Freelancer" if member.kind == Membership.Kind.GUEST else key.replace("_", " ").capitalize()
        lines.append({"role": role, "email": member.user.email, "password": cast.password, "where": where})
    return lines

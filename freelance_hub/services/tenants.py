"""Companies: made by operators or by the demo, with their shipped roles."""

from django.db import transaction

from freelance_hub import events
from freelance_hub.access import automation
from freelance_hub.errors import Refusal
from freelance_hub.models import LegalEntity, Membership, Role, Tenant
from freelance_hub.permissions import SYSTEM_ROLES
from freelance_hub.services import invitations
from freelance_hub.states import change_state
from freelance_hub.tenancy.context import current, tenant


@transaction.atomic
def create_tenant(
    *, name: str, slug: str, currency: str, time_zone: str, country: str, actor: str, staff_second_factor: bool = True
) -> Tenant:
    """A company with its system roles and one legal entity of the same name.

    `currency` ISO 4217, `country` ISO 3166-1 alpha-2, `time_zone` an IANA name; `actor` names the operator for the
    audit log. Raises Refusal when the slug is taken. Side effects: tenant, roles and legal entity rows.
    """
    if Tenant.objects.filter(slug=slug).exists():
        raise Refusal(f"The address /t/{slug}/ is taken.", field="slug", remedy="Choose another one.")
    company = Tenant.objects.create(
        name=name, slug=slug, currency=currency, time_zone=time_zone, staff_second_factor=staff_second_factor
    )
    with tenant(company, actor=actor):
        sync_system_roles()
        LegalEntity.objects.create(name=name, country=country, currency=currency)
    return company


@transaction.atomic
def open_company(
    *,
    name: str,
    slug: str,
    currency: str,
    time_zone: str,
    country: str,
    staff_second_factor: bool,
    owner_email: str,
    owner_name: str,
    actor: str,
) -> Tenant:
    """`create_tenant`, and the invitation of its first owner. Side effects of both; one mail after commit."""
    company = create_tenant(
        name=name,
        slug=slug,
        currency=currency,
        time_zone=time_zone,
        country=country.upper(),
        staff_second_factor=staff_second_factor,
        actor=actor,
    )
    with tenant(company, actor=actor, user_id=current().user_id):
        invitations.invite(
            email=owner_email,
            name=owner_name,
            kind=Membership.Kind.STAFF,
            role_keys=["owner"],
            actor=automation(tenant_id=company.pk, label=actor),
        )
    return company


@transaction.atomic
def set_tenant_state(*, company: Tenant, state: str, actor: str) -> Tenant:
    """Suspend a company, or resume it: acts at everybody's next request, for tokens too. Nothing is deleted.

    Raises Refusal when it is in that state already. Side effects: one row, event `tenant.suspended` or `tenant.resumed`.
    """
    source = Tenant.State.ACTIVE if state == Tenant.State.SUSPENDED else Tenant.State.SUSPENDED
    change_state(company, source=source, target=state)
    with tenant(company, actor=actor, user_id=current().user_id):
        kind = "tenant.suspended" if state == Tenant.State.SUSPENDED else "tenant.resumed"
        events.announce(kind, company, actor=automation(tenant_id=company.pk, label=actor))
    return company


def sync_every_company(*, actor: str) -> None:
    """`sync_system_roles` in each company, suspended ones too, in a transaction of its own; `actor` is for the audit log."""
    for company in Tenant.objects.order_by("pk"):
        with tenant(company, actor=actor), transaction.atomic():
            sync_system_roles()


def sync_system_roles() -> None:
    """Bring the shipped roles of the current tenant to what the code says; custom roles stay as they are.

    So does a custom role with the key of a shipped one that came later: the company then does without the shipped one.
    Side effect: rows of those roles that differ, each with its audit entry.
    """
    stored = {role.key: role for role in Role.objects.filter(key__in=SYSTEM_ROLES)}
    for key, spec in SYSTEM_ROLES.items():
        role = stored.get(key) or Role(key=key, is_system=True)
        shipped = {
            "name": spec.name,
            "description": spec.description,
            "capabilities": sorted(spec.capabilities),
            "is_guest": spec.is_guest,
        }
        if role.is_system and any(getattr(role, name) != value for name, value in shipped.items()):
            for name, value in shipped.items():
                setattr(role, name, value)
            role.save()

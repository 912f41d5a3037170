"""Companies: made by operators or by the demo, with their shipped roles."""

from django.db import transaction

from freelance_hub.errors import Refusal
from freelance_hub.models import LegalEntity, Role, Tenant
from freelance_hub.permissions import SYSTEM_ROLES
from freelance_hub.tenancy.context import tenant


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


def sync_system_roles() -> None:
    """Bring the shipped roles of the current tenant to what the code says; custom roles stay as they are."""
    for key, spec in SYSTEM_ROLES.items():
        Role.objects.update_or_create(
            key=key,
            defaults={
                "name": spec.name,
                "description": spec.description,
                "capabilities": sorted(spec.capabilities),
                "is_system": True,
                "is_guest": spec.is_guest,
            },
        )

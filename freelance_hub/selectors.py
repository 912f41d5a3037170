"""Questions that several pages ask of the platform's tables."""

from django.db.models import QuerySet

from freelance_hub.models import Membership, Tenant


def companies_of(user_id: int) -> QuerySet[Membership]:
    """The active memberships of a person in active companies, by company name.

    Needs the person in the context: row-level security shows a person their own memberships across companies.
    """
    return (
        Membership._base_manager.select_related("tenant")
        .filter(user_id=user_id, state=Membership.State.ACTIVE, tenant__state=Tenant.State.ACTIVE)
        .order_by("tenant__name", "kind")
    )

"""Questions that several pages ask of the platform's tables."""

from django.db.models import QuerySet

from freelance_hub.models import Membership, OrgUnit, Tenant


def companies_of(user_id: int) -> QuerySet[Membership]:
    """The active memberships of a person in active companies, by company name.

    Needs the person in the context: row-level security shows a person their own memberships across companies.
    """
    return (
        Membership._base_manager.select_related("tenant")
        .filter(user_id=user_id, state=Membership.State.ACTIVE, tenant__state=Tenant.State.ACTIVE)
        .order_by("tenant__name", "kind")
    )


def approver_of_unit(unit: OrgUnit | None, *, but: Membership | None = None) -> Membership | None:
    """Who approves for an organisation unit: its approver, else that of the next unit above that has one who is not `but`.

    One query for each level. A circle of units ends.
    """
    seen: set[int] = set()
    while unit is not None and unit.pk not in seen:
        seen.add(unit.pk)
        if unit.approver_id is not None and (but is None or unit.approver_id != but.pk):
            return Membership.objects.select_related("user").get(pk=unit.approver_id)
        unit = OrgUnit.objects.filter(pk=unit.parent_id or 0).first()
    return None


def units_without_approver() -> list[OrgUnit]:
    """The units of the current company for which nobody approves: neither theirs nor that of a unit above. One query."""
    found = list(OrgUnit.objects.order_by("code"))
    served = {unit.pk for unit in found if unit.approver_id is not None}
    while more := {unit.pk for unit in found if unit.parent_id in served} - served:
        served |= more
    return [unit for unit in found if unit.pk not in served]

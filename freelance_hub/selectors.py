"""Questions that several pages ask of the platform's tables."""

from dataclasses import dataclass

from django.db import connection
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


@dataclass(frozen=True)
class Place:
    """A membership as the shell of a page shows it. `unread` notifications; 0 for other companies, whose are not counted."""

    membership_id: int
    kind: str
    company: str
    slug: str
    unread: int


# In SQL, because every page asks it: the ORM takes longer to write it than Postgres to answer.
PLACES = """
SELECT m.id, m.kind, t.name, t.slug, CASE WHEN m.id = %s THEN (
    SELECT count(*) FROM (
        SELECT FROM hub_notification n
        WHERE n.tenant_id = m.tenant_id AND n.membership_id = m.id AND n.read_at IS NULL LIMIT %s
    ) unread
) ELSE 0 END
FROM hub_membership m JOIN hub_tenant t ON t.id = m.tenant_id
WHERE m.user_id = %s AND m.state = 'active' AND t.state = 'active'
ORDER BY t.name, m.kind
"""


def places_of_person(membership: Membership, *, most_unread: int) -> list[Place]:
    """`companies_of` the person behind a membership, with how many notifications this one has not read, up to `most_unread`.

    One query. Needs the person and the company in the context.
    """
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [membership.pk, most_unread, membership.user_id])
        return [Place(*row) for row in cursor.fetchall()]


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

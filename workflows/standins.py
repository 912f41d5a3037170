"""Who stands in for whom: delegates on their days, and the manager of who is away. Chains are followed, circles end.

An active person hands on to their delegates of today, an inactive one to their manager, and each of those hands on
likewise. The limit of a chain is its lowest. A person's own place has none. Who is passed on the way is told too: a requester
in the middle must not choose who approves.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import connection

from freelance_hub.tenancy.context import required_tenant_id


@dataclass(frozen=True)
class StandIn:
    """`person` may answer in the place of `place`, up to `limit` in the company's currency (None: any amount).

    `is_delegated`: at least one link of the chain is a delegation, which holds for approvals only. `via`: who stands between
    the two. `roles`: what the place's
    roles allow, as (capabilities, program ids; empty: all), where it was asked for.
    """

    person: int
    place: int
    is_delegated: bool
    limit: Decimal | None
    via: tuple[int, ...] = ()
    roles: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...] = ()

    def allows(self, *, amount: Decimal | None, currency: str, company_currency: str) -> bool:
        """Whether the limit lets this amount through; money in another currency cannot be compared, so it does not."""
        if self.limit is None or amount is None:
            return True
        return currency == company_currency and amount <= self.limit


# A delegation counts on its days, both included, on the calendar of who gives it (their zone, or the company's while they
# have set none), and while both are active employees. Nobody is passed twice, so a circle ends.
DELEGATIONS = """
    SELECT d.{near}_id, d.{far}_id, d.amount_limit, true
    FROM workflows_delegation d
    JOIN hub_membership giver ON giver.tenant_id = d.tenant_id AND giver.id = d.giver_id
    JOIN hub_membership taker ON taker.tenant_id = d.tenant_id AND taker.id = d.taker_id
    JOIN hub_user u ON u.id = giver.user_id
    JOIN hub_tenant c ON c.id = d.tenant_id
    WHERE d.tenant_id = :tenant AND d.{near}_id = found.{end} AND d.revoked_at IS NULL
        AND giver.state = 'active' AND taker.state = 'active' AND taker.kind = 'staff'
        AND (wf_now() AT TIME ZONE CASE u.time_zone WHEN 'UTC' THEN c.time_zone ELSE u.time_zone END)::date
            BETWEEN d.starts_on AND d.ends_on
"""
PLACES = f"""
WITH RECURSIVE found (place, amount_limit, is_delegated, way) AS (
    SELECT m.id, NULL::numeric, false, ARRAY[m.id] FROM hub_membership m
    WHERE m.tenant_id = :tenant AND m.id = %s AND m.kind = 'staff' AND m.state = 'active'
    UNION ALL
    SELECT next.place, LEAST(found.amount_limit, next.amount_limit), found.is_delegated OR next.is_delegated,
        found.way || next.place
    FROM found CROSS JOIN LATERAL (
        {DELEGATIONS.format(near="taker", far="giver", end="place")}
        UNION ALL
        SELECT m.manager_id, m.id, NULL, false FROM hub_membership m
        WHERE m.tenant_id = :tenant AND m.manager_id = found.place AND m.state <> 'active'
    ) next (near, place, amount_limit, is_delegated)
    WHERE next.place <> ALL (found.way)
)
SELECT found.place, found.is_delegated, found.amount_limit, found.way, r.capabilities, l.program_ids
FROM found
LEFT JOIN hub_membership m ON m.tenant_id = :tenant AND m.id = found.place AND m.state = 'active' AND m.kind = 'staff'
LEFT JOIN hub_membershiprole l ON l.tenant_id = :tenant AND l.membership_id = m.id
LEFT JOIN hub_role r ON r.tenant_id = :tenant AND r.id = l.role_id AND NOT r.is_guest
"""  # noqa: S608  only names of our own columns are put in
PEOPLE = f"""
WITH RECURSIVE found (place, person, amount_limit, is_delegated, way) AS (
    SELECT m.id, m.id, NULL::numeric, false, ARRAY[m.id] FROM hub_membership m
    WHERE m.tenant_id = :tenant AND m.id = ANY(%s)
    UNION ALL
    SELECT found.place, next.person, LEAST(found.amount_limit, next.amount_limit),
        found.is_delegated OR next.is_delegated, found.way || next.person
    FROM found CROSS JOIN LATERAL (
        {DELEGATIONS.format(near="giver", far="taker", end="person")}
        UNION ALL
        SELECT m.id, m.manager_id, NULL, false FROM hub_membership m
        WHERE m.tenant_id = :tenant AND m.id = found.person AND m.state <> 'active' AND m.manager_id IS NOT NULL
    ) next (near, person, amount_limit, is_delegated)
    WHERE next.person <> ALL (found.way)
)
SELECT found.person, found.place, found.is_delegated, found.amount_limit, found.way
FROM found
JOIN hub_membership m ON m.tenant_id = :tenant AND m.id = found.person AND m.state = 'active'
WHERE m.kind = 'staff' OR found.person = found.place
"""  # noqa: S608


def places_of(person: int) -> list[StandIn]:
    """The places that an active employee may answer in, their own first; with the roles of each. One query."""
    roles: dict[StandIn, set[tuple[tuple[str, ...], tuple[int, ...]]]] = {}
    for place, is_delegated, limit, way, capabilities, programs in _rows(PLACES, person):
        held = roles.setdefault(StandIn(person, place, is_delegated, limit, tuple(way[1:-1])), set())
        if capabilities is not None:
            held.add((tuple(capabilities), tuple(programs)))
    found = [replace(one, roles=tuple(sorted(held))) for one, held in roles.items()]
    return sorted(found, key=lambda one: (one.place != person, one.is_delegated, one.limit is not None, one.place))


def people_for(places: Collection[int]) -> list[StandIn]:
    """Who may answer in these places: whose they are, while active, and who stands in. One query, none for no places."""
    if not places:
        return []
    rows = _rows(PEOPLE, sorted(places))
    return [
        StandIn(person, place, is_delegated, limit, tuple(way[1:-1]))
        for person, place, is_delegated, limit, way in rows
    ]


def _rows(sql: str, ids: int | list[int]) -> list[tuple[Any, ...]]:
    sql = sql.replace(":tenant", str(int(required_tenant_id("Delegation"))))
    with connection.cursor() as cursor:
        cursor.execute(sql, [ids])
        return list(cursor.fetchall())

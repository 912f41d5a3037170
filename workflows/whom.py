"""Who is asked, by name, for several steps at once: the places that a step asks, and who may answer in them today."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from freelance_hub.models import Membership
from workflows.standins import StandIn, people_for

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Asked:
    """What one step asks: whose answer (`places`), who may not give it, and about how much."""

    places: frozenset[int]
    barred: frozenset[int] = frozenset()
    is_approval: bool = False
    amount: Decimal | None = None
    currency: str = ""


def names(asked: Mapping[K, Asked], *, company_currency: str) -> dict[K, list[str]]:
    """Who may answer each of them, by the rule of `people.stand_ins_of`: "Ann", or "Ben for Ann" who stands in.

    Two queries, however many steps.
    """
    found = people_for({place for one in asked.values() for place in one.places - one.barred})
    ids = {pk for stand_in in found for pk in (stand_in.person, stand_in.place)}
    members = Membership.objects.select_related("user").in_bulk(ids) if ids else {}
    return {
        key: [_name(stand_in, members) for stand_in in _first_of_each(_allowed(one, found, company_currency))]
        for key, one in asked.items()
    }


def _allowed(asked: Asked, found: list[StandIn], company_currency: str) -> list[StandIn]:
    return [
        one
        for one in found
        if one.place in asked.places - asked.barred
        and one.person not in asked.barred
        and (asked.is_approval or not one.is_delegated)
        and one.allows(amount=asked.amount, currency=asked.currency, company_currency=company_currency)
    ]


def _first_of_each(found: list[StandIn]) -> list[StandIn]:
    """One line a person: in their own place, when it is one of them."""
    best: dict[int, StandIn] = {}
    for one in sorted(found, key=lambda one: (one.person != one.place, one.place)):
        best.setdefault(one.person, one)
    return sorted(best.values(), key=lambda one: (one.person != one.place, one.person))


def _name(one: StandIn, members: Mapping[int, Membership]) -> str:
    person = str(members[one.person].user)
    return person if one.person == one.place else f"{person} for {members[one.place].user}"

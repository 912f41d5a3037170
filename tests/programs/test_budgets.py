"""Budgets and the limit of the second approval."""

from datetime import date
from decimal import Decimal

import pytest

from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent, Event
from freelance_hub.permissions import Refused
from programs.models import Budget
from programs.selectors import approval_limit, current_budget
from programs.services.budgets import set_approval_limit, set_budget
from tests.factories.programs import launch


@pytest.fixture
def program(acme):
    return launch(acme, budget_starts_on=date(2026, 1, 1), budget_ends_on=date(2026, 12, 31))


def test_the_same_first_day_changes_the_budget(acme, program):
    with acme.enter("program_manager"):
        budget = set_budget(
            program=program,
            amount=Decimal("120000.00"),
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 6, 30),
            actor=acme.actor("program_manager"),
        )

        assert list(Budget.objects.all()) == [budget]
        assert current_budget(program, on=date(2026, 6, 30)).amount == Decimal("120000.00")
        assert current_budget(program, on=date(2026, 7, 1)) is None
        event = Event.objects.get(kind="budget.set")
        assert (event.payload["before"], event.payload["after"]) == ("100000.00", "120000.00")
        changes = AuditEvent.objects.get(table_name="programs_budget", operation="update").changes
        assert sorted(changes) == ["amount", "ends_on"]


def test_another_period_stands_beside_the_first(acme, program):
    with acme.enter("program_manager"):
        set_budget(
            program=program,
            amount=Decimal(5),
            starts_on=date(2027, 1, 1),
            ends_on=date(2027, 12, 31),
            actor=acme.actor("program_manager"),
        )

        assert Budget.objects.count() == 2


@pytest.mark.parametrize(
    ("amount", "starts_on", "ends_on", "field"),
    [
        (Decimal(-1), date(2027, 1, 1), date(2027, 2, 1), "amount"),
        (Decimal(1), date(2027, 2, 1), date(2027, 1, 1), "ends_on"),
        (Decimal(1), date(2026, 12, 31), date(2027, 12, 31), "starts_on"),
        (Decimal(1), date(2025, 1, 1), date(2027, 12, 31), "starts_on"),
    ],
)
def test_wrong_amounts_and_overlaps_are_refused(acme, program, amount, starts_on, ends_on, field):
    with acme.enter("program_manager"):
        with pytest.raises(Refusal) as refusal:
            set_budget(
                program=program,
                amount=amount,
                starts_on=starts_on,
                ends_on=ends_on,
                actor=acme.actor("program_manager"),
            )

        assert refusal.value.field == field
        assert Budget.objects.count() == 1


def test_the_limit_is_kept_exactly_and_told_once(acme, program):
    with acme.enter("program_manager"):
        for _ in range(2):
            set_approval_limit(program=program, limit=Decimal("2500.50"), actor=acme.actor("program_manager"))

        program.refresh_from_db()
        assert approval_limit(program) == Decimal("2500.50")
        assert Event.objects.filter(kind="program.limit_set").count() == 1
        with pytest.raises(Refusal):
            set_approval_limit(program=program, limit=Decimal(-1), actor=acme.actor("program_manager"))


@pytest.mark.parametrize("role", ["owner", "finance", "viewer"])
def test_others_cannot_change_money(acme, program, role):
    with acme.enter():
        with pytest.raises(Refused):
            set_budget(
                program=program,
                amount=Decimal(1),
                starts_on=date(2026, 1, 1),
                ends_on=date(2026, 2, 1),
                actor=acme.actor(role),
            )
        with pytest.raises(Refused):
            set_approval_limit(program=program, limit=Decimal(1), actor=acme.actor(role))

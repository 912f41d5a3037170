"""Schedules: when they are due in the company's time zone, and that no instant is lost, early or played twice."""

from datetime import UTC, datetime, time

import pytest

from freelance_hub.access import automation
from freelance_hub.models import LegalEntity, Tenant
from freelance_hub.tenancy.context import tenant
from freelance_hub.worktime import Calendar
from tests.workflows.engine_room import facts, make_company, states, tick
from tests.workflows.test_pauses_and_parts import manager
from tests.workflows.test_races import together
from workflows.models import Definition, Run
from workflows.schedules import Schedule
from workflows.services import starts
from workflows.services.definitions import install, publish

BERLIN = Calendar("Europe/Berlin", "DE-BE")


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        (Schedule("day", time(7)), at(2026, 1, 1, 5, 59), at(2026, 1, 1, 6)),
        (Schedule("day", time(7)), at(2026, 1, 1, 6), at(2026, 1, 2, 6)),  # strictly after
        (Schedule("day", time(7)), at(2026, 6, 1, 6), at(2026, 6, 2, 5)),  # summer
        (Schedule("working_day", time(7)), at(2026, 1, 1, 0), at(2026, 1, 2, 6)),  # New Year
        (Schedule("working_day", time(7)), at(2026, 4, 2, 12), at(2026, 4, 7, 5)),  # Easter
        (Schedule("week", time(7), "monday"), at(2026, 1, 1, 0), at(2026, 1, 5, 6)),
        (Schedule("month", time(7), 31), at(2026, 2, 1, 0), at(2026, 2, 28, 6)),
        (Schedule("month", time(7), "last"), at(2026, 2, 28, 6), at(2026, 3, 31, 5)),
        (Schedule("quarter", time(7), 1), at(2026, 1, 1, 6), at(2026, 4, 1, 5)),
        (Schedule("quarter", time(7), "last"), at(2026, 1, 1, 6), at(2026, 3, 31, 5)),
        (Schedule("day", time(2, 30)), at(2026, 3, 28, 12), at(2026, 3, 29, 1, 30)),  # skipped by the clock: 3:30
        (Schedule("day", time(2, 30)), at(2026, 10, 24, 12), at(2026, 10, 25, 0, 30)),  # twice on the clock: once
        (Schedule("day", time(2, 30)), at(2026, 10, 25, 0, 30), at(2026, 10, 26, 1, 30)),
    ],
)
def test_the_next_instant_in_the_companys_time_zone(schedule, after, due):
    assert schedule.next_after(after, BERLIN) == due


@pytest.fixture
def entities(engine):
    Tenant.objects.filter(pk=engine.pk).update(time_zone="Europe/Berlin")
    LegalEntity.objects.create(name="Second Ltd", country="IE", currency="EUR")
    LegalEntity.objects.create(name="Third GmbH", country="DE", currency="EUR")
    return engine


def daily(company, each="irish", **triggers):
    """A definition of the company's own that starts every day at 14:00 in Berlin: 13:00 UTC, an hour from now."""
    playbook = {
        "key": "daily",
        "title": "Look",
        "subject_type": "hub.legalentity",
        "steps": [{"key": "a", "title": "A", "kind": "automation", "action": "test.note"}],
        "triggers": {"schedule": {"every": "day", "at": "14:00", "each": each}, **triggers},
    }
    return install(None, playbook, actor=automation(tenant_id=company.pk))


def begun():
    return sorted(Run.objects.values_list("context__schedule", "subject_id"))


pytestmark = pytest.mark.django_db(transaction=True)


def test_a_due_instant_starts_one_run_a_subject_neither_early_nor_twice(entities):
    definition = daily(entities)
    irish = list(LegalEntity.objects.filter(country="IE").order_by("pk").values_list("pk", flat=True))
    assert definition.next_run_at == at(2026, 1, 1, 13)

    tick(3599)
    assert starts.sweep_schedules() == 0
    tick(1)
    for _ in range(3):
        starts.sweep_schedules()

    assert begun() == [("2026-01-01T13:00:00+00:00", pk) for pk in irish]
    definition.refresh_from_db()
    assert definition.next_run_at == at(2026, 1, 2, 13)


def test_after_an_outage_it_catches_up_once(entities):
    definition = daily(entities)

    tick(5 * 24 * 3600)
    for _ in range(3):
        starts.sweep_schedules()

    assert {instant for instant, _ in begun()} == {"2026-01-01T13:00:00+00:00"}
    definition.refresh_from_db()
    assert definition.next_run_at == at(2026, 1, 6, 13)


def test_a_clock_that_goes_back_starts_nothing_again(entities):
    daily(entities)
    tick(3600)
    starts.sweep_schedules()
    before = begun()

    tick(-7200)
    starts.sweep_schedules()
    tick(7200)
    starts.sweep_schedules()

    assert begun() == before


def test_a_large_selection_is_started_over_several_sweeps(entities, monkeypatch):
    monkeypatch.setattr(starts, "BATCH", 2)
    definition = daily(entities, each="all")
    tick(3600)

    assert starts.start_scheduled(definition.pk) == 2
    definition.refresh_from_db()
    assert definition.next_run_at == at(2026, 1, 1, 13)
    assert starts.start_scheduled(definition.pk) == 1
    assert starts.start_scheduled(definition.pk) == 0

    assert len(begun()) == len(set(begun())) == 3
    definition.refresh_from_db()
    assert definition.next_run_at == at(2026, 1, 2, 13)


def test_only_subjects_for_which_the_condition_holds_are_started(entities):
    facts["size"] = 1
    daily(entities, each="all", when={"fact": "named_0", "is": "equal_to", "than": True})
    wanted = LegalEntity.objects.create(name="named_0", country="FR", currency="EUR")

    tick(3600)
    starts.sweep_schedules()

    assert begun() == [("2026-01-01T13:00:00+00:00", wanted.pk)]


def test_two_sweepers_start_each_run_once(entities):
    daily(entities, each="all")
    tick(3600)

    together(entities, *[starts.sweep_schedules] * 4)

    assert len(begun()) == len(set(begun())) == 3


def test_a_schedule_of_one_company_touches_no_other(entities):
    other = make_company("other")
    daily(entities)

    tick(3600)
    starts.sweep_schedules()

    with tenant(other):
        assert not Run.objects.exists()


def test_one_that_is_switched_off_does_not_start_and_catches_nothing_up(entities):
    definition = daily(entities)
    Definition.objects.filter(pk=definition.pk).update(is_active=False)
    tick(3600)

    assert starts.sweep_schedules() == 0
    assert starts.start_scheduled(definition.pk) == 0
    assert not Run.objects.exists()


def test_a_new_version_keeps_an_instant_that_is_due(entities):
    definition = daily(entities)
    tick(3600)
    graph = definition.versions.get().graph

    publish(definition=definition, graph_data=graph, actor=manager())
    starts.sweep_schedules()

    assert {instant for instant, _ in begun()} == {"2026-01-01T13:00:00+00:00"}
    assert {run.version.number for run in Run.objects.select_related("version")} == {2}
    assert all(set(states(run).values()) == {"ready"} for run in Run.objects.all())

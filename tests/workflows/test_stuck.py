"""A run that stands still is told of when it halts, again after five working days, anew when it has moved; never as a flood."""

from datetime import UTC, datetime, timedelta

import pytest

from freelance_hub.models import Notification
from tests.factories.talent import ask
from tests.factories.work import make_program
from workflows.engine import clock
from workflows.models import Run, Step
from workflows.services import stuck
from workflows.services.definitions import install_playbooks

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def now(monkeypatch):
    """The clock, set by hand: `now(day)` is so many days after a Monday."""
    days = [0]
    monkeypatch.setattr(stuck.clock, "now", lambda: MONDAY + timedelta(days=days[-1]))
    return days.append


@pytest.fixture
def run(acme, now):
    """A run whose step needs a person since the Friday before; inside Acme."""
    with acme.enter():
        program = make_program(acme)
        install_playbooks(program=program, keys=[], actor=acme.automation())
        run = Run.objects.get(subject_id=ask(acme, state="in_approval").pk)
        halt(run, days=-3)
        yield run


def halt(run, *, days):
    """All that it has moved was so many days after the Monday; its first step needs a person."""
    steps = Step.objects.filter(run=run)
    steps.update(since=MONDAY + timedelta(days=days))
    steps.filter(position=0).update(state=Step.State.ATTENTION)


def check():
    """How many are told of at the stored time; what they were told bears it."""
    known = list(Notification.objects.values_list("pk", flat=True))
    told = stuck.tell_of_stuck_runs()
    Notification.objects.exclude(pk__in=known).update(created_at=stuck.clock.now())
    return told


def titles():
    return list(Notification.objects.filter(kind=stuck.KIND).order_by("pk").values_list("title", flat=True))


def test_its_keeper_is_told_once_however_often_it_is_checked(acme, run):
    assert [check() for _ in range(3)] == [1, 0, 0]

    told = Notification.objects.get(kind=stuck.KIND)
    assert told.membership == acme.people["program_manager"]
    assert told.title == f"Stands still: Approve a request, {run.title}"
    assert "It is at “Approve the request”" in told.body


def test_it_is_said_again_after_five_working_days_and_not_before(run, now):
    assert check() == 1
    told = []
    for day in range(1, 15):
        now(day)
        told += [day] * (check() + check())

    assert told == [7, 14]
    assert titles()[1:] == [f"Still stands still: Approve a request, {run.title}"] * 2


def test_one_that_has_moved_and_halts_again_is_told_of_anew(run, now):
    assert check() == 1
    halt(run, days=1)
    now(3)

    assert [check(), check()] == [1, 0]
    assert titles() == [f"Stands still: Approve a request, {run.title}"] * 2


def test_one_that_moves_is_not_told_of(run):
    Step.objects.filter(run=run, position=1).update(since=clock.after(timedelta(hours=-1)))

    assert check() == 0


def test_what_was_told_before_this_release_counts(acme, run, now):
    Notification.objects.create(
        membership=acme.people["program_manager"], kind=stuck.KIND, title="Stands still", dedupe_key=f"stuck:{run.pk}"
    )
    now(1)

    assert check() == 0

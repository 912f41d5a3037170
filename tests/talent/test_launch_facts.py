"""Facts of talent that tick lines of a program's launch checklist."""

import pytest

from programs.services import launch_checks
from talent.models import Freelancer
from tests.factories.programs import launch


@pytest.fixture
def program(acme):
    return launch(acme)


def line(program, key):
    return {item.key: item for item in launch_checks.answered(program)}[key]


def test_freelancers_in_the_directory_tick_their_line(acme, rival, program):
    with rival.enter():
        Freelancer.objects.create(name="Bait")
    with acme.enter():
        before = line(program, "freelancers")
        Freelancer.objects.create(name="Ana Ruiz")
        after = line(program, "freelancers")

    assert (before.is_done, before.note) == (False, "The directory is empty.")
    assert (after.is_done, after.note) == (True, "1 in the directory.")


def test_nobody_has_asked_yet(acme, program):
    with acme.enter():
        assert (line(program, "first-request").is_done, line(program, "first-request").note) == (
            False,
            "Nobody has asked yet.",
        )

"""GET, POST programs/<number>/budget/."""

from decimal import Decimal

import pytest

from programs.models import Budget, Program
from programs.selectors import approval_limit
from tests.factories.programs import url

ANSWERS = {"amount": "75000.50", "starts_on": "2020-01-01", "ends_on": "2030-12-31", "approval_limit": "5000"}


@pytest.fixture
def address(acme, program):
    return url(acme, "program_budget", number=program.number)


def test_it_shows_what_is_set(acme, address):
    response = acme.client("program_manager").get(address)

    assert response.status_code == 200
    assert response.context["form"]["amount"].value() == Decimal("100000.00")


def test_it_saves_budget_and_limit_together(acme, address):
    response = acme.client("program_manager").post(address, ANSWERS)

    assert (response.status_code, response["Location"]) == (303, "/t/acme/programs/1/")
    with acme.enter():
        assert Budget.objects.get().amount == Decimal("75000.50")
        assert approval_limit(Program.objects.get()) == Decimal(5000)


def test_an_overlap_is_said_at_the_first_day_and_nothing_is_saved(acme, address):
    response = acme.client("program_manager").post(address, {**ANSWERS, "starts_on": "2021-01-01"})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["starts_on"]
    with acme.enter():
        assert approval_limit(Program.objects.get()) == Decimal(10000)


@pytest.mark.parametrize("role", ["owner", "finance", "viewer"])
def test_without_the_right_it_is_refused(acme, address, role):
    client = acme.client(role)
    assert client.get(address).status_code == 403
    assert client.post(address, ANSWERS).status_code == 403


def test_guests_and_strangers_do_not_find_it(acme, rival, address):
    assert acme.client("freelancer").post(address, ANSWERS).status_code == 404
    assert rival.client("program_manager").post(address, ANSWERS).status_code == 404
    with acme.enter():
        assert Budget.objects.get().amount == Decimal("100000.00")


def test_an_unknown_number_is_not_found(acme, program):
    assert acme.client("program_manager").get(url(acme, "program_budget", number=99)).status_code == 404


def test_other_verbs_are_not_answered(acme, address):
    assert acme.client("program_manager").delete(address).status_code == 405

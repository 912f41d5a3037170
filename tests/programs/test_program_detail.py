"""GET programs/<number>/."""

import pytest

from freelance_hub.models import MembershipRole
from tests.factories.programs import launch, url


@pytest.fixture
def address(acme, program):
    return url(acme, "program_detail", number=program.number)


def test_it_shows_state_checklist_budget_pages_and_people(acme, address):
    page = acme.client("program_manager").get(address).content.decode()

    for words in (
        "Being set up",
        "Agree the budget",
        "€100,000.00",
        "Writing a good brief",
        "Teammate Acme",
        "3 of 8 done",
    ):
        assert words in page, words


def test_money_is_hidden_from_those_without_the_right(acme, address):
    page = acme.client("hiring_manager").get(address).content.decode()

    assert "Design pilot" in page
    assert "100,000" not in page.replace("100,000 EUR until", "")


def test_others_find_no_buttons(acme, address):
    page = acme.client("viewer").get(address).content.decode()

    assert "/checklist/" not in page
    assert "/budget/" not in page.replace('href="/t/acme/programs/1/budget/">Agree', "")


@pytest.mark.parametrize("role", ["freelancer", "agency"])
def test_guests_do_not_find_it(acme, address, role):
    assert acme.client(role).get(address).status_code == 404


def test_strangers_do_not_find_it(rival, address):
    assert rival.client("program_manager").get(address).status_code == 404


def test_a_program_outside_of_ones_limit_is_not_found(acme, address):
    other = launch(acme, name="Other")
    with acme.enter():
        MembershipRole.objects.filter(membership=acme.people["viewer"]).update(program_ids=[other.pk])

    assert acme.client("viewer").get(address).status_code == 404
    assert acme.client("viewer").get(url(acme, "program_detail", number=other.number)).status_code == 200


def test_without_the_right_it_is_refused(acme, address):
    with acme.enter():
        MembershipRole.objects.filter(membership=acme.people["viewer"]).delete()

    assert acme.client("viewer").get(address).status_code == 403


def test_an_unknown_number_is_not_found(acme, program):
    assert acme.client("viewer").get(url(acme, "program_detail", number=99)).status_code == 404
    assert acme.client("viewer").get("/t/acme/programs/one/").status_code == 404
    assert acme.client("viewer").get(url(acme, "program_detail", number=10**30)).status_code == 404


def test_other_verbs_are_not_answered(acme, address):
    assert acme.client("program_manager").post(address).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow(acme, django_assert_num_queries, count):
    for number in range(count):
        launch(acme, name=f"Program {number}")
    address = url(acme, "program_detail", number=count)
    client = acme.client("program_manager")
    client.get(address)

    with django_assert_num_queries(13):
        client.get(address)

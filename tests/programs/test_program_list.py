"""GET programs/."""

import pytest

from tests.factories.programs import launch, url


def test_it_lists_own_programs_newest_first(acme, program, bait):
    launch(acme, name="Second")

    response = acme.client("viewer").get(url(acme, "program_list"))

    page = response.content.decode()
    assert response.status_code == 200
    assert page.index("Second") < page.index("Design pilot")
    assert "Rival" not in page
    assert "PRG-1" in page


def test_an_empty_list_teaches(acme):
    page = acme.client("program_manager").get(url(acme, "program_list")).content.decode()

    assert "No programs yet" in page
    assert url(acme, "program_launch") in page


def test_only_managers_are_offered_to_launch(acme, program):
    assert url(acme, "program_launch") not in acme.client("viewer").get(url(acme, "program_list")).content.decode()


def test_the_csv_holds_the_same_rows(acme, program, bait):
    response = acme.client("viewer").get(url(acme, "program_list"), {"format": "csv"})

    text = b"".join(response.streaming_content).decode()
    assert "Design pilot" in text
    assert "Rival" not in text


@pytest.mark.parametrize("role", ["freelancer", "agency"])
def test_guests_do_not_find_it(acme, program, role):
    assert acme.client(role).get(url(acme, "program_list")).status_code == 404


def test_strangers_do_not_find_it(acme, rival, program):
    assert rival.client("program_manager").get(url(acme, "program_list")).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow(acme, django_assert_num_queries, count):
    for number in range(count):
        launch(acme, name=f"Program {number}")
    client = acme.client("viewer")
    client.get(url(acme, "program_list"))

    with django_assert_num_queries(7):
        client.get(url(acme, "program_list"))

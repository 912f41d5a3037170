"""GET pages/."""

import pytest

from programs.models import PageRead
from tests.factories.programs import launch, url


def order(company, role, **query):
    page = company.client(role).get(url(company, "page_list"), query).content.decode()
    titles = [
        "How we work with freelancers",
        "Before you engage a freelancer",
        "Writing a good brief",
        "Paying on time",
        "Giving feedback and ending well",
    ]
    return sorted((title for title in titles if title in page.split("<main")[1]), key=page.split("<main")[1].index)


def test_required_reading_comes_first_and_read_pages_after_it(acme, program):
    with acme.enter():
        page = program.pages.get(slug="how-we-work")
        PageRead.objects.create(page=page, membership=acme.people["hiring_manager"], version=1)

    assert order(acme, "hiring_manager") == [
        "Before you engage a freelancer",
        "Writing a good brief",
        "Paying on time",
        "How we work with freelancers",
        "Giving feedback and ending well",
    ]


def test_one_can_ask_for_what_one_must_read(acme, program):
    assert order(acme, "finance", due="on") == ["Paying on time"]


def test_only_own_pages_are_listed(acme, program, bait):
    page = acme.client("viewer").get(url(acme, "page_list")).content.decode()

    assert "Rival pilot" not in page
    assert "7 pages" in page


def test_an_empty_list_teaches(acme):
    assert "No pages yet" in acme.client("viewer").get(url(acme, "page_list")).content.decode()


@pytest.mark.parametrize("role", ["freelancer", "agency"])
def test_guests_do_not_find_it(acme, program, role):
    assert acme.client(role).get(url(acme, "page_list")).status_code == 404


def test_strangers_do_not_find_it(acme, rival, program):
    assert rival.client("viewer").get(url(acme, "page_list")).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow(acme, django_assert_num_queries, count):
    for number in range(count):
        launch(acme, name=f"Program {number}")
    client = acme.client("viewer")
    client.get(url(acme, "page_list"))

    with django_assert_num_queries(8):
        client.get(url(acme, "page_list"))

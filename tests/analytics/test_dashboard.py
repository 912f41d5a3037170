"""The dashboard: what each sees of it, and what it costs."""

import pytest
from django.urls import reverse

from tests.factories import programs as make


@pytest.fixture
def home(acme):
    return reverse("dashboard", kwargs={"tenant": acme.slug})


def test_an_empty_company_is_told_how_to_begin(acme, home):
    response = acme.client("program_manager").get(home)

    assert response.status_code == 200
    assert "No program yet" in response.content.decode()


def test_a_stranger_and_a_guest_find_nothing(acme, rival, home):
    assert rival.client("program_manager").get(home).status_code == 404
    assert acme.client("freelancer").get(home).status_code == 404


def test_signed_out_leads_to_the_sign_in_page(client, home):
    assert client.get(home).status_code == 302


def test_a_post_is_refused(acme, home):
    assert acme.client("program_manager").post(home).status_code == 405


@pytest.mark.parametrize(("programs", "queries"), [(1, 12), (2, 11), (4, 11)])  # targets belong to one program
def test_the_number_of_queries_does_not_grow(acme, home, programs, queries, django_assert_num_queries):
    with acme.enter("program_manager"):
        for at in range(programs):
            make.launch(acme, name=f"Program {at}")
    client = acme.client("program_manager")
    client.get(home)

    with django_assert_num_queries(queries):
        assert client.get(home).status_code == 200

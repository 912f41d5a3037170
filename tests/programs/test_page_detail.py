"""GET pages/<slug>/ and POST pages/<slug>/read/."""

import pytest

from freelance_hub.models import MembershipRole
from programs.models import PageRead
from programs.services.pages import update_page
from programs.views.pages import page_html
from tests.factories.programs import launch, url


@pytest.fixture
def address(acme, program):
    return url(acme, "page_detail", slug="how-we-work")


@pytest.fixture
def read(acme, program):
    return url(acme, "page_read", slug="how-we-work")


def test_it_shows_the_text_as_html(acme, address):
    page = acme.client("hiring_manager").get(address).content.decode()

    assert "<h2>What we promise</h2>" in page
    assert "I have read this" in page
    assert "Your role asks for it." in page
    assert "Approver, Hiring manager, Program manager" in page


def test_what_people_write_cannot_become_a_program(acme, program, address):
    with acme.enter("program_manager"):
        update_page(
            page=program.pages.get(slug="how-we-work"),
            based_on=1,
            title="<script>alert(1)</script>",
            body="<img src=x onerror=alert(1)> [go](javascript:alert(1))",
            required_roles=[],
            review_on=None,
            actor=acme.actor("program_manager"),
        )

    page = acme.client("viewer").get(address).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript:' not in page


def test_reading_is_kept_once(acme, address, read):
    client = acme.client("hiring_manager")
    for _ in range(2):
        assert client.post(read, {"version": 1}).status_code == 303

    page = client.get(address).content.decode()
    assert "You have read this version." in page
    assert "I have read this" not in page
    with acme.enter():
        assert PageRead.objects.count() == 1


def test_after_a_change_one_is_asked_again(acme, program, address, read):
    client = acme.client("hiring_manager")
    client.post(read, {"version": 1})
    with acme.enter("program_manager"):
        update_page(
            page=program.pages.get(slug="how-we-work"),
            based_on=1,
            title="How we work",
            body="New.",
            required_roles=[],
            review_on=None,
            actor=acme.actor("program_manager"),
        )

    page = client.get(address).content.decode()
    assert "This page has changed" in page
    assert "I have read this" in page


@pytest.mark.parametrize("version", ["", "x", "99"])
def test_a_version_that_is_not_there_is_not_read(acme, read, version):
    assert acme.client("hiring_manager").post(read, {"version": version}).status_code in {303, 409}
    with acme.enter():
        assert not PageRead.objects.exists()


def test_only_writers_are_offered_to_edit(acme, address):
    edit = url(acme, "page_edit", slug="how-we-work")
    assert edit in acme.client("program_manager").get(address).content.decode()
    assert edit not in acme.client("viewer").get(address).content.decode()


@pytest.mark.parametrize("role", ["freelancer", "agency"])
def test_guests_do_not_find_it(acme, address, read, role):
    assert acme.client(role).get(address).status_code == 404
    assert acme.client(role).post(read, {"version": 1}).status_code == 404


def test_strangers_do_not_find_it(rival, address, read):
    assert rival.client("viewer").get(address).status_code == 404
    assert rival.client("viewer").post(read, {"version": 1}).status_code == 404


def test_without_the_right_it_is_refused(acme, address, read):
    with acme.enter():
        MembershipRole.objects.filter(membership=acme.people["viewer"]).delete()

    assert acme.client("viewer").get(address).status_code == 403
    assert acme.client("viewer").post(read, {"version": 1}).status_code == 403


def test_pages_of_other_programs_are_not_found_by_those_with_a_limit(acme, address):
    other = launch(acme, name="Other")
    with acme.enter():
        MembershipRole.objects.filter(membership=acme.people["viewer"]).update(program_ids=[other.pk])

    assert acme.client("viewer").get(address).status_code == 404


def test_an_unknown_page_is_not_found(acme, program):
    assert acme.client("viewer").get(url(acme, "page_detail", slug="nope")).status_code == 404


def test_other_verbs_are_not_answered(acme, address, read):
    assert acme.client("viewer").post(address).status_code == 405
    assert acme.client("viewer").get(read).status_code == 405


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("# One\n\n## Two", "<h2>One</h2>\n<h3>Two</h3>\n"),
        ("## One\n\n### Two", "<h2>One</h2>\n<h3>Two</h3>\n"),
        ("### One", "<h2>One</h2>\n"),
        ("Words", "<p>Words</p>\n"),
    ],
)
def test_the_highest_heading_of_a_text_stands_right_below_the_title(body, html):
    assert page_html(body) == html

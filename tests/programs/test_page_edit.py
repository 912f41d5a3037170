"""GET, POST pages/new/ and GET, POST pages/<slug>/edit/."""

import pytest

from programs.models import KnowledgePage, PageVersion
from programs.selectors import text_of
from tests.factories.programs import url

ANSWERS = {
    "title": "Whom to ask",
    "body": "## Ana\n\nShe knows.",
    "required_roles": ["viewer"],
    "review_on": "2027-01-01",
}


@pytest.fixture
def edit(acme, program):
    return url(acme, "page_edit", slug="how-we-work")


@pytest.fixture
def new(acme, program):
    return url(acme, "page_create")


def test_a_page_is_written(acme, new):
    response = acme.client("program_manager").post(new, ANSWERS)

    assert (response.status_code, response["Location"]) == (303, url(acme, "page_detail", slug="whom-to-ask"))
    with acme.enter():
        assert KnowledgePage.objects.get(slug="whom-to-ask").required_roles == ["viewer"]


def test_a_preview_saves_nothing(acme, new, edit):
    client = acme.client("program_manager")
    for address in (new, edit):
        response = client.post(address, {**ANSWERS, "based_on": 1, "preview": "1"})

        assert response.status_code == 200
        assert "<h2>Ana</h2>" in response.content.decode()
    with acme.enter():
        assert KnowledgePage.objects.count() == 7
        assert PageVersion.objects.count() == 7


def test_a_change_becomes_the_next_version(acme, program, edit):
    client = acme.client("program_manager")
    assert client.get(edit).context["form"]["based_on"].value() == 1

    response = client.post(edit, {**ANSWERS, "based_on": 1})

    assert (response.status_code, response["Location"]) == (303, url(acme, "page_detail", slug="how-we-work"))
    with acme.enter():
        page = program.pages.get(slug="how-we-work")
        assert (page.version, page.title, text_of(page).body) == (2, "Whom to ask", "## Ana\n\nShe knows.")


def test_the_second_of_two_writers_sees_both_texts_and_can_then_save(acme, program, edit):
    client = acme.client("program_manager")
    client.post(edit, {**ANSWERS, "body": "Theirs came first.", "based_on": 1})

    response = client.post(edit, {**ANSWERS, "body": "Mine came second.", "based_on": 1})

    page = response.content.decode()
    assert response.status_code == 422
    assert "saved version 2 while you were writing" in page
    assert "Theirs came first." in page
    assert "Mine came second." in page
    assert response.context["form"]["based_on"].value() == "2"
    assert client.post(edit, {**ANSWERS, "body": "Both.", "based_on": 2}).status_code == 303
    with acme.enter():
        assert PageVersion.objects.filter(page__slug="how-we-work").count() == 3


def test_a_lost_version_counts_as_a_conflict(acme, edit):
    assert acme.client("program_manager").post(edit, ANSWERS).status_code == 422


def test_what_is_missing_is_said_and_what_was_typed_is_kept(acme, new):
    response = acme.client("program_manager").post(new, {**ANSWERS, "title": " "})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["title"]
    assert "She knows." in response.content.decode()


def test_programs_of_another_company_are_no_choice(acme, rival, bait, new):
    response = acme.client("program_manager").post(new, {**ANSWERS, "program": bait.program_id})

    assert list(response.context["form"].errors) == ["program"]


@pytest.mark.parametrize("role", ["owner", "hiring_manager", "viewer"])
def test_without_the_right_it_is_refused(acme, new, edit, role):
    client = acme.client(role)
    for address in (new, edit):
        assert client.get(address).status_code == 403
        assert client.post(address, {**ANSWERS, "based_on": 1}).status_code == 403


def test_guests_and_strangers_do_not_find_it(acme, rival, new, edit):
    for client in (acme.client("freelancer"), rival.client("program_manager")):
        for address in (new, edit):
            assert client.post(address, {**ANSWERS, "based_on": 1}).status_code == 404


def test_an_unknown_page_is_not_found(acme, program):
    assert acme.client("program_manager").get(url(acme, "page_edit", slug="nope")).status_code == 404


def test_other_verbs_are_not_answered(acme, new, edit):
    for address in (new, edit):
        assert acme.client("program_manager").delete(address).status_code == 405

"""The directory's pages: each with the six questions, and what a role may read on them."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from freelance_hub.links import tenant_url
from talent.models import Freelancer
from tests.factories.talent import add_freelancer, hire

FORM = {
    "name": "Vanessa Garcia",
    "email": "v@x.example",
    "skills": "AI, Ops",
    "hourly_rate": "80",
    "state": "available",
}


@pytest.fixture
def person(acme):
    with acme.enter("program_manager"):
        return add_freelancer(acme, "Fay Free", headline="Backend engineer", phone="+49 30 1")


@pytest.fixture
def bait(rival):
    with rival.enter("program_manager"):
        return add_freelancer(rival, "Rival Free")


def url(company, name, **kwargs):
    return tenant_url(name, tenant=company.slug, **kwargs)


def test_the_list_shows_everyone_of_this_company_and_nobody_else(acme, person, bait):
    response = acme.client("program_manager").get(url(acme, "freelancer_list"))

    assert [row for row in ("Fay Free", "Rival Free") if row in response.content.decode()] == ["Fay Free"]
    assert "Python" in response.content.decode()


def test_rates_and_addresses_are_not_for_everyone(acme, person):
    # what each role finds on the page: rate, e-mail
    found = {}
    for role in ("program_manager", "hiring_manager", "owner", "compliance", "viewer"):
        text = acme.client(role).get(url(acme, "freelancer_detail", public_id=person.public_id)).content.decode()
        found[role] = ("70.00" in text, "fay.free@free.example" in text)

    assert found == {
        "program_manager": (True, True),
        "hiring_manager": (False, False),
        "owner": (False, False),
        "compliance": (False, False),
        "viewer": (True, False),
    }


def test_the_csv_leaves_out_what_the_page_leaves_out(acme, person, bait):
    csv = {
        role: b"".join(
            acme.client(role).get(url(acme, "freelancer_list") + "?format=csv&cols=email").streaming_content
        ).decode()
        for role in ("program_manager", "hiring_manager")
    }

    assert "70.00" in csv["program_manager"]
    assert "fay.free@free.example" in csv["program_manager"]
    assert "70.00" not in csv["hiring_manager"]
    assert "fay.free@free.example" not in csv["hiring_manager"]
    assert "Rival" not in csv["program_manager"]


def test_search_finds_every_word_and_never_the_other_company(acme, person, bait):
    client = acme.client("program_manager")

    def found(query):
        return b"Fay Free" in client.get(url(acme, "freelancer_list"), {"q": query}).content

    assert [found(text) for text in ("fay", "engineer fay", "ree", "fay nobody", "%", "Rival", "a" * 100)] == [
        True,
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_filters_by_skill_and_rating(acme, person):
    client = acme.client("program_manager")

    def found(**query):
        return b"Fay Free" in client.get(url(acme, "freelancer_list"), query).content

    assert found(skill="python")
    assert not found(skill="Cobol")
    assert found(rating="4.5")
    assert not found(rating="4.6")


def test_adding_changes_the_directory_and_leads_to_the_person(acme):
    response = acme.client("program_manager").post(url(acme, "freelancer_create"), FORM)

    with acme.enter():
        made = Freelancer.objects.get()
    assert response.status_code == 303
    assert response["Location"] == url(acme, "freelancer_detail", public_id=made.public_id)
    assert (made.name, made.hourly_rate, made.currency) == ("Vanessa Garcia", Decimal(80), "EUR")


def test_a_taken_address_is_said_at_the_field_and_what_was_typed_stays(acme, person):
    response = acme.client("program_manager").post(
        url(acme, "freelancer_create"), {**FORM, "email": "fay.free@free.example"}
    )

    assert response.status_code == 422
    assert "in the directory already" in response.context["form"].errors["email"][0]
    assert b"Vanessa Garcia" in response.content


def test_editing_keeps_what_the_form_does_not_know(acme, person):
    client = acme.client("program_manager")
    page = client.get(url(acme, "freelancer_edit", public_id=person.public_id))
    assert b"Python, Django" in page.content

    response = client.post(url(acme, "freelancer_edit", public_id=person.public_id), {**FORM, "headline": "New"})

    assert response.status_code == 303
    with acme.enter():
        person.refresh_from_db()
    assert (person.headline, person.email) == ("New", "v@x.example")


READ = ("freelancer_list", "freelancer_detail")
WRITE = ("freelancer_create", "freelancer_edit")


def address(company, name, person):
    needs_id = name in {"freelancer_detail", "freelancer_edit"}
    return url(company, name, **({"public_id": person.public_id} if needs_id else {}))


@pytest.mark.parametrize("name", READ + WRITE)
def test_who_gets_in(acme, rival, person, bait, name):
    at = address(acme, name, person)

    answers = {role: acme.client(role).get(at).status_code for role in acme.people}

    readers = {"owner", "program_manager", "hiring_manager", "compliance", "viewer", "teammate"}
    writers = {"program_manager"}
    allowed = readers if name in READ else writers
    guests = {"freelancer", "agency", "other_freelancer"}
    assert answers == {role: 200 if role in allowed else 404 if role in guests else 403 for role in acme.people}
    # strangers: the other company's people here, and our people at theirs
    assert rival.client("program_manager").get(at).status_code == 404
    if name in {"freelancer_detail", "freelancer_edit"}:
        theirs = url(acme, name, public_id=bait.public_id)
        assert acme.client("program_manager").get(theirs).status_code == 404


@pytest.mark.parametrize("name", ["freelancer_detail", "freelancer_edit"])
def test_unknown_and_malformed_ids_are_not_found(acme, person, name):
    client = acme.client("program_manager")
    at = url(acme, name, public_id=person.public_id)

    assert client.get(at.replace(str(person.public_id), str(uuid4()))).status_code == 404
    assert client.get(at.replace(str(person.public_id), "1")).status_code == 404


@pytest.mark.parametrize(("name", "verb"), [("freelancer_detail", "post"), ("freelancer_create", "delete")])
def test_wrong_verbs_are_refused(acme, person, name, verb):
    assert getattr(acme.client("program_manager"), verb)(address(acme, name, person)).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_often_for_three_rows_as_for_one(acme, rows):
    with acme.enter("program_manager"):
        for number in range(rows):
            add_freelancer(acme, f"Person {number}", skills=["Python", f"Skill {number}"])
    client = acme.client("program_manager")
    client.get(url(acme, "freelancer_list"))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(url(acme, "freelancer_list"))

    assert len(queries) == 7, [query["sql"][:200] for query in queries]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_persons_page_asks_as_often_for_three_assignments_as_for_one(acme, person, rows, django_assert_num_queries):
    with acme.enter("program_manager"):
        for _ in range(rows):
            hire(acme, freelancer=person, state="planned")
    client = acme.client("program_manager")
    at = url(acme, "freelancer_detail", public_id=person.public_id)
    client.get(at)

    with django_assert_num_queries(9):
        client.get(at)

"""GET programs/new/ and GET, POST programs/new/<pack>/."""

import pytest

from programs.models import Program
from tests.factories.programs import launch, url


@pytest.fixture
def answers(acme):
    return {
        "name": "Design pilot",
        "purpose": "Try it.",
        "owner": acme.people["program_manager"].pk,
        "legal_entity": acme.entity.pk,
        "org_unit": acme.unit.pk,
        "currency": "EUR",
        "budget_amount": "50000",
        "budget_starts_on": "2026-01-01",
        "budget_ends_on": "2026-12-31",
        "approval_limit": "10000",
    }


def test_the_packs_are_shown(acme):
    response = acme.client("program_manager").get(url(acme, "program_launch"))

    assert response.status_code == 200
    assert url(acme, "program_launch_pack", pack="pilot") in response.content.decode()


def test_the_form_proposes_and_shows_what_will_appear(acme):
    response = acme.client("program_manager").get(url(acme, "program_launch_pack", pack="pilot"))

    page = response.content.decode()
    assert response.status_code == 200
    assert response.context["form"]["owner"].value() == acme.people["program_manager"].pk
    for words in ("7 knowledge pages", "7 checklists", "6 key figures", "Hiring manager", "at least 90 %"):
        assert words in page, words


def test_it_launches(acme, answers):
    response = acme.client("program_manager").post(url(acme, "program_launch_pack", pack="pilot"), answers)

    with acme.enter():
        program = Program.objects.get()
        assert (program.name, program.owner) == ("Design pilot", acme.people["program_manager"])
    assert (response.status_code, response["Location"]) == (303, url(acme, "program_detail", number=program.number))


def test_twice_is_refused_at_the_name(acme, answers):
    client = acme.client("program_manager")
    client.post(url(acme, "program_launch_pack", pack="pilot"), answers)

    response = client.post(url(acme, "program_launch_pack", pack="pilot"), answers)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["name"]
    with acme.enter():
        assert Program.objects.count() == 1


def test_what_is_missing_is_said_and_what_was_typed_is_kept(acme, answers):
    response = acme.client("program_manager").post(
        url(acme, "program_launch_pack", pack="pilot"), {**answers, "budget_amount": "lots"}
    )

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["budget_amount"]
    assert 'value="Design pilot"' in response.content.decode()


def test_people_and_units_of_another_company_are_no_choice(acme, rival, answers):
    wrong = {"owner": rival.people["owner"].pk, "legal_entity": rival.entity.pk, "org_unit": rival.unit.pk}

    response = acme.client("program_manager").post(url(acme, "program_launch_pack", pack="pilot"), {**answers, **wrong})

    assert sorted(response.context["form"].errors) == ["legal_entity", "org_unit", "owner"]


@pytest.mark.parametrize("role", ["owner", "hiring_manager", "viewer"])
@pytest.mark.parametrize("route", [("program_launch", {}), ("program_launch_pack", {"pack": "pilot"})])
def test_without_the_right_it_is_refused(acme, role, route, answers):
    name, arguments = route
    client = acme.client(role)
    response = client.get(url(acme, name, **arguments))

    assert response.status_code == 403
    assert "program.manage" in response.content.decode()
    if arguments:
        assert client.post(url(acme, name, **arguments), answers).status_code == 403


def test_strangers_and_guests_do_not_find_it(acme, rival, answers):
    address = url(acme, "program_launch_pack", pack="pilot")

    assert rival.client("program_manager").post(address, answers).status_code == 404
    assert acme.client("freelancer").post(address, answers).status_code == 404
    with acme.enter():
        assert not Program.objects.exists()


def test_an_unknown_pack_is_not_found(acme):
    assert acme.client("program_manager").get(url(acme, "program_launch_pack", pack="nope")).status_code == 404


def test_other_verbs_are_not_answered(acme):
    client = acme.client("program_manager")
    assert client.post(url(acme, "program_launch")).status_code == 405
    assert client.delete(url(acme, "program_launch_pack", pack="pilot")).status_code == 405


def test_a_name_may_come_back_in_another_company(acme, rival, answers):
    launch(rival, name="Design pilot")

    assert (
        acme.client("program_manager").post(url(acme, "program_launch_pack", pack="pilot"), answers).status_code == 303
    )

"""GET, POST workspaces/<public_id>/people/ and POST workspaces/<public_id>/people/remove/."""

import uuid

import pytest

from programs.models import WorkspaceMember
from tests.factories.programs import url


@pytest.fixture
def add(acme, workspace):
    return url(acme, "workspace_people", public_id=workspace.public_id)


@pytest.fixture
def remove(acme, workspace):
    return url(acme, "workspace_member_remove", public_id=workspace.public_id)


def people(company):
    with company.enter():
        return set(WorkspaceMember.objects.values_list("membership__user__name", flat=True))


def who(company, role):
    return {"membership": company.people[role].public_id}


def test_somebody_comes_in_and_goes_again(acme, add, remove):
    client = acme.client("hiring_manager")
    assert client.post(add, who(acme, "teammate")).status_code == 303
    assert people(acme) == {"Hiring Manager Acme", "Freelancer Acme", "Teammate Acme"}

    assert client.post(remove, who(acme, "teammate")).status_code == 303
    assert people(acme) == {"Hiring Manager Acme", "Freelancer Acme"}


def test_the_page_offers_employees_only(acme, rival, add):
    choices = acme.client("hiring_manager").get(add).context["form"].fields["membership"].queryset

    with acme.enter():
        names = [str(person) for person in choices]
    assert "Teammate Acme" in names
    assert not [name for name in names if "Freelancer" in name or "Rival" in name]


def test_a_guest_can_be_taken_out(acme, remove):
    acme.client("hiring_manager").post(remove, who(acme, "freelancer"))

    assert people(acme) == {"Hiring Manager Acme"}


def test_guests_come_in_by_their_assignment_only(acme, add):
    response = acme.client("hiring_manager").post(add, who(acme, "other_freelancer"))

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["membership"])
    assert people(acme) == {"Hiring Manager Acme", "Freelancer Acme"}


def test_people_of_another_company_are_no_choice(acme, rival, add):
    acme.client("hiring_manager").post(add, who(rival, "hiring_manager"))

    assert people(acme) == {"Hiring Manager Acme", "Freelancer Acme"}


def test_who_has_no_role_for_it_is_named(acme, add):
    response = acme.client("hiring_manager").post(add, who(acme, "viewer"))

    assert response.status_code == 422
    assert "no role that opens workspaces" in response.content.decode()


def test_the_last_employee_stays_and_is_told(acme, remove):
    response = acme.client("hiring_manager").post(remove, who(acme, "hiring_manager"), follow=True)

    assert "only employee" in response.content.decode()


def test_who_takes_themselves_out_lands_on_the_list(acme, add, remove):
    client = acme.client("hiring_manager")
    client.post(add, who(acme, "teammate"))

    response = client.post(remove, who(acme, "hiring_manager"))

    assert response["Location"] == url(acme, "workspace_list")


def test_teammates_guests_and_strangers_do_not_find_it(acme, rival, add, remove, guests_may):
    for client in (acme.client("teammate"), acme.client("freelancer"), rival.client("program_manager")):
        assert client.post(add, who(acme, "teammate")).status_code == 404
        assert client.post(remove, who(acme, "freelancer")).status_code == 404


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_without_the_right_it_is_refused(acme, add, remove, role):
    assert acme.client(role).post(add, who(acme, "teammate")).status_code == 403
    assert acme.client(role).post(remove, who(acme, "freelancer")).status_code == 403


@pytest.mark.parametrize("name", ["workspace_people", "workspace_member_remove"])
def test_an_unknown_room_is_not_found(acme, workspace, name):
    wrong = url(acme, name, public_id=uuid.uuid4())
    assert acme.client("hiring_manager").post(wrong, who(acme, "teammate")).status_code == 404


def test_other_verbs_are_not_answered(acme, add, remove):
    assert acme.client("hiring_manager").get(remove).status_code == 405
    assert acme.client("hiring_manager").delete(add).status_code == 405

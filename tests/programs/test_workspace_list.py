"""GET workspaces/."""

import pytest

from tests.factories.programs import make_workspace, url


def test_one_sees_the_rooms_one_is_in(acme, program, workspace, bait):
    make_workspace(acme, program, "teammate", name="Shop")

    page = acme.client("teammate").get(url(acme, "workspace_list")).content.decode()

    assert "Shop" in page
    assert "Website relaunch" not in page
    assert "Rival room" not in page


def test_managers_of_the_program_see_all(acme, program, workspace, bait):
    make_workspace(acme, program, "teammate", name="Shop")

    page = acme.client("program_manager").get(url(acme, "workspace_list")).content.decode()

    assert "Shop" in page
    assert "Website relaunch" in page
    assert "Rival room" not in page


def test_people_are_counted(acme, workspace):
    response = acme.client("hiring_manager").get(url(acme, "workspace_list"), {"format": "csv"})

    assert "Website relaunch,Design pilot,2" in b"".join(response.streaming_content).decode()


def test_an_empty_list_teaches(acme):
    assert "No workspaces yet" in acme.client("hiring_manager").get(url(acme, "workspace_list")).content.decode()


@pytest.mark.parametrize("role", ["owner", "viewer", "finance"])
def test_without_the_right_it_is_refused(acme, role):
    assert acme.client(role).get(url(acme, "workspace_list")).status_code == 403


def test_guests_and_strangers_do_not_find_it(acme, rival, workspace):
    assert acme.client("freelancer").get(url(acme, "workspace_list")).status_code == 404
    assert rival.client("program_manager").get(url(acme, "workspace_list")).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow(acme, program, django_assert_num_queries, count):
    for number in range(count):
        make_workspace(acme, program, "freelancer", name=f"Room {number}")
    client = acme.client("hiring_manager")
    client.get(url(acme, "workspace_list"))

    with django_assert_num_queries(7):
        client.get(url(acme, "workspace_list"))

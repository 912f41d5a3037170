"""GET workspaces/<public_id>/: the room, its thread, its fragment."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from programs.models import Message
from programs.services.messages import post_message
from programs.services.workspaces import archive_workspace
from programs.views.rooms import PER_PAGE
from tests.factories.programs import say, url

HTMX = {"HX-Request": "true"}


@pytest.fixture
def address(acme, workspace):
    return url(acme, "workspace_detail", public_id=workspace.public_id)


def talk(company, workspace, count):
    """`count` messages a minute apart, "Message 1" the oldest."""
    for number in range(1, count + 1):
        message = say(company, workspace, f"Message {number}.")
        with company.enter():
            moment = message.created_at - timedelta(minutes=count - number)
            Message.objects.filter(pk=message.pk).update(created_at=moment)


def test_it_shows_thread_people_and_composer(acme, workspace, address):
    talk(acme, workspace, 2)
    say(acme, workspace, "From the **guest**.", who="freelancer")

    page = acme.client("hiring_manager").get(address).content.decode()

    assert page.index("Message 1.") < page.index("Message 2.") < page.index("<strong>guest</strong>")
    assert "Freelancer Acme" in page
    assert url(acme, "workspace_message_create", public_id=workspace.public_id) in page


def test_what_people_write_cannot_become_a_program(acme, workspace, address):
    say(acme, workspace, "<script>alert(1)</script> [go](javascript:alert(1))")

    page = acme.client("hiring_manager").get(address).content.decode()
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page


def test_long_talks_have_pages_newest_shown_first(acme, workspace, address):
    talk(acme, workspace, PER_PAGE + 2)
    client = acme.client("hiring_manager")

    first = client.get(address)
    older = client.get(first.context["older"])

    assert [row.body for row, _ in first.context["said"]] == [f"Message {n}." for n in range(3, PER_PAGE + 3)]
    assert [row.body for row, _ in older.context["said"]] == ["Message 1.", "Message 2."]
    assert (older.context["older"], older.context["newest"]) == ("", address)
    assert (bool(first.context["poll"]), older.context["poll"]) == (True, "")


def test_the_fragment_is_the_thread_alone(acme, workspace, address):
    talk(acme, workspace, 1)

    response = acme.client("hiring_manager").get(address, headers=HTMX)

    assert "Message 1." in response.content.decode()
    assert "<html" not in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_the_fragment_is_empty_when_nothing_was_said(acme, workspace, address):
    client = acme.client("hiring_manager")
    empty = client.get(address)
    assert client.get(empty.context["poll"], headers=HTMX).status_code == 204
    talk(acme, workspace, 1)
    shown = client.get(empty.context["poll"], headers=HTMX)
    assert shown.status_code == 200
    assert client.get(shown.context["poll"], headers=HTMX).status_code == 204


def test_an_archived_room_can_be_read_but_not_written(acme, workspace, address):
    talk(acme, workspace, 1)
    with acme.enter("hiring_manager"):
        archive_workspace(workspace=workspace, actor=acme.actor("hiring_manager"))

    response = acme.client("hiring_manager").get(address)

    assert "Message 1." in response.content.decode()
    assert "<textarea" not in response.content.decode()
    assert response.context["poll"] == ""


def test_files_are_listed_and_can_be_fetched_by_those_in_the_room(acme, workspace, address):
    with acme.enter("hiring_manager"):
        post_message(
            workspace=workspace,
            body="The brief",
            files=[SimpleUploadedFile("brief.txt", b"Hello")],
            actor=acme.actor("hiring_manager"),
        )
    client = acme.client("hiring_manager")

    item = client.get(address).context["files"][0]

    assert item["name"] == "brief.txt"
    assert b"".join(client.get(item["href"]).streaming_content) == b"Hello"
    assert acme.client("teammate").get(item["href"]).status_code == 404
    assert acme.client("freelancer").get(item["href"]).status_code == 404


def test_teammates_outside_of_the_room_do_not_find_it(acme, address):
    assert acme.client("teammate").get(address).status_code == 404


def test_guests_do_not_find_it_in_the_console(acme, address, guests_may):
    assert acme.client("freelancer").get(address).status_code == 404


def test_strangers_do_not_find_it(rival, address):
    assert rival.client("program_manager").get(address).status_code == 404
    assert rival.client("program_manager").get(address, headers=HTMX).status_code == 404


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_without_the_right_it_is_refused(acme, address, role):
    assert acme.client(role).get(address).status_code == 403
    assert acme.client(role).get(address, headers=HTMX).status_code == 403


def test_an_unknown_room_is_not_found(acme, workspace):
    client = acme.client("hiring_manager")
    assert client.get(url(acme, "workspace_detail", public_id=uuid.uuid4())).status_code == 404
    assert client.get("/t/acme/workspaces/1/").status_code == 404


def test_other_verbs_are_not_answered(acme, address):
    assert acme.client("hiring_manager").post(address).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow(acme, workspace, address, django_assert_num_queries, count):
    for number in range(count):
        with acme.enter("hiring_manager"):
            post_message(
                workspace=workspace,
                body=f"Message {number}",
                files=[SimpleUploadedFile(f"{number}.txt", b"Hello")],
                actor=acme.actor("hiring_manager"),
            )
    client = acme.client("hiring_manager")
    client.get(address)

    with django_assert_num_queries(11):
        client.get(address)

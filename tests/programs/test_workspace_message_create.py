"""POST workspaces/<public_id>/messages/."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from programs.models import Message
from programs.services.workspaces import archive_workspace
from tests.factories.programs import url

HTMX = {"HX-Request": "true"}


@pytest.fixture
def address(acme, workspace):
    return url(acme, "workspace_message_create", public_id=workspace.public_id)


def bodies(company):
    with company.enter():
        return list(Message.objects.order_by("pk").values_list("body", flat=True))


def test_it_posts_and_comes_back_to_the_newest(acme, workspace, address):
    response = acme.client("hiring_manager").post(address, {"body": "Hello"})

    room = url(acme, "workspace_detail", public_id=workspace.public_id)
    assert (response.status_code, response["Location"]) == (303, f"{room}#newest")
    assert bodies(acme) == ["Hello"]


def test_htmx_gets_an_empty_composer_and_the_thread(acme, address):
    response = acme.client("hiring_manager").post(address, {"body": "Hello"}, headers=HTMX)

    page = response.content.decode()
    assert response.status_code == 200
    assert 'hx-swap-oob="outerHTML"' in page
    assert "Hello" in page.split('id="thread"')[1]
    assert "Hello" not in page.split('id="thread"')[0]


def test_files_come_with_it(acme, address):
    files = [SimpleUploadedFile("a.txt", b"A"), SimpleUploadedFile("b.txt", b"B")]

    page = acme.client("hiring_manager").post(address, {"body": "", "files": files}, follow=True).content.decode()

    assert "a.txt" in page
    assert "b.txt" in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refused_file_is_said_at_the_files_and_the_text_is_kept(acme, address, headers):
    data = {"body": "Look at this", "files": [SimpleUploadedFile("run.exe", b"MZ")]}

    response = acme.client("hiring_manager").post(address, data, headers=headers)

    page = response.content.decode()
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["files"]
    assert "Look at this</textarea>" in page
    assert bodies(acme) == []


def test_an_empty_message_is_refused(acme, address):
    response = acme.client("hiring_manager").post(address, {"body": "  "})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["body"]


def test_an_archived_room_takes_none(acme, workspace, address):
    with acme.enter("hiring_manager"):
        archive_workspace(workspace=workspace, actor=acme.actor("hiring_manager"))

    response = acme.client("hiring_manager").post(address, {"body": "Too late"})

    assert response.status_code == 422
    assert bodies(acme) == []


def test_managers_of_the_program_may_write(acme, address):
    assert acme.client("program_manager").post(address, {"body": "Hello"}).status_code == 303


def test_teammates_guests_and_strangers_do_not_find_it(acme, rival, address, guests_may):
    for client in (acme.client("teammate"), acme.client("freelancer"), rival.client("program_manager")):
        assert client.post(address, {"body": "Hello"}).status_code == 404
    assert bodies(acme) == []


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_without_the_right_it_is_refused(acme, address, role):
    assert acme.client(role).post(address, {"body": "Hello"}).status_code == 403


def test_an_unknown_room_is_not_found(acme, workspace):
    wrong = url(acme, "workspace_message_create", public_id=uuid.uuid4())
    assert acme.client("hiring_manager").post(wrong, {"body": "Hello"}).status_code == 404


def test_other_verbs_are_not_answered(acme, address):
    assert acme.client("hiring_manager").get(address).status_code == 405

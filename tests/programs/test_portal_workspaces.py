"""The portal: GET workspaces/, GET workspaces/<public_id>/, POST workspaces/<public_id>/messages/."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from freelance_hub.models import StoredFile
from programs.models import Message
from programs.services.messages import post_message
from programs.services.workspaces import archive_workspace
from tests.factories.programs import make_workspace, say, url

HTMX = {"HX-Request": "true"}


@pytest.fixture
def index(acme):
    return url(acme, "portal_workspace_list")


@pytest.fixture
def room(acme, workspace):
    return url(acme, "portal_workspace_detail", public_id=workspace.public_id)


@pytest.fixture
def messages(acme, workspace):
    return url(acme, "portal_workspace_message_create", public_id=workspace.public_id)


def everything(client, index, room, messages):
    """What each address of the room answers."""
    return [
        client.get(room).status_code,
        client.get(room, headers=HTMX).status_code,
        client.post(messages, {"body": "Hello"}).status_code,
        "Website relaunch" in client.get(index).content.decode(),
    ]


def test_a_guest_sees_their_rooms_and_nothing_else(acme, program, workspace, bait, index, room, guests_may):
    make_workspace(acme, program, "other_freelancer", name="Room of another guest")
    say(acme, workspace, "Welcome!")
    client = acme.client("freelancer")

    rooms, page = client.get(index).content.decode(), client.get(room).content.decode()

    assert "Website relaunch" in rooms
    assert "Welcome!" in page
    for secret in ("Room of another guest", "Rival", "Other Freelancer", "Design pilot", "100,000", "/pages/"):
        assert secret not in rooms + page, secret


def test_a_guest_writes_with_files_and_htmx_or_without(acme, workspace, room, messages, guests_may):
    client = acme.client("freelancer")
    files = [SimpleUploadedFile("draft.txt", b"Draft")]

    plain = client.post(messages, {"body": "First", "files": files})
    part = client.post(messages, {"body": "Second"}, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (303, f"{room}#newest")
    assert "Second" in part.content.decode()
    assert messages in part.content.decode()  # the address of the portal, not of the console
    with acme.enter():
        assert list(Message.objects.order_by("pk").values_list("body", flat=True)) == ["First", "Second"]


def test_files_are_fetched_in_the_portal(acme, workspace, room, guests_may):
    with acme.enter("hiring_manager"):
        upload = SimpleUploadedFile("brief.txt", b"Hello")
        post_message(workspace=workspace, body="", files=[upload], actor=acme.actor("hiring_manager"))
    client = acme.client("freelancer")

    href = client.get(room).context["files"][0]["href"]

    assert href.startswith("/t/acme/portal/files/")
    assert b"".join(client.get(href).streaming_content) == b"Hello"
    assert acme.client("other_freelancer").get(href).status_code == 404


def test_when_the_condition_ends_every_address_is_gone(acme, workspace, index, room, messages, guests_may, monkeypatch):
    from django.db.models import Q

    from freelance_hub import access

    client = acme.client("freelancer")
    with acme.enter("hiring_manager"):
        post_message(
            workspace=workspace,
            body="Brief",
            files=[SimpleUploadedFile("brief.txt", b"Hello")],
            actor=acme.actor("hiring_manager"),
        )
        file = url(acme, "portal_file_download", public_id=StoredFile.objects.get().public_id)
    assert everything(client, index, room, messages) == [200, 200, 303, True]
    assert client.get(file).status_code == 200

    monkeypatch.setitem(access._conditions, "workspace", [lambda _actor: Q(pk__in=[])])

    assert everything(client, index, room, messages) == [404, 404, 404, False]
    assert client.get(file).status_code == 404


def test_an_archived_room_is_gone_for_guests(acme, workspace, index, room, messages, guests_may):
    with acme.enter("hiring_manager"):
        archive_workspace(workspace=workspace, actor=acme.actor("hiring_manager"))

    assert everything(acme.client("freelancer"), index, room, messages) == [404, 404, 404, False]


@pytest.mark.parametrize("role", ["other_freelancer", "agency"])
def test_other_guests_do_not_find_it(acme, index, room, messages, guests_may, role):
    assert everything(acme.client(role), index, room, messages) == [404, 404, 404, False]


def test_employees_have_their_own_door(acme, index, room, messages):
    client = acme.client("hiring_manager")
    assert [client.get(index).status_code, client.get(room).status_code] == [404, 404]
    assert client.post(messages, {"body": "Hello"}).status_code == 404


def test_guests_of_another_company_do_not_find_it(acme, rival, workspace, index, room, messages, guests_may):
    assert everything(rival.client("freelancer"), index, room, messages) == [404, 404, 404, False]


def test_an_empty_list_is_kind(acme, index):
    assert "No workspace is open for you" in acme.client("freelancer").get(index).content.decode()


def test_an_unknown_room_is_not_found(acme, workspace, guests_may):
    client = acme.client("freelancer")
    assert client.get(url(acme, "portal_workspace_detail", public_id=uuid.uuid4())).status_code == 404
    wrong = url(acme, "portal_workspace_message_create", public_id=uuid.uuid4())
    assert client.post(wrong, {"body": "Hello"}).status_code == 404


def test_other_verbs_are_not_answered(acme, room, messages, guests_may):
    assert acme.client("freelancer").post(room).status_code == 405
    assert acme.client("freelancer").get(messages).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow(acme, program, django_assert_num_queries, index, guests_may, count):
    for number in range(count):
        workspace = make_workspace(acme, program, "freelancer", name=f"Room {number}")
    for number in range(count):
        say(acme, workspace, f"Message {number}")
    client = acme.client("freelancer")
    room = url(acme, "portal_workspace_detail", public_id=workspace.public_id)
    client.get(room)

    with django_assert_num_queries(8):
        client.get(index)
    with django_assert_num_queries(12):
        client.get(room)

"""GET, POST workspaces/<public_id>/archive/ and POST workspaces/<public_id>/reopen/."""

import uuid

import pytest

from programs.models import Workspace
from tests.factories.programs import url


@pytest.fixture
def archive(acme, workspace):
    return url(acme, "workspace_archive", public_id=workspace.public_id)


@pytest.fixture
def reopen(acme, workspace):
    return url(acme, "workspace_reopen", public_id=workspace.public_id)


def state(company):
    with company.enter():
        return Workspace.objects.get().state


def test_it_says_in_numbers_what_will_happen(acme, archive):
    page = acme.client("hiring_manager").get(archive).content.decode()

    assert "1 guest" in page
    assert "1 employee" in page
    assert state(acme) == "open"


def test_it_archives_once_and_can_be_reopened(acme, archive, reopen):
    client = acme.client("hiring_manager")
    assert client.post(archive).status_code == 303
    assert state(acme) == "archived"
    assert "no longer possible" in client.post(archive, follow=True).content.decode()

    assert client.post(reopen).status_code == 303
    assert state(acme) == "open"
    assert "no longer possible" in client.post(reopen, follow=True).content.decode()


def test_teammates_guests_and_strangers_do_not_find_it(acme, rival, archive, reopen, guests_may):
    for client in (acme.client("teammate"), acme.client("freelancer"), rival.client("program_manager")):
        assert client.get(archive).status_code == 404
        assert client.post(archive).status_code == 404
        assert client.post(reopen).status_code == 404
    assert state(acme) == "open"


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_without_the_right_it_is_refused(acme, archive, reopen, role):
    assert acme.client(role).get(archive).status_code == 403
    assert acme.client(role).post(archive).status_code == 403
    assert acme.client(role).post(reopen).status_code == 403


@pytest.mark.parametrize("name", ["workspace_archive", "workspace_reopen"])
def test_an_unknown_room_is_not_found(acme, workspace, name):
    assert acme.client("hiring_manager").post(url(acme, name, public_id=uuid.uuid4())).status_code == 404


def test_other_verbs_are_not_answered(acme, archive, reopen):
    assert acme.client("hiring_manager").delete(archive).status_code == 405
    assert acme.client("hiring_manager").get(reopen).status_code == 405

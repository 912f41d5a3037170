"""Work on the pages of assignments and workspaces: for those who see the work, and nobody else."""

import pytest
from django.urls import reverse

from talent.models import Assignment
from talent.models.work import WorkState
from tests.factories.programs import make_workspace
from tests.factories.work import make_assignment, make_deliverable, make_line


@pytest.fixture
def assignment(acme):
    """Two people share a room, each with an own deliverable."""
    with acme.enter():
        mine = make_assignment(acme)
        other = make_assignment(acme, freelancer="other_freelancer", manager="teammate")
        room = make_workspace(acme, mine.program, "freelancer", "other_freelancer", "teammate")
        Assignment.objects.update(workspace=room)
        mine.workspace = room
        make_deliverable(mine, title="Logo of mine", state=WorkState.SUBMITTED, amount=700)
        make_deliverable(other, title="Logo of other")
        make_line(mine, state=WorkState.ACCEPTED)
    return mine


def test_an_assignment_shows_where_its_work_stands(acme, assignment):
    page = reverse("assignment_detail", kwargs={"tenant": "acme", "number": assignment.number})

    text = acme.client("hiring_manager").get(page).content.decode()

    assert "Logo of mine" in text
    assert "Logo of other" not in text
    assert "€700.00" in text
    assert "€640.00" in text
    assert "New deliverable" in text
    assert "New deliverable" not in acme.client("viewer").get(page).content.decode()
    assert "€700.00" not in acme.client("owner").get(page).content.decode()
    assert "Logo of mine" not in acme.client("compliance").get(page).content.decode()


def test_a_freelancer_sees_own_work_only(acme, assignment):
    client = acme.client("freelancer")
    room = {"tenant": "acme", "public_id": assignment.workspace.public_id}

    for page in (
        reverse("portal_assignment_detail", kwargs={"tenant": "acme", "number": assignment.number}),
        reverse("portal_workspace_detail", kwargs=room),
    ):
        text = client.get(page).content.decode()
        assert "Logo of mine" in text
        assert "Logo of other" not in text
        assert "Enter time" in text


def test_in_a_room_each_manager_sees_the_work_of_their_own_people(acme, assignment):
    room = reverse("workspace_detail", kwargs={"tenant": "acme", "public_id": assignment.workspace.public_id})

    mine = acme.client("hiring_manager").get(room).content.decode()
    others = acme.client("teammate").get(room).content.decode()

    assert ("Logo of mine" in mine, "Logo of other" in mine) == (True, False)
    assert ("Logo of mine" in others, "Logo of other" in others) == (False, True)

"""Who manages an assignment may change while it runs."""

import pytest

from freelance_hub.errors import Refusal
from freelance_hub.models import Event, Membership
from freelance_hub.permissions import Refused
from programs.models import WorkspaceMember
from talent.services import assignments
from tests.factories.programs import make_workspace
from tests.factories.talent import hire


@pytest.fixture
def boss(acme):
    with acme.enter("program_manager"):
        yield acme.actor("program_manager")


def test_another_manager_answers_for_the_assignment_and_comes_into_the_room(acme, boss):
    assignment = hire(acme)
    room = make_workspace(acme, program=assignment.program)
    assignments.attach_workspace(assignment=assignment, workspace=room, actor=boss)

    for _ in range(2):  # the second click changes nothing
        assignments.change_manager(assignment=assignment, manager=acme.people["teammate"], actor=boss)

    assignment.refresh_from_db()
    assert assignment.manager == acme.people["teammate"]
    assert WorkspaceMember.objects.filter(workspace=room, membership=acme.people["teammate"]).count() == 1
    told = Event.objects.get(kind="assignment.manager_changed")
    assert told.payload == {"before_id": acme.people["hiring_manager"].pk, "manager_id": acme.people["teammate"].pk}


def test_a_guest_or_who_has_left_manages_nothing(acme, boss):
    assignment = hire(acme)
    Membership.objects.filter(pk=acme.people["teammate"].pk).update(state="ended")

    for key in ("freelancer", "teammate"):
        with pytest.raises(Refusal, match="cannot manage"):
            assignments.change_manager(
                assignment=assignment, manager=Membership.objects.get(pk=acme.people[key].pk), actor=boss
            )
    with pytest.raises(Refused):
        assignments.change_manager(
            assignment=assignment, manager=acme.people["hiring_manager"], actor=acme.actor("viewer")
        )

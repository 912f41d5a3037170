"""Who sees what: the three people, the guests, the stranger, and bait in the other company."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404

from freelance_hub.access import _conditions
from freelance_hub.models import MembershipRole, StoredFile
from freelance_hub.permissions import Capability, Refused
from freelance_hub.services.files import access_file
from programs import access
from programs.access import access_page, access_program, access_workspace
from programs.models import KnowledgePage, Message
from programs.services.messages import post_message
from programs.services.workspaces import archive_workspace
from tests.factories.programs import launch, make_workspace, say

EMPLOYEES = ["owner", "program_manager", "hiring_manager", "approver", "finance", "compliance", "viewer"]
GUESTS = ["freelancer", "agency"]


def limit_to(company, role, program):
    with company.enter():
        MembershipRole.objects.filter(membership=company.people[role]).update(program_ids=[program.pk])


@pytest.mark.parametrize("role", EMPLOYEES)
def test_employees_see_programs_of_their_company_only(acme, program, bait, role):
    actor = acme.actor(role)
    with acme.enter(role):
        assert list(access.visible_programs(actor)) == [program]
        assert access_program(actor, program.number) == program
        assert access.visible_pages(actor).count() == 7
        assert access_page(actor, "how-we-work").program == program


@pytest.mark.parametrize("role", GUESTS)
def test_guests_see_neither_programs_nor_pages_nor_budgets(acme, program, guests_may, role):
    actor = acme.actor(role)
    with acme.enter(role):
        for rows in (access.visible_programs(actor), access.visible_pages(actor), access.visible_budgets(actor)):
            assert list(rows) == []
        with pytest.raises(Http404):
            access_program(actor, program.number)
        with pytest.raises(Http404):
            access_page(actor, "how-we-work")


def test_a_limited_role_sees_its_own_programs_and_pages_of_the_company(acme, program):
    other = launch(acme, name="Other")
    with acme.enter():
        KnowledgePage.objects.create(slug="all", title="For all", owner=acme.people["owner"])
    limit_to(acme, "hiring_manager", other)
    limit_to(acme, "program_manager", other)
    make_workspace(acme, program, "freelancer")

    actor = acme.actor("hiring_manager")
    with acme.enter("hiring_manager"):
        assert list(access.visible_programs(actor)) == [other]
        with pytest.raises(Http404):
            access_program(actor, program.number)
        assert {page.program_id for page in access.visible_pages(actor)} == {other.pk, None}
        with pytest.raises(Http404):
            access_page(actor, "how-we-work")
        assert list(access.visible_workspaces(acme.actor("program_manager"))) == []
        assert list(access.visible_budgets(acme.actor("program_manager"))) == list(other.budgets.all())


@pytest.mark.parametrize("role", ["hiring_manager", "compliance"])
def test_money_is_for_those_who_may_see_it(acme, program, role):
    with acme.enter():
        assert list(access.visible_budgets(acme.actor(role))) == []
        assert list(access.visible_budgets(acme.actor("finance"))) == list(program.budgets.all())


def test_a_missing_right_is_named(acme, program):
    with acme.enter():
        with pytest.raises(Refused) as refused:
            access_program(acme.actor("viewer"), program.number, to=Capability.PROGRAM_MANAGE)
        assert refused.value.capability == Capability.PROGRAM_MANAGE
        MembershipRole.objects.filter(membership=acme.people["viewer"]).delete()
        for act in (lambda a: access_program(a, 1), lambda a: access_page(a, "x"), lambda a: access_workspace(a, "x")):
            with pytest.raises(Refused):
                act(acme.actor("viewer"))


def test_rooms_are_for_their_people_and_those_who_see_all(acme, program, bait):
    mine = make_workspace(acme, program, "freelancer")
    theirs = make_workspace(acme, program, "teammate", name="Other room")
    with acme.enter():
        seen = {
            role: set(access.visible_workspaces(acme.actor(role)))
            for role in ("hiring_manager", "teammate", "program_manager", "viewer", "owner", "agency")
        }

    assert seen == {
        "hiring_manager": {mine, theirs},
        "teammate": {theirs},
        "program_manager": {mine, theirs},
        "viewer": set(),
        "owner": set(),
        "agency": set(),
    }


def test_a_guest_sees_nothing_while_no_app_has_said_when(acme, workspace, monkeypatch):
    monkeypatch.delitem(_conditions, "workspace", raising=False)
    with acme.enter():
        assert list(access.visible_workspaces(acme.actor("freelancer"))) == []


def test_a_guest_sees_a_room_while_in_it_and_the_condition_holds_and_it_is_open(acme, workspace, guests_may):
    guest = acme.actor("freelancer")
    with acme.enter():
        assert list(access.visible_workspaces(guest)) == [workspace]
        assert list(access.visible_workspaces(acme.actor("other_freelancer"))) == []

        archive_workspace(workspace=workspace, actor=acme.actor("hiring_manager"))
        assert list(access.visible_workspaces(guest)) == []
        assert list(access.visible_workspaces(acme.actor("hiring_manager"))) == [workspace]


def test_a_guest_whose_condition_fails_sees_nothing_at_once(acme, workspace, guests_may_not):
    say(acme, workspace, "Secret")
    guest = acme.actor("freelancer")
    with acme.enter():
        assert list(access.visible_workspaces(guest)) == []
        assert list(access.visible_messages(guest)) == []
        with pytest.raises(Http404):
            access_workspace(guest, workspace.public_id)


def test_messages_follow_their_room(acme, program, workspace, bait, rival, guests_may):
    message = say(acme, workspace, "Hello")
    say(acme, make_workspace(acme, program, "teammate", name="Other"), "Not for the guest")
    say(rival, bait, "Not for this company")
    with acme.enter():
        assert list(access.visible_messages(acme.actor("freelancer"))) == [message]
        assert access.visible_messages(acme.actor("program_manager")).count() == 2
        assert list(access.visible_messages(acme.actor("viewer"))) == []


def test_strangers_find_nothing_by_its_name(acme, rival, program, workspace):
    launch(rival, name="Theirs")
    stranger = rival.actor("program_manager")
    with rival.enter("program_manager"):
        assert workspace not in access.visible_workspaces(stranger)
        for public_id in (workspace.public_id, uuid.uuid4(), "no-uuid"):
            with pytest.raises(Http404):
                access_workspace(stranger, public_id)
        assert access_program(stranger, program.number) != program  # numbers are each company's own
        with pytest.raises(Http404):
            access_program(stranger, 99)


def test_files_of_a_message_are_for_those_who_can_open_the_room(acme, rival, workspace, monkeypatch, guests_may):
    with acme.enter("hiring_manager"):
        upload = SimpleUploadedFile("brief.txt", b"Hello")
        message = post_message(workspace=workspace, body="", files=[upload], actor=acme.actor("hiring_manager"))
        file = StoredFile.objects.get(owner_id=message.pk)
        assert access_file(acme.actor("freelancer"), file.public_id) == file
        assert access_file(acme.actor("program_manager"), file.public_id) == file
        for role in ("teammate", "other_freelancer", "agency"):
            with pytest.raises(Http404):
                access_file(acme.actor(role), file.public_id)
        with pytest.raises(Refused):
            access_file(acme.actor("viewer"), file.public_id)
        monkeypatch.setitem(_conditions, "workspace", [lambda _actor: access.Q(pk__in=[])])
        with pytest.raises(Http404):
            access_file(acme.actor("freelancer"), file.public_id)
    with rival.enter("program_manager"), pytest.raises(Http404):
        access_file(rival.actor("program_manager"), file.public_id)


def test_access_and_visible_agree_for_everyone(acme, program, bait, guests_may):
    rooms = [make_workspace(acme, program, "freelancer"), make_workspace(acme, program, "teammate", name="Second")]
    with acme.enter():
        for role in acme.people:
            actor = acme.actor(role)
            for room in [*rooms, bait]:
                visible = access.visible_workspaces(actor).filter(pk=room.pk).exists()
                try:
                    found = access_workspace(actor, room.public_id) == room
                except (Http404, Refused):
                    found = False
                assert found == visible, (role, room.name)
        assert Message.objects.count() == 0

"""Workspaces and their people."""

import pytest

from freelance_hub.access import automation
from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent, Event, Membership, Notification
from freelance_hub.permissions import Refused
from programs.models import Workspace, WorkspaceMember
from programs.services.workspaces import (
    add_member,
    archive_workspace,
    create_workspace,
    remove_member,
    reopen_workspace,
)


def people_of(workspace):
    return set(WorkspaceMember.objects.filter(workspace=workspace).values_list("membership_id", flat=True))


def test_create_puts_the_acting_employee_in(acme, program):
    with acme.enter("hiring_manager"):
        workspace = create_workspace(
            program=program, name=" Website ", purpose="New pages", actor=acme.actor("hiring_manager")
        )

        assert (workspace.name, workspace.state) == ("Website", Workspace.State.OPEN)
        assert people_of(workspace) == {acme.people["hiring_manager"].pk}
        assert Event.objects.filter(kind="workspace.created", subject_id=workspace.pk).count() == 1
        assert not Notification.objects.exists()


def test_an_automation_puts_in_whom_it_acts_for(acme, program):
    with acme.enter():
        manager = Membership.objects.select_related("user").get(pk=acme.people["hiring_manager"].pk)
        actor = automation(tenant_id=acme.tenant.pk, on_behalf_of=manager)
        workspace = create_workspace(program=program, name="Website", actor=actor, members=[acme.people["freelancer"]])

        assert people_of(workspace) == {manager.pk, acme.people["freelancer"].pk}


def test_a_workspace_needs_a_name(acme, program):
    with acme.enter(), pytest.raises(Refusal, match="needs a name"):
        create_workspace(program=program, name=" ", actor=acme.actor("hiring_manager"))


def test_an_added_employee_is_told_once(acme, workspace):
    teammate = acme.people["teammate"]
    with acme.enter("hiring_manager"):
        for _ in range(2):
            add_member(workspace=workspace, membership=teammate, actor=acme.actor("hiring_manager"))

        told = Notification.objects.get(membership=teammate)
        assert (told.kind, told.link) == ("workspace", f"/t/acme/workspaces/{workspace.public_id}/")
        assert Event.objects.filter(kind="workspace.member_added", payload__membership=teammate.pk).count() == 1
        assert AuditEvent.objects.filter(table_name="programs_workspacemember", operation="insert").count() == 3


def test_a_guest_is_told_only_when_the_room_opens_for_them(acme, workspace, guests_may):
    guest = acme.people["other_freelancer"]
    with acme.enter("hiring_manager"):
        add_member(workspace=workspace, membership=guest, actor=acme.actor("hiring_manager"))

        told = Notification.objects.get(membership=guest)
        assert told.link == f"/t/acme/portal/workspaces/{workspace.public_id}/"


def test_a_guest_who_cannot_open_it_yet_hears_nothing(acme, workspace, guests_may_not):
    guest = acme.people["other_freelancer"]
    with acme.enter("hiring_manager"):
        add_member(workspace=workspace, membership=guest, actor=acme.actor("hiring_manager"))

        assert not Notification.objects.filter(membership=guest).exists()


@pytest.mark.parametrize("role", ["owner", "agency"])
def test_roles_that_open_no_workspaces_stay_out(acme, workspace, role):
    with acme.enter(), pytest.raises(Refusal, match="no role that opens workspaces"):
        add_member(workspace=workspace, membership=acme.people[role], actor=acme.actor("hiring_manager"))


def test_who_has_left_the_company_stays_out(acme, workspace):
    with acme.enter():
        Membership.objects.filter(pk=acme.people["teammate"].pk).update(state="ended")
        gone = Membership.objects.get(pk=acme.people["teammate"].pk)
        with pytest.raises(Refusal, match="not an active member"):
            add_member(workspace=workspace, membership=gone, actor=acme.actor("hiring_manager"))


def test_remove_takes_somebody_out_once(acme, workspace):
    guest = acme.people["freelancer"]
    with acme.enter("hiring_manager"):
        manager = acme.actor("hiring_manager")
        assert remove_member(workspace=workspace, membership=guest, actor=manager) is True
        assert remove_member(workspace=workspace, membership=guest, actor=manager) is False

        assert people_of(workspace) == {acme.people["hiring_manager"].pk}
        assert Event.objects.filter(kind="workspace.member_removed").count() == 1


def test_the_last_employee_stays(acme, workspace):
    with acme.enter(), pytest.raises(Refusal, match="only employee"):
        remove_member(
            workspace=workspace, membership=acme.people["hiring_manager"], actor=acme.actor("program_manager")
        )


def test_archive_and_reopen_each_once(acme, workspace):
    with acme.enter("hiring_manager"):
        manager = acme.actor("hiring_manager")
        stale = Workspace.objects.get(pk=workspace.pk)
        archive_workspace(workspace=workspace, actor=manager)
        with pytest.raises(Refusal):
            archive_workspace(workspace=stale, actor=manager)
        with pytest.raises(Refusal, match="archived"):
            add_member(workspace=workspace, membership=acme.people["teammate"], actor=manager)
        reopen_workspace(workspace=workspace, actor=manager)
        with pytest.raises(Refusal):
            reopen_workspace(workspace=workspace, actor=manager)

        workspace.refresh_from_db()
        assert (workspace.state, workspace.archived_at) == (Workspace.State.OPEN, None)
        kinds = Event.objects.filter(kind__in=["workspace.archived", "workspace.reopened"]).values_list(
            "kind", flat=True
        )
        assert sorted(kinds) == ["workspace.archived", "workspace.reopened"]


@pytest.mark.parametrize("role", ["owner", "viewer", "finance", "freelancer"])
def test_others_manage_no_workspace(acme, program, workspace, role):
    guest, actor = acme.people["other_freelancer"], acme.actor(role)
    with acme.enter():
        for act in (
            lambda: create_workspace(program=program, name="Mine", actor=actor),
            lambda: add_member(workspace=workspace, membership=guest, actor=actor),
            lambda: remove_member(workspace=workspace, membership=guest, actor=actor),
            lambda: archive_workspace(workspace=workspace, actor=actor),
            lambda: reopen_workspace(workspace=workspace, actor=actor),
        ):
            with pytest.raises(Refused):
                act()

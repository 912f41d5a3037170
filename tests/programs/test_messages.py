"""Messages: row, audit, event, files and notifications come together."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent, Event, Membership, Notification, StoredFile
from freelance_hub.permissions import Refused
from programs.models import Message, WorkspaceMember
from programs.services.messages import post_message
from programs.services.workspaces import archive_workspace


def note(name="notes.txt", content=b"Hello"):
    return SimpleUploadedFile(name, content, content_type="text/plain")


def told():
    return sorted(Notification.objects.filter(kind="message").values_list("membership__user__name", flat=True))


def test_post_keeps_message_audit_event_and_tells_the_others(acme, workspace, guests_may):
    with acme.enter("hiring_manager"):
        message = post_message(workspace=workspace, body=" Hello **all** ", actor=acme.actor("hiring_manager"))

        assert (message.body, message.author) == ("Hello **all**", acme.people["hiring_manager"])
        event = Event.objects.get(kind="message.posted")
        assert (event.subject_id, event.payload) == (message.pk, {"workspace": workspace.pk, "files": 0})
        audit = AuditEvent.objects.get(table_name="programs_message", row_id=message.pk)
        assert audit.changes["body"] is None  # that it was said, not what
        news = Notification.objects.get(kind="message")
        assert news.membership == acme.people["freelancer"]
        assert news.title == "Hiring Manager Acme wrote in “Website relaunch”"
        assert "Hello" not in news.title + news.body
        assert news.link == f"/t/acme/portal/workspaces/{workspace.public_id}/"


def test_the_others_are_told_once_an_hour(acme, workspace, guests_may):
    with acme.enter("hiring_manager"):
        for body in ("One", "Two"):
            post_message(workspace=workspace, body=body, actor=acme.actor("hiring_manager"))

        assert told() == ["Freelancer Acme"]
        assert Message.objects.count() == 2


def test_a_guest_whose_access_is_over_hears_nothing(acme, workspace, guests_may_not):
    with acme.enter("hiring_manager"):
        post_message(workspace=workspace, body="Secret", actor=acme.actor("hiring_manager"))

        assert told() == []


def test_a_guest_writes_and_the_employee_is_told(acme, workspace, guests_may):
    with acme.enter("freelancer"):
        post_message(workspace=workspace, body="Done", actor=acme.actor("freelancer"))

        assert told() == ["Hiring Manager Acme"]


def test_an_employee_who_writes_is_in_the_room(acme, workspace):
    with acme.enter("program_manager"):
        post_message(workspace=workspace, body="Hello", actor=acme.actor("program_manager"))

        assert WorkspaceMember.objects.filter(membership=acme.people["program_manager"]).count() == 1


def test_people_who_left_the_company_hear_nothing(acme, workspace, guests_may):
    with acme.enter():
        Membership.objects.filter(pk=acme.people["freelancer"].pk).update(state="ended")
        post_message(workspace=workspace, body="Hello", actor=acme.actor("hiring_manager"))

        assert told() == []


def test_files_hang_on_the_message(acme, workspace):
    with acme.enter("hiring_manager"):
        message = post_message(
            workspace=workspace, body="", files=[note(), note("more.txt")], actor=acme.actor("hiring_manager")
        )

        files = StoredFile.objects.filter(owner_kind="message", owner_id=message.pk).order_by("pk")
        assert [file.name for file in files] == ["notes.txt", "more.txt"]
        assert Event.objects.get(kind="message.posted").payload["files"] == 2


def test_a_refused_file_takes_the_message_with_it(acme, workspace):
    with acme.enter("hiring_manager"):
        with pytest.raises(Refusal):
            post_message(
                workspace=workspace,
                body="Look",
                files=[note(), note("virus.exe", b"MZ")],
                actor=acme.actor("hiring_manager"),
            )

        assert not Message.objects.exists()
        assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("body", "files", "field"),
    [("  ", [], "body"), ("x" * 10_001, [], "body"), ("Look", [note() for _ in range(11)], "files")],
)
def test_empty_endless_and_overloaded_messages_are_refused(acme, workspace, body, files, field):
    with acme.enter(), pytest.raises(Refusal) as refusal:
        post_message(workspace=workspace, body=body, files=files, actor=acme.actor("hiring_manager"))

    assert refusal.value.field == field


def test_nobody_writes_into_an_archived_room(acme, workspace):
    with acme.enter("hiring_manager"):
        stale = type(workspace).objects.get(pk=workspace.pk)
        archive_workspace(workspace=workspace, actor=acme.actor("hiring_manager"))

        with pytest.raises(Refusal, match="archived"):
            post_message(workspace=stale, body="Too late", actor=acme.actor("hiring_manager"))


def test_an_automation_for_nobody_says_nothing(acme, workspace):
    with acme.enter(), pytest.raises(Refusal, match="needs a person"):
        post_message(workspace=workspace, body="Hello", actor=acme.automation())


@pytest.mark.parametrize("role", ["viewer", "owner", "agency"])
def test_others_cannot_write(acme, workspace, role):
    with acme.enter(), pytest.raises(Refused):
        post_message(workspace=workspace, body="Hello", actor=acme.actor(role))

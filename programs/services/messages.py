"""Messages in workspaces: said once, read by exactly the people in the room."""

from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, require
from freelance_hub.services.files import store_upload
from freelance_hub.services.notifications import notify
from programs.models import Message, Workspace, WorkspaceMember
from programs.services.workspaces import link_for, who_can_open

MAX_LENGTH = 10_000  # characters; longer texts are files
MAX_FILES = 10


@transaction.atomic
def post_message(
    *, workspace: Workspace, body: str, files: Sequence["UploadedFile[Any]"] = (), actor: Actor
) -> Message:
    """Say something in a room, with files or without; an employee who writes is in the room from then on.

    `body` is Markdown. Side effects: message and file rows, event `message.posted` with `{workspace, files}`, and the
    others who can open the room are notified, at most once an hour and room; the notification does not quote the text.
    Raises Refused without workspace.take_part, Refusal for an archived room, an empty or too long message, too many
    files or one that the file rules refuse.
    """
    require(actor, Capability.WORKSPACE_TAKE_PART)
    body = body.strip().replace("\r\n", "\n")
    _check(body, files)
    # One writer at a time in a room: the order of ids is the order of time, and nobody writes into a room just archived.
    locked = Workspace.objects.select_for_update(of=("self",)).get(pk=workspace.pk)
    if locked.state != Workspace.State.OPEN:
        raise Refusal(
            "This workspace is archived, nobody can write here.", remedy="Ask an employee in it to reopen it."
        )
    people = Membership.objects.select_related("user")
    author = people.filter(pk=actor.person_id).first() if actor.person_id else None
    if author is None:
        raise Refusal("A message needs a person who says it.")
    message = Message.objects.create(workspace=workspace, author=author, body=body)
    for upload in files:
        store_upload(actor=actor, upload=upload, owner=message)
    if author.kind == Membership.Kind.STAFF:
        WorkspaceMember.objects.get_or_create(workspace=workspace, membership=author, defaults={"added_by": author})
    events.announce("message.posted", message, actor=actor, workspace=workspace.pk, files=len(files))
    _tell_others(workspace, author)
    return message


def _check(body: str, files: Sequence["UploadedFile[Any]"]) -> None:
    if not body and not files:
        raise Refusal("The message is empty.", field="body", remedy="Write something or add a file.")
    if len(body) > MAX_LENGTH:
        raise Refusal(
            f"The message is longer than {MAX_LENGTH:,} characters.", field="body", remedy="Add it as a file."
        )
    if len(files) > MAX_FILES:
        raise Refusal(
            f"A message carries at most {MAX_FILES} files.", field="files", remedy="Send the others in a second one."
        )


def _tell_others(workspace: Workspace, author: Membership) -> None:
    links = WorkspaceMember.objects.filter(workspace=workspace, membership__state=Membership.State.ACTIVE)
    others = [link.membership for link in links.exclude(membership=author).select_related("membership__user")]
    hour = timezone.now().strftime("%Y%m%d%H")
    for person in who_can_open(workspace, others):
        notify(
            membership=person,
            kind="message",
            title=f"{author} wrote in “{workspace.name}”",
            link=link_for(workspace, person),
            dedupe_key=f"workspace:{workspace.pk}:{hour}",
        )

"""What the console's and the portal's workspace pages share: the thread, its fragment, a new message."""

from collections import defaultdict
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.http import HubRequest, is_fragment, redirect_to, show_refusal
from freelance_hub.links import tenant_url
from freelance_hub.lists.keyset import Sort, page_of
from freelance_hub.models import StoredFile
from freelance_hub.permissions import Capability
from freelance_hub.services.files import file_items
from programs.forms import MessageForm
from programs.models import Message, Workspace
from programs.selectors import members_of, workspace_files
from programs.services.messages import post_message

PER_PAGE = 30
SHOWN_FILES = 20
NEWEST_FIRST = Sort("said", "created_at", is_descending=True)


def room_url(workspace: Workspace, actor: Actor) -> str:
    return tenant_url(_route(actor, "workspace_detail"), public_id=workspace.public_id)


def room_page(request: HubRequest, workspace: Workspace, *, template: str, **extra: Any) -> HttpResponse:
    """The whole page, or for HTMX the thread alone: 204 when nothing was said since the message `seen`."""
    if is_fragment(request):
        newest = Message.objects.filter(workspace=workspace).order_by("-created_at", "-pk").values("public_id").first()
        seen = request.GET.get("seen", "")
        if str(newest["public_id"] if newest else "") == seen:
            return _vary(HttpResponse(status=204))
        return _vary(render(request, "programs/_thread.html", thread(request, workspace)))
    return _vary(render(request, template, _whole(request, workspace, MessageForm(), extra)))


def post(request: HubRequest, workspace: Workspace, *, template: str, **extra: Any) -> HttpResponse:
    """A new message: back to the room, or for HTMX an empty composer and the thread with it."""
    form = MessageForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            post_message(workspace=workspace, actor=request.actor, **form.cleaned_data)
        except Refusal as refusal:
            refusal.field = "files" if refusal.field == "file" else refusal.field
            show_refusal(form, refusal)
        else:
            if not is_fragment(request):
                return redirect_to(request, f"{room_url(workspace, request.actor)}#newest")
            form = MessageForm()
    if is_fragment(request):
        context = {**thread(request, workspace), **composer(request, workspace, form), "is_answer": not form.errors}
        return render(request, "programs/_composer.html", context, status=422 if form.errors else 200)
    return render(request, template, _whole(request, workspace, form, extra), status=422)


def composer(request: HubRequest, workspace: Workspace, form: MessageForm) -> dict[str, Any]:
    may_write = workspace.is_open and request.actor.can(Capability.WORKSPACE_TAKE_PART)
    action = tenant_url(_route(request.actor, "workspace_message_create"), public_id=workspace.public_id)
    return {"workspace": workspace, "form": form, "may_write": may_write, "action": action, "is_answer": False}


def thread(request: HubRequest, workspace: Workspace) -> dict[str, Any]:
    """One page of the conversation, oldest first, with the files of each message. Two queries."""
    said = Message.objects.filter(workspace=workspace).select_related("author__user")
    is_post = request.method == "POST"
    after, before = ("", "") if is_post else (request.GET.get("after", ""), request.GET.get("before", ""))
    page = page_of(said, NEWEST_FIRST, after=after, before=before, size=PER_PAGE)
    rows = list(reversed(page.rows))
    by_message: dict[int, list[StoredFile]] = defaultdict(list)
    files = StoredFile.objects.filter(owner_kind="message", owner_id__in=[row.pk for row in rows])
    for file in files.select_related("uploaded_by__user").order_by("pk"):
        by_message[file.owner_id].append(file)
    here = room_url(workspace, request.actor)
    is_newest = not (after or before) or page.is_astray
    seen = str(rows[-1].public_id) if rows and is_newest else ""
    return {
        "workspace": workspace,
        "said": [(row, file_items(by_message[row.pk], request.actor)) for row in rows],
        "me": request.actor.membership_id,
        "older": f"{here}?{urlencode({'after': page.next})}" if page.next else "",
        "newest": "" if is_newest else here,
        "poll": f"{here}?{urlencode({'seen': seen})}" if is_newest and workspace.is_open else "",
    }


def _whole(request: HubRequest, workspace: Workspace, form: MessageForm, extra: dict[str, Any]) -> dict[str, Any]:
    files = list(workspace_files(workspace)[: SHOWN_FILES + 1])
    return {
        **thread(request, workspace),
        **composer(request, workspace, form),
        "members": list(members_of(workspace)),
        "files": file_items(files[:SHOWN_FILES], request.actor),
        "more_files": len(files) > SHOWN_FILES,
        **extra,
    }


def _route(actor: Actor, name: str) -> str:
    return f"portal_{name}" if actor.is_guest else name


def _vary(response: HttpResponse) -> HttpResponse:
    # The same address answers with a page or with a part of it; no cache may take one for the other.
    patch_vary_headers(response, ["HX-Request"])
    return response

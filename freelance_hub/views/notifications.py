"""One's own news, and how one wants to hear of them. The same views serve the console and the portal."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freelance_hub.forms import PreferenceForm
from freelance_hub.http import HubRequest, console, portal, redirect_to
from freelance_hub.links import tenant_url
from freelance_hub.models import Notification, NotificationPreference
from freelance_hub.services import notifications

PER_PAGE = 50


def _list(request: HubRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    mine = Notification.objects.filter(membership=request.membership).order_by("-id")
    if before.isdecimal():
        mine = mine.filter(pk__lt=int(before))
    found = list(mine[: PER_PAGE + 1])
    return render(
        request,
        "hub/notification_list.html",
        {
            "base": "portal.html" if request.actor.is_guest else "console.html",
            "prefix": "portal_" if request.actor.is_guest else "",
            "news": found[:PER_PAGE],
            "older": found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None,
            "unread": any(told.read_at is None for told in found),
        },
    )


def _open(request: HubRequest, public_id: UUID) -> HttpResponse:
    told = get_object_or_404(Notification, membership=request.membership, public_id=public_id)
    notifications.mark_read(membership=request.membership, public_ids=[str(public_id)])
    return redirect_to(request, told.link or tenant_url(_name(request, "notification_list")))


def _read_all(request: HubRequest) -> HttpResponse:
    notifications.mark_read(membership=request.membership)
    return redirect_to(request, tenant_url(_name(request, "notification_list")))


def _preferences(request: HubRequest) -> HttpResponse:
    stored = {p.kind: p for p in NotificationPreference.objects.filter(membership=request.membership)}
    forms = []
    for kind in sorted(notifications.kinds.values(), key=lambda kind: kind.label):
        row = stored.get(kind.key)
        initial = {"in_app": row.in_app if row else True, "mail": row.mail if row else kind.mail}
        forms.append((kind, PreferenceForm(request.POST or None, prefix=kind.key, initial=initial)))
    if request.method == "POST" and all(form.is_valid() for _, form in forms):
        for kind, form in forms:
            notifications.set_preference(membership=request.membership, kind=kind.key, **form.cleaned_data)
        messages.success(request, "Your choices are saved.")
        return redirect_to(request, tenant_url(_name(request, "preferences")))
    base = "portal.html" if request.actor.is_guest else "console.html"
    return render(request, "hub/preferences.html", {"base": base, "forms": forms})


def _name(request: HubRequest, name: str) -> str:
    return f"portal_{name}" if request.actor.is_guest else name


notification_list = require_safe(console(_list))
notification_open = require_POST(console(_open))
notification_read_all = require_POST(console(_read_all))
preferences = require_http_methods(["GET", "HEAD", "POST"])(console(_preferences))
portal_notification_list = require_safe(portal(_list))
portal_notification_open = require_POST(portal(_open))
portal_notification_read_all = require_POST(portal(_read_all))
portal_preferences = require_http_methods(["GET", "HEAD", "POST"])(portal(_preferences))

"""What the link in a mail of an approval opens: what is asked, and the form to answer, without signing in."""

from functools import wraps
from typing import Any

from allauth.core.internal.ratelimit import consume, respond_429
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from freelance_hub.errors import Refusal
from freelance_hub.http import show_refusal
from freelance_hub.tenancy.context import tenant
from freelance_hub.worktime import zone_of
from workflows.forms import DecisionForm
from workflows.services import links

# Pages are opened by people and by scanners of their mail; secrets cannot be guessed, and nobody gets many tries.
RATES = {"look": "60/m/ip", "miss": "20/m/ip"}
DONE = {"approved": "Approved", "rejected": "Rejected", "changes": "Given back for changes"}


def _private(view: Any) -> Any:
    """The address is a secret: no other page learns it, no search engine keeps it.

    Not "no-referrer": browsers would then post the form with `Origin: null`, which the CSRF check refuses.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "strict-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return inner


@_private
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def decide_by_mail(request: HttpRequest, secret: str) -> HttpResponse:
    """GET shows what is asked and never decides: scanners open the links of mails. POST decides."""
    if not _may_try(request, "look"):
        return respond_429(request)
    found = links.find(secret)
    if found is None:
        if not _may_try(request, "miss"):
            return respond_429(request)
        return render(request, "workflows/link_dead.html", status=410)
    form = DecisionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            outcome, comment = form.cleaned_data["outcome"], form.cleaned_data["comment"]
            try:
                links.decide_by_link(found=found, outcome=outcome, comment=comment)
            except Refusal as refusal:
                status = 409 if refusal.field not in form.fields else 422
                show_refusal(form, refusal)
            else:
                return render(request, "workflows/link_done.html", _context(found) | {"done": DONE[outcome]})
    with tenant(found.company), timezone.override(zone_of(found.member, found.company)):
        return render(request, "workflows/link_decide.html", _context(found) | {"form": form}, status=status)


def _context(found: links.Found) -> dict[str, Any]:
    step = found.question.step
    place = {"tenant": found.company.slug, "public_id": step.public_id}
    return {"found": found, "question": found.question, "step_url": reverse("step_detail", kwargs=place)}


def _may_try(request: HttpRequest, action: str) -> bool:
    return bool(consume(request, app="workflows", action=action, config=RATES, limit_get=True))

"""Requests as views see them, and the decorators that say for whom a view is."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership, Tenant, User

P = ParamSpec("P")


class HubRequest(HttpRequest):
    """A signed-in request inside a company. `htmx` is django-htmx's details."""

    user: User
    actor: Actor
    membership: Membership
    tenant: Tenant
    htmx: Any


View = Callable[Concatenate[HubRequest, P], HttpResponseBase]


def _for(*, guest: bool) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def inner(request: HubRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if getattr(request, "actor", None) is None or request.actor.is_guest != guest:
                raise Http404
            return view(request, *args, **kwargs)

        return inner  # type: ignore[return-value]  # wraps() hides the signature

    return decorate


console = _for(guest=False)  # employees only
portal = _for(guest=True)  # guests only


def is_fragment(request: HubRequest) -> bool:
    """Whether HTMX asks for a part of the page (not a boosted page, not a history restore)."""
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request


def back(request: HttpRequest, fallback: str) -> str:
    """The `next` address of the form when it is ours, else the fallback."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return target
    return fallback


class SeeOther(HttpResponseRedirect):
    """After a POST: fetch that address with GET."""

    status_code = 303


def redirect_to(request: HubRequest, url: str) -> HttpResponse:
    """After a POST: a redirect for browsers, an HX-Redirect for HTMX."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return SeeOther(url)


def show_refusal(form: BaseForm, refusal: Refusal) -> None:
    """A service's refusal at the field it names, or above the form when the form has no such field."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


class Refusals:
    """A block in which a service may refuse: the refusal is shown, and what follows the block is the page as it was."""

    def __init__(self, show: Callable[[Refusal], None]) -> None:
        self.show = show

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if not isinstance(error, Refusal):
            return False
        self.show(error)
        return True


def refusals_at(form: BaseForm) -> Refusals:
    """Show them at the form; the view goes on to show the form again."""
    return Refusals(partial(show_refusal, form))


def refusals_told(request: HttpRequest) -> Refusals:
    """Tell them on the next page, where there is no form."""
    return Refusals(lambda refusal: messages.error(request, str(refusal)))

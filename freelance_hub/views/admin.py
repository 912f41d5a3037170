"""Django admin inside a company: /t/<company>/admin/…, for owners."""

from collections.abc import Generator
from contextlib import contextmanager

from django.http import Http404, HttpResponseBase
from django.urls import Resolver404, get_script_prefix, get_urlconf, resolve, set_script_prefix, set_urlconf

from freelance_hub.admin_base import rendered
from freelance_hub.http import HubRequest, console
from freelance_hub.permissions import Capability, require

URLCONF = "freelance_hub.routes.owner_admin"


@contextmanager
def _below(prefix: str) -> Generator[None]:
    """Let `reverse` know only the owners' admin, and put `prefix` in front of its addresses.

    Django's admin makes its addresses without arguments, so the company cannot be one: it becomes part of the prefix, as
    if the admin were mounted there.
    """
    script, urlconf = get_script_prefix(), get_urlconf()
    set_script_prefix(f"{script.rstrip('/')}{prefix}")
    set_urlconf(URLCONF)
    try:
        yield
    finally:
        set_script_prefix(script)
        set_urlconf(urlconf)


@console
def owner_admin(request: HubRequest, rest: str = "") -> HttpResponseBase:
    """Any page of the owners' admin."""
    require(request.actor, Capability.TENANT_MANAGE)
    try:
        match = resolve(f"/admin/{rest}", urlconf=URLCONF)
    except Resolver404 as error:
        raise Http404 from error
    request.resolver_match = match
    with _below(f"/t/{request.tenant.slug}/"):
        return rendered(match.func(request, *match.args, **match.kwargs))

"""Middleware of the platform: health before everything else, and the one place where a request enters a company."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from redis.exceptions import RedisError

from freelance_hub import signin
from freelance_hub.access import actor_for, portal_is_open, who_can_help
from freelance_hub.api import entry
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership, MembershipRole, Tenant
from freelance_hub.permissions import Refused
from freelance_hub.tenancy.context import Context, bind_iter, use
from freelance_hub.views import health as health_views

log = structlog.get_logger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def health(get_response: GetResponse) -> GetResponse:
    """Answer /livez, /readyz and /metrics before host checks, sessions and redirects: probes have none of them."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        view = health_views.PROBES.get(request.path_info)
        return view(request) if view else get_response(request)

    return middleware


class tenancy:  # noqa: N801  named like a function in MIDDLEWARE, a class because Django looks for its hooks
    """Enter the company of /t/<slug>/…, after checking the membership with only the person known.

    Sets `request.membership`, `request.tenant` and `request.actor`. Strangers get 404, people who are not signed in the
    sign-in page. Portal addresses need a guest's membership, all others an employee's. Streaming bodies are pinned to
    the context they were made in. Dates and hours are told in the person's time zone, or the company's.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = str(structlog.contextvars.get_contextvars().get("request_id") or uuid4())
        request.membership = request.tenant = request.actor = None  # type: ignore[attr-defined]
        if request.path_info.startswith(entry.PREFIXES):
            return self._with_token(request, request_id)
        user = request.user
        user_id = user.pk if user.is_authenticated else None
        context = Context(user_id=user_id, request_id=request_id, actor=str(user) if user_id else "")
        with timezone.override(user.time_zone if user.is_authenticated else None), use(context):
            segments = request.path_info.split("/", 4)
            if len(segments) < 4 or segments[1] != "t":
                return self._respond(request)
            if user_id is None:
                return _for_browser(request, redirect_to_login(request.get_full_path(), settings.LOGIN_URL))
            kind = Membership.Kind.GUEST if segments[3] == "portal" else Membership.Kind.STAFF
            return self._in_company(request, slug=segments[2], kind=kind)

    def _with_token(self, request: HttpRequest, request_id: str) -> HttpResponseBase:
        """The API: cookies open nothing; a token brings its company and its person."""
        secret = entry.bearer(request)
        found = entry.find_entry(secret, request_id=request_id) if secret else None
        if found is None:
            with use(Context(request_id=request_id)):
                return self._respond(request)
        structlog.contextvars.bind_contextvars(tenant_id=found.actor.tenant_id)
        request.api_token, request.actor = found.token, found.actor  # type: ignore[attr-defined]
        with found.enter():
            return self._respond(request)

    def _in_company(self, request: HttpRequest, *, slug: str, kind: str) -> HttpResponseBase:
        membership = find_membership(slug=slug, user_id=request.user.pk or 0, kind=kind)
        if membership is None:
            return self._not_found(request)
        tenant = membership.tenant
        context = Context(
            tenant_id=tenant.pk,
            user_id=request.user.pk,
            request_id=structlog.contextvars.get_contextvars().get("request_id") or str(uuid4()),
            actor=str(request.user),
            tenant_slug=tenant.slug,
        )
        structlog.contextvars.bind_contextvars(tenant_id=tenant.pk)
        with timezone.override(zone_for(membership)), use(context):
            load_roles(membership)
            request.membership, request.tenant = membership, tenant  # type: ignore[attr-defined]
            request.actor = actor_for(membership)  # type: ignore[attr-defined]
            if not portal_is_open(request.actor):  # type: ignore[attr-defined]
                return self._not_found(request)
            instead = signin.opened_elsewhere(request, membership) or signin.second_factor_page(request, membership)
            return _for_browser(request, instead) if instead else self._respond(request)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if getattr(response, "streaming", False) and not response.is_async:  # type: ignore[attr-defined]
            response.streaming_content = bind_iter(response.streaming_content)  # type: ignore[attr-defined]
        return response

    @staticmethod
    def _not_found(request: HttpRequest) -> HttpResponse:
        return render(request, "404.html", status=404)

    @staticmethod
    def process_view(
        request: HttpRequest, view: Callable[..., HttpResponseBase], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Views of a company do not take its slug: the request has the company already."""
        if getattr(request, "tenant", None) is not None:
            kwargs.pop("tenant", None)
            return None
        route = request.resolver_match
        return signin.managed_elsewhere(request, route.url_name or "") if route else None

    @staticmethod
    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The pages for a missing right and for a rule that no form has shown."""
        if isinstance(error, Refused):
            helpers = who_can_help(error.capability) if getattr(request, "tenant", None) else []
            return render(request, "403.html", {"capability": error.capability, "helpers": helpers}, status=403)
        if isinstance(error, Refusal):
            return render(request, "409.html", {"refusal": error}, status=409)
        if isinstance(error, RedisError):  # sign-in counts guesses there: closed rather than unguarded
            log.error("broker_down", exc_info=error)
            return render(request, "503.html", status=503)
        return None


def _for_browser(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A redirect that leaves the page also when HTMX asked for a part of it."""
    if getattr(request, "htmx", None) and "Location" in response:
        return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
    return response


def find_membership(*, slug: str, user_id: int, kind: str) -> Membership | None:
    """The active membership of a person in an active company, or None. Needs only the person in the context."""
    return (
        Membership._base_manager.select_related("tenant", "user")
        .filter(
            tenant__slug=slug,
            tenant__state=Tenant.State.ACTIVE,
            user_id=user_id,
            user__is_active=True,
            kind=kind,
            state=Membership.State.ACTIVE,
        )
        .first()
    )


def zone_for(membership: Membership) -> str:
    """The time zone that a person reads in: their own, or that of the company while they have chosen none."""
    own = membership.user.time_zone
    return membership.tenant.time_zone if own == "UTC" else own


def load_roles(membership: Membership) -> None:
    """Fetch roles with their links in one query, inside the company."""
    links = Prefetch("role_links", MembershipRole.objects.select_related("role"))
    prefetch_related_objects([membership], links)


def tenant_or_404(request: HttpRequest) -> Tenant:
    """The company of the request; Http404 outside one."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None:
        raise Http404
    return tenant

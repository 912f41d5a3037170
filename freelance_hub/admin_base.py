"""Django admin in two houses: operators at /admin/ across companies, owners at /t/<company>/admin/ inside their own.

Both read: every change goes through a service, offered as an action or a page of its own. No secret is shown. A model is
offered to owners by the capability that its pages ask for.

    @owners.register(Role)
    class RoleAdmin(ReadOnlyAdmin):
        capability = Capability.PEOPLE_SEE
"""

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from freelance_hub.models import User
from freelance_hub.permissions import Capability
from freelance_hub.signin import ask_second_factor, has_second_factor
from freelance_hub.tenancy.context import Context, current, use
from freelance_hub.tenancy.platform import across_tenants

SECRET = re.compile(r"passw|secret|token_hash|_hash$|sealed|iban|tax_id")
REASON = "operator_reason"  # in the session: why this operator looks across companies
OWN_DOORS = {"login", "logout", "password_change", "password_change_done", "view_on_site"}  # the hub has its own


class HubSite(admin.AdminSite):
    """What both houses share."""

    site_url = None
    enable_nav_sidebar = False
    final_catch_all_view = False

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [route for route in super().get_urls() if getattr(route, "name", None) not in OWN_DOORS]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        min_length=10,
        max_length=300,
        help_text="A sentence that an auditor will understand, such as a ticket and what it asks for.",
    )


class OperatorSite(HubSite):
    """For operators with a second factor, on the database alias `platform`. Each request leaves the reason in the audit log."""

    site_title = site_header = "Freelance Hub operations"
    index_title = "Installation"

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [path("reason/", self.reason, name="reason"), *super().get_urls()]

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def admin_view(  # type: ignore[override]
        self,
        view: Callable[..., HttpResponseBase],
        cacheable: bool = False,  # noqa: FBT001, FBT002  Django's signature
    ) -> Callable[..., HttpResponseBase]:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if instead := self._door(request):
                return instead
            reason = request.session.get(REASON)
            if not reason:
                return redirect(f"{reverse('admin:reason')}?{urlencode({'next': request.get_full_path()})}")
            with across_tenants(reason, actor=operator_name(request)):
                return rendered(inner(request, *args, **kwargs))

        return guarded

    def reason(self, request: HttpRequest) -> HttpResponse:
        """Ask once a session why."""
        if instead := self._door(request):
            return instead
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            request.session[REASON] = form.cleaned_data["reason"]
            target = request.GET.get("next", "")
            ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
            return redirect(target if ours else reverse("admin:index"))
        context = {"form": form, "title": "Why do you look?"}
        return render(request, "admin/reason.html", context, status=422 if form.is_bound else 200)

    def _door(self, request: HttpRequest) -> HttpResponse | None:
        """What is shown to whom may not come in; nobody learns from it that there is something."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not self.has_permission(request):
            raise Http404
        return None if has_second_factor(request) else ask_second_factor(request)


class OwnerSite(HubSite):
    """For owners, in their company's context: row-level security shows them nothing else."""

    site_title = site_header = "Tables"
    index_title = "The company's rows"

    def has_permission(self, request: HttpRequest) -> bool:
        actor = getattr(request, "actor", None)
        return actor is not None and not actor.is_guest and actor.can(Capability.TENANT_MANAGE)


operators = OperatorSite(name="admin")
owners = OwnerSite(name="owners")


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic only in the stubs
    """Every field but the secret ones, to look at. `capability` is what owners need; operators have the whole site."""

    capability = ""
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-pk",)
    actions: Any = None

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        own = [field.name for field in self.model._meta.get_fields() if _is_column(field)]
        return [name for name in own if not SECRET.search(name)]

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        if not self.admin_site.has_permission(request):
            return False
        actor = getattr(request, "actor", None)
        return actor is None or not self.capability or actor.can(self.capability)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Django's own history knows only what its admin did; the audit log knows everything."""
        raise Http404


def _is_column(field: Any) -> bool:
    return bool(field.concrete) and not field.many_to_many


def operator_name(request: HttpRequest) -> str:
    """How the audit log names an operator."""
    return f"{request.user} (operator)"


def rendered(response: HttpResponseBase) -> HttpResponseBase:
    """The response with its template done: outside of the context there are no rows to render."""
    render_now = getattr(response, "render", None)
    if callable(render_now):
        render_now()
    return response


@contextmanager
def as_web(request: HttpRequest) -> Generator[Context]:
    """Out of the platform context: services work as the web role, in the operator's name."""
    user = request.user
    assert isinstance(user, User)
    with use(Context(user_id=user.pk, request_id=current().request_id, actor=operator_name(request))) as context:
        yield context

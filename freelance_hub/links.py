"""Addresses inside the current company."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from freelance_hub.models import Membership
from freelance_hub.tenancy.context import NoTenant, current


def tenant_url(name: str, **kwargs: Any) -> str:
    """The path of a route of the current company, e.g. `tenant_url("requisition_detail", number=318)`.

    Raises NoTenant outside a company and NoReverseMatch for an unknown route.
    """
    slug = kwargs.pop("tenant", None) or current().tenant_slug
    if not slug:
        msg = f"The address of {name} needs a company."
        raise NoTenant(msg)
    return reverse(name, kwargs={"tenant": slug, **kwargs})


def absolute(path: str) -> str:
    """The path with scheme and host, for mails."""
    return f"{settings.PUBLIC_URL}{path}"


def company_home(membership: Membership) -> str:
    """Where a membership starts: the dashboard for employees, the portal for guests."""
    name = "portal_home" if membership.kind == Membership.Kind.GUEST else "dashboard"
    return reverse(name, kwargs={"tenant": membership.tenant.slug})

"""Addresses inside the current company."""

from functools import lru_cache
from typing import Any
from uuid import UUID

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
    if len(kwargs) == 1:
        ((key, value),) = kwargs.items()
        stand_in = _STAND_INS.get(type(value))
        if stand_in is not None:
            before, after = _around(name, slug, key, stand_in, settings.ROOT_URLCONF)
            return f"{before}{value}{after}"
    return reverse(name, kwargs={"tenant": slug, **kwargs})


# A list page makes a hundred addresses that differ in one number; reverse() takes 40 µs for each. These values fit every
# converter of their type and occur in no route.
_STAND_INS: dict[type, Any] = {int: 7_700_770_077, UUID: UUID("00000000-7007-4007-8007-000000000000")}


@lru_cache(maxsize=4096)
def _around(name: str, slug: str, key: str, stand_in: Any, _urlconf: str) -> tuple[str, str]:
    """What stands before and after the value in the address."""
    before, _, after = reverse(name, kwargs={"tenant": slug, key: stand_in}).partition(str(stand_in))
    return before, after


def absolute(path: str) -> str:
    """The path with scheme and host, for mails."""
    return f"{settings.PUBLIC_URL}{path}"


def company_home(membership: Membership) -> str:
    """Where a membership starts: the dashboard for employees, the portal for guests."""
    return home_in(membership.tenant.slug, kind=membership.kind)


def home_in(slug: str, *, kind: str) -> str:
    """Where a membership of that kind starts in the company with that address."""
    return reverse("portal_home" if kind == Membership.Kind.GUEST else "dashboard", kwargs={"tenant": slug})

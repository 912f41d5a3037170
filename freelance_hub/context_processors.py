"""What every page has around it."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch

from freelance_hub import navigation
from freelance_hub.access import Actor
from freelance_hub.links import home_in, tenant_url
from freelance_hub.models import Membership, Tenant
from freelance_hub.selectors import Place, places_of_person

THEMES = {"light", "dark"}
UNREAD_SHOWN = 99  # "99+" says enough, and counting stays cheap


class Frame:
    """Navigation, companies and unread notifications of a page; computed when a template asks. One query at most."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.actor: Actor | None = getattr(request, "actor", None)
        self.membership: Membership | None = getattr(request, "membership", None)
        self.tenant: Tenant | None = getattr(request, "tenant", None)
        self.is_guest = bool(self.actor and self.actor.is_guest)

    @cached_property
    def sections(self) -> list[navigation.Section]:
        return navigation.sections(self.actor, request=self._request) if self.actor else []

    @cached_property
    def tab_bar(self) -> list[navigation.Link]:
        """At most four places; "More" is the fifth."""
        return [link for section in self.sections for link in section.links if link.tab][:4]

    @cached_property
    def rest(self) -> list[navigation.Link]:
        """The places that the tab bar has no room for."""
        return [link for section in self.sections for link in section.links if link not in self.tab_bar]

    @cached_property
    def home(self) -> str:
        return self._to("portal_home" if self.is_guest else "dashboard") or "/"

    @cached_property
    def _places(self) -> list[Place]:
        """The person's companies, this one with what its notifications say."""
        return places_of_person(self.membership, most_unread=UNREAD_SHOWN + 1) if self.membership else []

    @cached_property
    def companies(self) -> list[dict[str, Any]]:
        """The other companies of the person, and this one once more when they are both employee and guest in it."""
        return [
            {
                "name": place.company,
                "role": "as a guest" if place.kind == Membership.Kind.GUEST else "",
                "href": home_in(place.slug, kind=place.kind),
            }
            for place in self._places
            if self.membership and place.membership_id != self.membership.pk
        ]

    @cached_property
    def unread(self) -> int:
        """Unread notifications, counted up to one more than is shown."""
        return sum(place.unread for place in self._places)

    @property
    def unread_text(self) -> str:
        return f"{UNREAD_SHOWN}+" if self.unread > UNREAD_SHOWN else str(self.unread)

    @cached_property
    def search(self) -> str:
        return self._to("portal_search" if self.is_guest else "search")

    @cached_property
    def notifications(self) -> str:
        return self._to("portal_notification_list" if self.is_guest else "notification_list")

    @cached_property
    def preferences(self) -> str:
        return self._to("portal_preferences" if self.is_guest else "preferences")

    def _to(self, name: str) -> str:
        """The address, or nothing outside a company and for a page that does not exist here."""
        if self.tenant is None:
            return ""
        try:
            return tenant_url(name)
        except NoReverseMatch:
            return ""


def shell(request: HttpRequest) -> dict[str, Any]:
    """`frame` for the page around the content, `theme` from the cookie, `debug` for help while developing."""
    theme = request.COOKIES.get("theme", "")
    return {"frame": Frame(request), "theme": theme if theme in THEMES else "", "debug": settings.DEBUG}

"""What stands in the navigation. Apps register their places and commands in `apps.ready()`; the shell shows what one may see."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from django.http import HttpRequest
from django.urls import NoReverseMatch

from freelance_hub.access import Actor
from freelance_hub.links import tenant_url

# Sections of the console in their order; the first has no heading.
SECTIONS = ("", "Delivery", "Money", "Program", "Company")
HOMES = {"dashboard", "portal_home"}


class Shell(StrEnum):
    CONSOLE = "console"  # employees
    PORTAL = "portal"  # guests


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One place in the navigation. `capability` empty: for everyone of the shell. `order` counts within the section.

    `tab` places stand in the tab bar of a phone (the first four by order of sections). `badge` gives a number or None for
    a request; it is called for every page, so it may read a cache but not the database. Who has the capability `unless` has a
    fuller place for the same thing.
    """

    key: str
    label: str
    icon: str
    url_name: str
    section: str = ""
    capability: str = ""
    order: int = 100
    tab: bool = False
    shell: Shell = Shell.CONSOLE
    badge: Callable[[HttpRequest], int | None] | None = None
    unless: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something to do, offered by the search palette: "New requisition"."""

    label: str
    icon: str
    url_name: str
    capability: str = ""
    shell: Shell = Shell.CONSOLE


@dataclass(frozen=True, slots=True)
class Link:
    """A place as a template shows it."""

    key: str
    label: str
    icon: str
    href: str
    tab: bool = False
    badge: int | None = None
    is_current: bool = False


@dataclass(slots=True)
class Section:
    label: str
    links: list[Link] = field(default_factory=list)


_items: dict[tuple[str, str], NavItem] = {}
_commands: dict[tuple[str, str], Command] = {}


def register(*entries: NavItem | Command) -> None:
    """Add places and commands; the same key again replaces the place."""
    for entry in entries:
        if isinstance(entry, Command):
            _commands[entry.shell, entry.url_name] = entry
            continue
        if entry.section not in SECTIONS:
            msg = f"{entry.key}: there is no section {entry.section!r}; use one of {', '.join(SECTIONS[1:])}."
            raise ValueError(msg)
        _items[entry.shell, entry.key] = entry


def registered() -> list[NavItem | Command]:
    """All entries, for tests that follow them."""
    return [*_items.values(), *_commands.values()]


def sections(actor: Actor, *, request: HttpRequest) -> list[Section]:
    """The places that the actor may open, by section, with the current one marked."""
    links = [(item, href) for item in _visible_items(actor) if (href := _href(item.url_name))]
    # "Requisitions" is current on one requisition too; the start page, above them all, only on itself.
    under = [
        href
        for item, href in links
        if request.path == href or (item.url_name not in HOMES and request.path.startswith(href.rstrip("/") + "/"))
    ]
    current = max(under, key=len, default="")
    found = {label: Section(label) for label in SECTIONS}
    for item, href in links:
        badge = item.badge(request) if item.badge else None
        found[item.section].links.append(Link(item.key, item.label, item.icon, href, item.tab, badge, href == current))
    return [section for section in found.values() if section.links]


def commands(actor: Actor) -> list[Link]:
    """What the actor may start, for the search palette."""
    shell = Shell.PORTAL if actor.is_guest else Shell.CONSOLE
    may = (c for c in _commands.values() if c.shell == shell and (not c.capability or actor.can(c.capability)))
    return [Link(c.url_name, c.label, c.icon, href) for c in may if (href := _href(c.url_name))]


def _visible_items(actor: Actor) -> list[NavItem]:
    shell = Shell.PORTAL if actor.is_guest else Shell.CONSOLE
    items = (item for item in _items.values() if item.shell == shell)
    visible = [
        item
        for item in items
        if (not item.capability or actor.can(item.capability)) and not (item.unless and actor.can(item.unless))
    ]
    return sorted(visible, key=lambda item: (SECTIONS.index(item.section), item.order, item.label))


def _href(url_name: str) -> str:
    """The address, or nothing while the page is not routed (a test follows every entry)."""
    try:
        return tenant_url(url_name)
    except NoReverseMatch:
        return ""

"""The search palette's sources: apps register theirs; each returns only what the actor may open."""

from collections.abc import Callable
from dataclasses import dataclass

from freelance_hub import navigation
from freelance_hub.access import Actor

LIMIT = 6  # results of one source


@dataclass(frozen=True, slots=True)
class Result:
    """One hit."""

    icon: str
    label: str
    note: str
    href: str


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one source."""

    label: str
    results: list[Result]


Source = Callable[[Actor, str], list[Result]]
_sources: list[tuple[str, str, bool, Source]] = []


def register(label: str, source: Source, *, capability: str = "", guests: bool = False) -> None:
    """Add a source for employees (or guests) who have `capability`. It gets the text and returns at most LIMIT hits."""
    _sources.append((label, str(capability), guests, source))


def search(actor: Actor, text: str) -> list[Group]:
    """Commands and objects that match; nothing for texts shorter than two characters."""
    text = " ".join(text.split())[:100]
    words = text.lower().split()
    places = [link for section in [*navigation.commands(actor)] for link in [section]]
    commands = [
        Result(link.icon, link.label, "", link.href)
        for link in places
        if all(word in link.label.lower() for word in words)
    ]
    groups = [Group("Do", commands[:LIMIT])] if commands else []
    if len(text) < 2:
        return groups
    for label, capability, guests, source in _sources:
        if guests == actor.is_guest and (not capability or actor.can(capability)):
            found = source(actor, text)[:LIMIT]
            if found:
                groups.append(Group(label, found))
    return groups

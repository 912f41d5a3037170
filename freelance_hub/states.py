"""State machines: a transition is compare-and-set, so a double click or a second worker changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models

from freelance_hub.errors import Refusal

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Transition:
    """From one of `sources` to `target`, by `service`, for whoever has `capability` (empty: only automations)."""

    sources: tuple[str, ...]
    target: str
    service: str
    capability: str = ""


@dataclass(frozen=True)
class Machine:
    """All transitions of one noun. docs/states.md is drawn from these tables."""

    noun: str
    model: str
    transitions: tuple[Transition, ...]


machines: dict[str, Machine] = {}


def machine(noun: str, model: str, *transitions: Transition) -> Machine:
    """Declare the machine of a noun; kept in `machines` for the docs and the tests."""
    declared = Machine(noun, model, transitions)
    machines[noun] = declared
    return declared


def change_state(thing: M, *, source: str | Iterable[str], target: str, field: str = "state", **changes: Any) -> M:
    """Move `thing` from `source` to `target` and write `changes`, if it is still in `source` in the database.

    The instance is updated too. Raises Refusal when it is in another state by now. Side effect: one UPDATE.
    """
    sources = [source] if isinstance(source, str) else list(source)
    manager = type(thing)._default_manager
    moved = manager.filter(pk=thing.pk, **{f"{field}__in": sources}).update(**{field: target}, **changes)
    if moved != 1:
        thing.refresh_from_db(fields=[field])
        word = getattr(thing, f"get_{field}_display")()
        noun = thing._meta.verbose_name
        raise Refusal(
            f"This {noun} is “{word}” by now, so this is no longer possible.",
            remedy="Reload the page to see what happened.",
            code="state_changed",
        )
    for name, value in {field: target, **changes}.items():
        setattr(thing, name, value)
    return thing

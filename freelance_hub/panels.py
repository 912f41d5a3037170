"""Panels: what higher apps add to a page of a lower one, e.g. deliverables in a workspace. Registered in `apps.ready()`.

    panels.register("workspace", "talent/_workspace_deliverables.html", deliverables_panel, order=10)

The page says `{% load panels %}{% panels "workspace" workspace %}`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from freelance_hub.access import Actor

Build = Callable[[Any, Actor], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """One fragment. `build(subject, actor)` makes its context; None leaves it out (nothing to see, or not for this actor)."""

    template: str
    build: Build
    order: int


_panels: dict[str, list[Panel]] = {}


def register(place: str, template: str, build: Build, *, order: int = 100) -> None:
    """Add a panel to a place; the template gets what `build` returns, `request` and `csrf_token`, and nothing else."""
    _panels.setdefault(place, []).append(Panel(template, build, order))
    _panels[place].sort(key=lambda panel: panel.order)


def panels_of(place: str, subject: Any, actor: Actor) -> list[tuple[str, dict[str, Any]]]:
    """Template and context of each panel that has something to show, in their order."""
    built = ((panel.template, panel.build(subject, actor)) for panel in _panels.get(place, ()))
    return [(template, context) for template, context in built if context is not None]

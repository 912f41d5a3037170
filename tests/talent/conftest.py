"""Talent is tested without the floors above it: no approval or checklist of workflows runs, no gate of theirs closes."""

import pytest

from freelance_hub import access, events, gates, panels

BELOW = ("freelance_hub.", "programs.", "talent.", "tests.")


def _is_ours(function):
    return function.__module__.startswith(BELOW)


@pytest.fixture(autouse=True)
def without_higher_floors(monkeypatch):
    listeners = [entry for entry in events._in_transaction if _is_ours(entry[1])]
    deliveries = {name: entry for name, entry in events._deliveries.items() if _is_ours(entry[1])}
    monkeypatch.setattr(events, "_in_transaction", listeners)
    monkeypatch.setattr(events, "_deliveries", deliveries)
    for registry in (gates._checks, access._conditions, access._openings):
        for key, functions in registry.items():
            monkeypatch.setitem(registry, key, [function for function in functions if _is_ours(function)])


@pytest.fixture(autouse=True)
def untracked(settings):
    """allauth writes down when a session was last seen; that is not the page's doing, and it is not counted."""
    settings.USERSESSIONS_TRACK_ACTIVITY = False


@pytest.fixture(autouse=True)
def without_higher_panels(monkeypatch):
    """What workflows adds to a page is counted where it is made."""
    for place, found in panels._panels.items():
        monkeypatch.setitem(panels._panels, place, [panel for panel in found if _is_ours(panel.build)])

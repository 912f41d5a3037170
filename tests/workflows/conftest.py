"""The engine room: a bare company whose engine runs on a stored clock."""

import pytest

from freelance_hub import queue
from freelance_hub.tenancy.context import tenant
from tests.workflows import access_stage, engine_room
from tests.workflows.a_system import plug_in
from workflows.engine import hints as engine_hints
from workflows.engine import transitions


@pytest.fixture
def hints(monkeypatch):
    """The hints that were sent, instead of sending them."""
    sent = []
    monkeypatch.setattr(queue, "send", lambda task, *args, **options: sent.append(task))
    monkeypatch.setattr(engine_hints, "_queued", lambda: 0)  # the broker is everybody's
    return sent


@pytest.fixture
def engine(transactional_db, hints, monkeypatch):
    """Inside a bare company: stored clock, pauses without chance, an empty notebook of calls."""
    monkeypatch.setattr(transitions, "jitter", lambda: 0.5)
    engine_room.calls.clear()
    engine_room.facts.clear()
    with engine_room.stored_clock():
        company = engine_room.make_company()
        with tenant(company):
            yield company


@pytest.fixture
def system(monkeypatch):
    """A system outside, in the place of SCIM."""
    return plug_in(monkeypatch)


@pytest.fixture
def stage(acme, system):
    """Inside Acme: a guest at work, a resource behind a connection and one kept by hand."""
    with acme.enter():
        yield access_stage.set_up(acme, system)

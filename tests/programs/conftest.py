"""A launched program and an open room, and the bait in the other company."""

import pytest
from django.db.models import Q

from freelance_hub import access
from tests.factories.programs import launch, make_workspace


@pytest.fixture
def program(acme):
    return launch(acme)


@pytest.fixture
def workspace(acme, program):
    """A room with the hiring manager and the freelancer in it."""
    return make_workspace(acme, program, "freelancer")


@pytest.fixture
def bait(rival):
    """The same in the other company: a program and a room that must never show."""
    program = launch(rival, name="Rival pilot")
    return make_workspace(rival, program, "freelancer", name="Rival room")


@pytest.fixture
def guests_may(monkeypatch):
    """Stand-in for what higher apps say: every guest's assignment is active."""
    monkeypatch.setitem(access._conditions, "workspace", [lambda _actor: Q()])


@pytest.fixture
def guests_may_not(monkeypatch):
    """Stand-in for what higher apps say: no guest's assignment is active."""
    monkeypatch.setitem(access._conditions, "workspace", [lambda _actor: Q(pk__in=[])])

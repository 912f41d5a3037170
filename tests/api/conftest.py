"""Programs that call the API: with a token of anybody in the two companies."""

import json

import pytest
from django.test import Client

from freelance_hub.services.tokens import create_token
from tests.access.conftest import cache_of_this_test, objects_database, stand  # noqa: F401


class Program(Client):
    """A client that sends JSON and one token; `token` is its row."""

    def __init__(self, secret="", token=None):
        super().__init__(raise_request_exception=False)
        self.token, self.secret = token, secret
        if secret:
            self.defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"

    def send(self, path, body=None, *, method="POST", **headers):
        content = json.dumps({} if body is None else body)
        return self.generic(
            method, f"/api/v1/{path}", content, content_type="application/json", headers=headers or None
        )

    def read(self, path):
        return self.get(f"/api/v1/{path}")


def program_of(company, role="program_manager", *, scopes=None, days=30, kind="person") -> Program:
    """A program with a fresh token of that person, by default with everything they may."""
    with company.enter(role):
        actor = company.actor(role)
        token, secret = create_token(
            membership=company.people[role],
            name=f"Token of {role}",
            kind=kind,
            scopes=actor.capabilities if scopes is None else scopes,
            days=days,
            actor=actor,
        )
    return Program(secret, token)


@pytest.fixture(autouse=True)
def limits_of_this_test(settings):
    """No test eats another's share of requests."""
    settings.CACHES = cache_of_this_test(settings)


@pytest.fixture
def fh(acme) -> Program:
    """The program manager's own script."""
    return program_of(acme)

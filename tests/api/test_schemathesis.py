"""The API against its own document: schemathesis makes requests of it, bad ones too. No 500, no answer undocumented."""

import re

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from freelance_hub.api.throttling import TokenThrottle
from freelance_hub.wsgi import application
from tests.access import matrix
from tests.access.routes import VERBS, all_routes

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CALM = {"deadline": None, "derandomize": True, "database": None, "suppress_health_check": list(HealthCheck)}
ROUTES = {re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{route.path}"): route for route in all_routes() if route.zone == "api"}


@pytest.fixture
def document(stand, settings, monkeypatch):
    # The application closes its connection after each request; the test's own transaction must outlive them.
    for signal in (request_started, request_finished):
        monkeypatch.setattr(signal, "send", lambda *_args, **_kwargs: [])
    settings.ALLOWED_HOSTS = ["localhost"]  # what schemathesis calls an application without a server
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"token": "100000/min", "stranger": "100000/min"})
    config = schemathesis.Config.from_dict({"seed": 1})
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", application, config=config)


def operations():
    """(path, verb) of each; schemathesis's own pytest integration does not know pytest 9 yet."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    return [(path, verb) for path, found in paths.items() for verb in found if verb.upper() in VERBS]


@pytest.mark.parametrize(("path", "verb"), operations())
def test_the_api_keeps_to_its_document(document, stand, path, verb):
    """Each request twice: as it was made, and at an object that is there. As who may most, as who pays, as a guest."""

    @hypothesis_settings(max_examples=4, **CALM)
    @given(document[path][verb].as_strategy())
    def asked(case):
        for who in ("program_manager", "finance", "freelancer"):
            ask(case, who)
        if case.path_parameters:
            route = ROUTES[path]
            at = matrix.ROWS[route.name].at
            real = {name: stand.refs()[at[name]] for name in route.arguments}
            case.path_parameters = {name: int(found) if found.isdecimal() else found for name, found in real.items()}
            for who in ("program_manager", "freelancer"):
                ask(case, who)

    def ask(case, who):
        headers = {"Authorization": f"Bearer {stand.addresses['acme']['tokens'][who]}"}
        with stand.rolled_back():
            case.call_and_validate(headers=headers, checks=CHECKS)

    asked()

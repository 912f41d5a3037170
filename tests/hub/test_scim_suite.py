"""Our SCIM service against scim2-tester, a suite that others wrote."""

import pytest
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server, filling

from freelance_hub.api.throttling import TokenThrottle
from tests.hub.provisioning import token


@pytest.fixture
def own_addresses(monkeypatch):
    """The suite invents mail domains; ours takes only proved ones."""
    invent = filling.generate_random_value

    def value(*args, **kwargs):
        found = invent(*args, **kwargs)
        is_mail = isinstance(found, str) and "@" in found
        return f"{found.partition('@')[0]}@acme.example" if is_mail else found

    monkeypatch.setattr(filling, "generate_random_value", value)


@pytest.fixture
def one_connection():
    """The requests run inside of the test's transaction, as those of Django's own test client do."""
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.mark.filterwarnings("ignore")
def test_suite_finds_nothing_wrong(acme, own_addresses, one_connection, monkeypatch):
    monkeypatch.setitem(TokenThrottle.THROTTLE_RATES, "token", "6000/min")  # it asks faster than any directory
    client = WSGISCIMClient(
        get_wsgi_application(),
        base_url="http://testserver/scim/v2",
        headers={"Authorization": f"Bearer {token(acme)}"},
    )

    results = check_server(client)

    wrong = [f"{one.title}: {one.reason}" for one in results if one.status not in {Status.SUCCESS, Status.SKIPPED}]
    assert wrong == []
    assert sum(one.status == Status.SUCCESS for one in results) > 60

"""The pages of connections, used as an administrator uses them: wrong secrets, missing permissions, last calls."""

import pytest

from freelance_hub.links import tenant_url
from tests.workflows.access_stage import converge
from tests.workflows.fake_graph import CLIENT, DIRECTORY, SECRET, FakeGraph
from tests.workflows.graph_stage import Directory365
from tests.workflows.outside import stand_at
from workflows.models import Connection, ConnectorCall
from workflows.services import connections

FORM = {"name": "Office", "tenant": DIRECTORY, "client_id": CLIENT, "secret": SECRET, "usage_location": "DE"}


@pytest.fixture
def fake(monkeypatch):
    return stand_at(monkeypatch, FakeGraph(), "https://graph.microsoft.com/", "https://login.microsoftonline.com/")


@pytest.fixture
def browser(acme, fake):
    client = acme.client("owner")
    with acme.enter("owner"):
        yield client


def text(answer):
    return answer.content.decode()


def test_right_values_are_tested_saved_and_the_page_shows_the_calls(browser, fake):
    answer = browser.post(tenant_url("connection_create", kind="graph"), FORM, follow=True)

    assert "Office is connected." in text(answer)
    kept = Connection.objects.get()
    assert (kept.state, kept.missing) == ("working", [])
    assert SECRET not in text(answer)
    browser.post(tenant_url("connection_test", public_id=kept.public_id))
    page = text(browser.get(tenant_url("connection_detail", public_id=kept.public_id)))
    assert "GET /v1.0/users" in page
    assert "200" in page
    assert ConnectorCall.objects.filter(connection=kept).exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret": "wrong"}, "refused the application (invalid_client)"),
        ({"tenant": "elsewhere"}, "knows no directory “elsewhere”"),
        ({"secret": ""}, "secret"),
    ],
)
def test_wrong_values_are_told_in_the_form_and_nothing_is_kept(browser, change, words):
    answer = browser.post(tenant_url("connection_create", kind="graph"), {**FORM, **change})

    assert answer.status_code == 422
    assert words in text(answer)
    assert "wrong" not in text(answer).replace("went wrong", "")
    assert not Connection.objects.exists()
    assert not ConnectorCall.objects.exists()


def test_missing_permissions_are_named_at_save_at_test_and_on_the_page(browser, fake):
    fake.roles.remove("User.DeleteRestore.All")

    answer = browser.post(tenant_url("connection_create", kind="graph"), FORM, follow=True)

    assert "is connected, but lacks User.DeleteRestore.All" in text(answer)
    assert "<code>User.DeleteRestore.All</code>" in text(answer)
    here = tenant_url("connection_test", public_id=Connection.objects.get().public_id)
    assert "It answers, but lacks User.DeleteRestore.All" in text(browser.post(here, follow=True))
    fake.roles.append("User.DeleteRestore.All")
    answer = browser.post(here, follow=True)
    assert "It works." in text(answer)
    assert "Permissions are missing" not in text(answer)


def test_new_secret_that_is_wrong_leaves_the_connection_as_it_was(browser):
    browser.post(tenant_url("connection_create", kind="graph"), FORM)
    kept = Connection.objects.get()
    here = tenant_url("connection_edit", public_id=kept.public_id)

    answer = browser.post(here, {**FORM, "name": "Renamed", "secret": "wrong", "is_active": "on"})

    assert answer.status_code == 422
    assert "invalid_client" in text(answer)
    after = Connection.objects.get()
    assert (after.name, after.secret, after.state) == ("Office", kept.secret, "working")


def test_permission_that_only_a_test_saw_stays_on_the_page_after_calls_that_do_not_need_it(acme, fake):
    with acme.enter("owner"):
        office = Directory365(acme, fake)
        fake.roles.remove("TeamMember.Read.All")
        connections.test_connection(connection=office.connection, actor=acme.actor("owner"))
        fake.fail("POST /groups/.*", 503)
        office.give(office.guest(), office.group)
        converge()
        office.pass_time()

        office.settle()

        office.connection.refresh_from_db()
        assert (office.connection.state, office.connection.last_error) == ("working", "")
        assert office.connection.missing == ["TeamMember.Read.All"]

"""Connections: tested before they are kept, their secret sealed and never shown, their calls on record."""

import pytest

from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent
from freelance_hub.permissions import SYSTEM_ROLES, Capability, Refused
from freelance_hub.sealed import SealBroken
from tests.workflows.a_system import GOOD_SECRET
from workflows.models import Connection, ConnectorCall, Resource
from workflows.services import connections

SETTINGS = {"url": "https://scim.example.com/v2", "note": ""}


def connect(company, secret=GOOD_SECRET, **details):
    values = {"kind": "scim", "name": "Directory", "settings": SETTINGS, "secret": secret, **details}
    return connections.create_connection(actor=company.actor("owner"), **values)


def test_what_works_is_kept_with_its_secret_sealed(acme, system):
    with acme.enter():
        kept = connect(acme)

        assert (kept.state, kept.missing, kept.settings) == ("working", [], SETTINGS)
        assert kept.tested_at is not None
        assert GOOD_SECRET not in kept.secret
        assert connections.secret_of(kept) == GOOD_SECRET


def test_a_wrong_secret_is_said_at_save_and_nothing_is_kept(acme, system):
    with acme.enter():
        with pytest.raises(Refusal, match=r"The secret is wrong\. Nothing was saved") as refused:
            connect(acme, secret="open sesame")

        assert refused.value.field == "secret"
        assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("details", "field", "words"),
    [
        ({"secret": " "}, "secret", "needs its secret"),
        ({"name": " "}, "name", "Give the connection a name"),
        ({"kind": "fax"}, "kind", "no such kind"),
        ({"settings": {"url": ""}}, "url", "“Address” is missing"),
        ({"settings": {"url": "http://scim.example.com"}}, "url", "Only https"),
        ({"settings": {"url": "https://me:pw@scim.example.com"}}, "url", "password"),
        ({"settings": {**SETTINGS, "secret": "x"}}, "", "no setting “secret”"),
    ],
)
def test_bad_input_says_what_and_where(acme, system, details, field, words):
    with acme.enter():
        with pytest.raises(Refusal, match=words) as refused:
            connect(acme, **details)

        assert refused.value.field == field
        assert not Connection.objects.exists()


def test_two_connections_cannot_have_one_name(acme, rival, system):
    with rival.enter():
        connect(rival)
    with acme.enter():
        connect(acme)

        with pytest.raises(Refusal, match="Another connection has this name"):
            connect(acme)

        assert Connection.objects.count() == 1


def test_missing_permissions_are_kept_and_named(acme, system):
    system.missing = ("Group.ReadWrite",)
    with acme.enter():
        kept = connect(acme)

        assert (kept.state, kept.missing) == ("failing", ["Group.ReadWrite"])

        system.missing = ()
        connections.test_connection(connection=kept, actor=acme.actor("owner"))

        assert (kept.state, kept.missing) == ("working", [])


@pytest.mark.parametrize("role", sorted(set(SYSTEM_ROLES) - {"owner"}))
def test_only_owners_touch_connections(acme, system, role):
    with acme.enter():
        kept = connect(acme)
        actor = acme.actor(role)

        for act in (
            lambda: connections.create_connection(kind="scim", name="2", settings=SETTINGS, secret="x", actor=actor),
            lambda: connections.change_connection(connection=kept, name="2", settings=SETTINGS, actor=actor),
            lambda: connections.rotate_secret(connection=kept, secret="x", actor=actor),
            lambda: connections.test_connection(connection=kept, actor=actor),
            lambda: connections.remove_connection(connection=kept, actor=actor),
        ):
            with pytest.raises(Refused) as refused:
                act()
            assert refused.value.capability == Capability.CONNECTION_MANAGE
        assert Connection.objects.get().name == "Directory"


def test_a_change_keeps_the_secret_unless_a_new_one_is_typed(acme, system):
    with acme.enter():
        kept = connect(acme)
        sealed = kept.secret

        connections.change_connection(connection=kept, name="Staff", settings=SETTINGS, actor=acme.actor("owner"))
        assert (kept.name, kept.secret) == ("Staff", sealed)

        connections.rotate_secret(connection=kept, secret=GOOD_SECRET, actor=acme.actor("owner"))
        assert kept.secret != sealed


def test_a_new_secret_that_does_not_work_leaves_the_old_one(acme, system):
    with acme.enter():
        kept = connect(acme)

        with pytest.raises(Refusal, match="The secret is wrong"):
            connections.rotate_secret(connection=kept, secret="open sesame", actor=acme.actor("owner"))

        assert connections.secret_of(Connection.objects.get()) == GOOD_SECRET


def test_a_secret_copied_to_another_connection_does_not_open(acme, system):
    with acme.enter():
        first, second = connect(acme), connect(acme, name="Second")
        Connection.objects.filter(pk=second.pk).update(secret=first.secret)
        second.refresh_from_db()

        with pytest.raises(SealBroken):
            connections.secret_of(second)


def test_neither_the_secret_nor_its_seal_is_in_the_audit_log(acme, system):
    with acme.enter():
        kept = connect(acme)

        entries = [
            str(entry.changes)
            for entry in AuditEvent.objects.filter(table_name="workflows_connection", row_id=str(kept.pk))
        ]

        assert entries
        assert not [entry for entry in entries if GOOD_SECRET in entry or kept.secret in entry]


def test_calls_are_kept_without_their_query_and_forgotten_after_thirty_days(acme, system):
    with acme.enter():
        kept = connect(acme)
        connections.test_connection(connection=kept, actor=acme.actor("owner"))

        assert list(ConnectorCall.objects.values_list("method", "path", "status")) == [("GET", "/me", 200)]
        assert connections.forget_calls() == 0

        ConnectorCall.objects.update(at="2020-01-01T00:00Z")
        assert connections.forget_calls() == 1


def test_a_call_that_breaks_is_kept_with_the_name_of_its_error(acme, system):
    with acme.enter():
        kept = connect(acme)

        with pytest.raises(TimeoutError), connections.logged_call(kept, "GET", "/users"):
            raise TimeoutError

        assert list(ConnectorCall.objects.values_list("path", "status", "error")) == [("/users", None, "TimeoutError")]


def test_a_connection_in_use_is_not_removed(acme, system):
    with acme.enter():
        kept = connect(acme)
        Resource.objects.create(name="Team", kind="team", connection=kept, external_id="t1")

        with pytest.raises(Refusal, match="Team is opened through it"):
            connections.remove_connection(connection=kept, actor=acme.actor("owner"))

        Resource.objects.all().delete()
        connections.remove_connection(connection=kept, actor=acme.actor("owner"))
        assert not Connection.objects.exists()

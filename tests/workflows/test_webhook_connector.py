"""Webhooks: signed as the standard says, once for every thing, and honest about what is not done yet."""

import base64
import json

import pytest
import requests
from requests.adapters import BaseAdapter
from standardwebhooks import Webhook, WebhookVerificationError

from tests.workflows.fake_graph import respond
from tests.workflows.outside import ANA, connect, resource, stand_at
from workflows.connectors.base import ConnectorError, NotAllowed, TryLater, connector_for
from workflows.connectors.webhook import callback_address

OLD = "whsec_" + base64.b64encode(b"the old secret, 32 bytes long ...").decode()
NEW = "whsec_" + base64.b64encode(b"the new secret, 32 bytes long ...").decode()
URL = "https://hooks.example.com/access"


class Receiver(BaseAdapter):
    """Verifies with the standard's own library; does a thing once for each id."""

    def __init__(self):
        super().__init__()
        self.secret, self.answers, self.done, self.seen = OLD, [], {}, []

    def send(self, request, **_):
        message = Webhook(self.secret).verify(request.body, dict(request.headers))
        self.seen.append((request.headers["webhook-id"], message))
        status, body, headers = self.answers.pop(0) if self.answers else (200, {}, {})
        if status == 0:
            raise requests.ReadTimeout
        if status < 300:
            self.done.setdefault(request.headers["webhook-id"], message)
        return respond(request, status, body, headers)

    def close(self):
        """Nothing is open."""


@pytest.fixture
def receiver(monkeypatch):
    return stand_at(monkeypatch, Receiver(), "https://hooks.example.com/")


@pytest.fixture
def door(acme, receiver):
    with acme.enter():
        yield resource(connect("webhook", {"url": URL}, OLD), "door-7", kind="badge", name="Door 7")


def hook(door):
    return connector_for(door.connection)


def test_message_says_who_and_what_and_is_signed(door, receiver):
    opened = hook(door).open(door, ANA, account="", key="g1")

    assert (opened.account, opened.is_settled) == (ANA.email, True)
    assert receiver.seen[0][1] == {
        "type": "access.open",
        "data": {
            "key": "g1",
            "person": {"email": ANA.email, "name": ANA.name},
            "account": "",
            "resource": {"id": "door-7", "name": "Door 7", "kind": "badge"},
            "callback": callback_address(door.connection),
        },
    }


def test_every_attempt_of_one_thing_has_one_id_and_other_things_have_others(door, receiver):
    receiver.answers = [(0, {}, {}), (503, {}, {}), (200, {"account": "card-12"}, {})]
    for _ in range(2):
        with pytest.raises(TryLater):
            hook(door).open(door, ANA, account="", key="g1")
    assert hook(door).open(door, ANA, account="", key="g1").account == "card-12"
    hook(door).close(door, ANA, account="card-12", key="g1")
    hook(door).open(door, ANA, account="card-12", key="g2")
    hook(door).leave(ANA, account="card-12", key="g1")

    ids = [message for message, _ in receiver.seen]

    assert ids[0] == ids[1] == ids[2]
    assert len({*ids}) == 4
    assert [said["type"] for said in receiver.done.values()] == [
        "access.open",
        "access.close",
        "access.open",
        "access.leave",
    ]


def test_what_is_accepted_but_not_done_is_not_called_done(door, receiver):
    receiver.answers = [(202, {}, {}), (202, {}, {"Retry-After": "30"})]

    assert not hook(door).open(door, ANA, account="", key="g1").is_settled
    with pytest.raises(TryLater, match="not closed") as told:
        hook(door).close(door, ANA, account="", key="g1")
    assert told.value.seconds is None  # this one waits, not the whole connection
    hook(door).close(door, ANA, account="", key="g1")


def test_secret_is_changed_without_a_gap(acme, receiver):
    with acme.enter():
        both = connect("webhook", {"url": URL}, f"{NEW}\n{OLD}")
        for secret in (OLD, NEW):
            receiver.secret = secret
            assert connector_for(both).test().is_working
        alone = connect("webhook", {"url": URL}, NEW, name="alone")
        receiver.secret = OLD
        with pytest.raises(WebhookVerificationError):
            connector_for(alone).test()


@pytest.mark.parametrize("secret", ["plain", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", " "])
def test_secret_that_is_none_is_told(acme, receiver, secret):
    with acme.enter():
        looked = connector_for(connect("webhook", {"url": URL}, secret)).test()

    assert not looked.is_working
    assert "secret" in looked.error
    assert secret.strip() not in looked.error or not secret.strip() or secret == "whsec_"
    assert receiver.seen == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, TryLater),
        (500, TryLater),
        (401, NotAllowed),
        (403, NotAllowed),
        (404, ConnectorError),
        (410, ConnectorError),
    ],
)
def test_answer_that_says_no_is_told_apart(door, receiver, status, kind):
    receiver.answers = [(status, {}, {})]

    with pytest.raises(ConnectorError) as told:
        hook(door).open(door, ANA, account="", key="g1")

    assert type(told.value) is kind


def test_nobody_can_ask_who_is_inside(door):
    assert not hook(door).can_list
    with pytest.raises(ConnectorError):
        hook(door).members(door)


def test_address_inside_is_not_called(acme):
    with acme.enter():
        looked = connector_for(connect("webhook", {"url": "https://127.0.0.1/"}, OLD)).test()

    assert (looked.is_working, looked.error) == (False, "127.0.0.1 was not called: The address is not public.")


def test_body_is_the_bytes_that_were_signed(door, receiver, monkeypatch):
    """A change on the way, or another time, breaks the signature."""
    sent = {}
    monkeypatch.setattr(
        receiver, "send", lambda request, **_: sent.update(request=request) or respond(request, 200, {}, {})
    )
    hook(door).open(door, ANA, account="", key="g1")
    request = sent["request"]

    assert Webhook(OLD).verify(request.body, dict(request.headers)) == json.loads(request.body)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(request.body.replace(b"g1", b"g2"), dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(request.body, {**request.headers, "webhook-id": "msg_other"})

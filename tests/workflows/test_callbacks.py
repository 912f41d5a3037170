"""Receivers of webhooks call back: signed, in time, once; until then the access waits for them, and nobody else is believed."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from requests.adapters import BaseAdapter
from standardwebhooks import Webhook

from freelance_hub.links import tenant_url
from freelance_hub.models import Event, Notification
from tests.factories.talent import guest_freelancer, hire
from tests.workflows.access_stage import S, Stage, converge, tell
from tests.workflows.fake_graph import respond
from tests.workflows.outside import connect, resource, stand_at
from workflows.models import AccessGrant, ConnectorCall

SECRET = "whsec_" + base64.b64encode(b"our secret with 32 bytes, or so..").decode()
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes, or so").decode()


class Receiver(BaseAdapter):
    """Accepts everything, does nothing at once, and promises to call back."""

    def __init__(self):
        super().__init__()
        self.seen, self.answer = [], (202, {"callback": True})

    def send(self, request, **_):
        self.seen.append(json.loads(request.body))
        return respond(request, *self.answer, {})

    def close(self):
        """Nothing is open."""


@pytest.fixture
def receiver(monkeypatch):
    return stand_at(monkeypatch, Receiver(), "https://hooks.example.com/")


@pytest.fixture
def door(acme, receiver):
    """Inside Acme: an assignment at work and a door that the receiver opens."""
    with acme.enter():
        connection = connect("webhook", {"url": "https://hooks.example.com/access"}, SECRET)
        type(connection).objects.update(state="working")  # it was tested when it was made
        badge = resource(connection, "door-7", kind="badge", name="Door 7")
        yield Stage(acme, receiver, connection, hire(acme, freelancer=guest_freelancer(acme)), badge, badge)


def post(address, body, *, secret=SECRET, message="", at=None, headers=None):
    """A message as the standard's own library signs it."""
    text, message = json.dumps(body), message or f"msg_{uuid.uuid4().hex}"
    at = at or datetime.now(UTC)
    signed = {
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message, at, text),
    }
    client = Client(raise_request_exception=False)
    return client.post(address, text, content_type="application/json", headers=signed | (headers or {}))


def call_back(door, kind, *, key="", details=None, **more):
    """To the address that the receiver was given with its last message."""
    asked = door.system.seen[-1]["data"]
    address = asked["callback"].partition("//")[2].partition("/")[2]
    return post(f"/{address}", {"type": kind, "data": {"key": key or asked["key"], **(details or {})}}, **more)


def waiting(door):
    """An access that the receiver has accepted to open."""
    grant = door.give(door.team)
    converge()
    tell(grant)
    return grant


def test_accepted_is_not_open_and_the_page_says_for_whom_it_waits(door):
    grant = waiting(door)

    assert (tell(grant), grant.awaits, grant.awaited_since is None) == ((S.PENDING, True), "open", False)
    page = door.company.client("owner").get(tenant_url("grant_detail", public_id=grant.public_id)).content.decode()
    assert "It waits for the receiver: webhook has accepted to open it" in page
    converge()
    assert len(door.system.seen) == 1  # who calls back is not asked each minute


def test_opened_and_closed_by_callback(door):
    grant = waiting(door)

    answer = call_back(door, "access.opened", details={"account": "card-12"})
    assert (answer.status_code, answer.json()) == (200, {"status": "done"})
    assert (tell(grant), grant.account, grant.awaits) == ((S.ACTIVE, True), "card-12", "")
    assert Event.objects.filter(kind="access.granted", subject_id=grant.pk).count() == 1

    door.end()
    converge()
    assert (tell(grant), grant.awaits) == ((S.ACTIVE, True), "close")
    door.system.answer = (200, {})
    assert call_back(door, "access.closed").json() == {"status": "done"}
    converge()

    assert (tell(grant), grant.revoked_how) == ((S.REVOKED, False), "connector")
    assert [one["type"] for one in door.system.seen] == ["access.open", "access.close", "access.leave"]


def test_message_that_comes_twice_is_done_once(door):
    grant = waiting(door)

    answers = [call_back(door, "access.opened", message="msg_1").json()["status"] for _ in range(3)]

    assert answers == ["done", "known", "known"]
    assert call_back(door, "access.opened", message="msg_2").json() == {"status": "over"}
    assert tell(grant) == (S.ACTIVE, True)
    assert Event.objects.filter(kind="access.granted").count() == 1
    assert ConnectorCall.objects.filter(method="CALLBACK").count() == 2


def test_failure_is_told_and_the_receiver_is_asked_again(door):
    grant = waiting(door)

    call_back(door, "access.failed", details={"detail": "No card is left."})

    assert tell(grant) == (S.PENDING, True)
    assert (grant.awaits, grant.last_error) == ("", "webhook says: No card is left.")
    AccessGrant.objects.update(try_at=None)
    door.system.answer = (200, {})
    converge()
    assert (tell(grant), grant.last_error) == ((S.ACTIVE, True), "")


def test_old_failure_does_not_hold_up_the_closing(door):
    grant = waiting(door)
    key = door.system.seen[-1]["data"]["key"]
    door.end()

    assert call_back(door, "access.failed", key=key).json() == {"status": "over"}
    assert tell(grant)[0] == S.PENDING
    assert grant.try_at is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": OTHER},
        {"off": timedelta(minutes=-6)},
        {"off": timedelta(minutes=6)},
        {"headers": {"webhook-signature": "v1,bm8="}},
        {"headers": {"webhook-signature": ""}},
        {"headers": {"webhook-id": "msg_other"}},
        {"headers": {"webhook-timestamp": "soon"}},
    ],
)
def test_what_is_not_signed_in_time_by_the_receiver_is_401_and_nothing_is_written(door, wrong):
    grant = waiting(door)
    calls = ConnectorCall.objects.count()

    signed = {"at": datetime.now(UTC) + wrong["off"]} if "off" in wrong else wrong
    answer = call_back(door, "access.opened", **signed)

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["title"] == "Not signed"
    assert tell(grant) == (S.PENDING, True)
    assert ConnectorCall.objects.count() == calls


def test_address_of_nobody_answers_as_a_bad_signature_does(door, rival):
    waiting(door)
    body = {"type": "access.opened", "data": {"key": door.system.seen[-1]["data"]["key"]}}
    bad = call_back(door, "access.opened", secret=OTHER).json()
    for company, connection in (
        ("nobody", door.connection.public_id),
        ("acme", uuid.uuid4()),
        ("rival", door.connection.public_id),
    ):
        answer = post(reverse("access_callback", kwargs={"company": company, "public_id": connection}), body)
        assert (answer.status_code, answer.json()) == (401, bad)


def test_receiver_of_one_connection_says_nothing_about_another(door):
    grant = waiting(door)
    key = door.system.seen[-1]["data"]["key"]
    other = connect("webhook", {"url": "https://hooks.example.com/2"}, OTHER, name="Second")
    address = reverse("access_callback", kwargs={"company": "acme", "public_id": other.public_id})

    answer = post(address, {"type": "access.opened", "data": {"key": key}}, secret=OTHER)

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert tell(grant) == (S.PENDING, True)
    assert not ConnectorCall.objects.filter(method="CALLBACK").exists()


@pytest.mark.parametrize(
    "body",
    [[], {}, {"type": "access.opened"}, {"type": "ping", "data": {}}, {"type": "access.opened", "data": {"key": "x"}}],
)
def test_message_that_says_nothing_is_told(door, body):
    waiting(door)
    address = reverse("access_callback", kwargs={"company": "acme", "public_id": door.connection.public_id})

    assert post(address, body).status_code == 422


def test_answer_to_another_message_is_refused(door):
    grant = waiting(door)

    assert call_back(door, "access.closed").status_code == 422
    assert tell(grant) == (S.PENDING, True)


def test_both_secrets_are_good_while_one_is_changed(door, acme):
    grant = waiting(door)
    both = connect("webhook", {"url": "https://hooks.example.com/3"}, f"{OTHER} {SECRET}", name="Both")
    type(door.connection).objects.filter(pk=door.connection.pk).update(public_id=uuid.uuid4())
    type(door.connection).objects.filter(pk=both.pk).update(is_active=True)
    grant.resource.connection = both
    grant.resource.save(update_fields=["connection"])
    address = reverse("access_callback", kwargs={"company": "acme", "public_id": both.public_id})
    body = {"type": "access.opened", "data": {"key": door.system.seen[-1]["data"]["key"]}}

    assert [post(address, body, secret=secret).status_code for secret in (OTHER, SECRET)] == [200, 200]


@pytest.mark.parametrize(("minutes", "told"), [(59, 0), (61, 1)])
def test_receiver_that_is_silent_for_an_hour_is_an_alarm(door, minutes, told):
    waiting(door)
    AccessGrant.objects.update(awaited_since=timezone.now() - timedelta(minutes=minutes))

    converge()
    converge()

    found = Notification.objects.filter(kind="access.overdue", membership=door.company.people["owner"])
    assert found.count() == told
    assert not told or found.get().title.startswith("Not open yet: Door 7")


def test_receiver_that_only_says_later_is_asked_each_minute_and_keeps_its_first_moment(door):
    door.system.answer = (202, {})
    grant = waiting(door)
    first = grant.awaited_since
    AccessGrant.objects.update(try_at=None)

    converge()

    assert len(door.system.seen) == 2
    assert (tell(grant), grant.awaited_since) == ((S.PENDING, True), first)

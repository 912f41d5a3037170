"""A service that speaks SCIM: people are found or made, put into groups and switched off, whatever the service's habits."""

import json
import re
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter

from tests.workflows.fake_graph import respond
from tests.workflows.outside import ANA, connect, resource, stand_at
from workflows.connectors.base import ConnectorError, NotAllowed, Person, TryLater, connector_for

BASE = "https://git.example.com/scim/v2"


class Service(BaseAdapter):
    """A SCIM service in memory. `faults`: statuses of the next calls, 0 for no answer after the effect."""

    def __init__(self):
        super().__init__()
        self.users, self.groups, self.faults, self.calls = {}, {"7": []}, [], []
        self.names, self.foreign = {"7": "Design"}, {"7": "ext-7"}  # displayName and externalId of groups
        self.can_patch, self.knows_mail, self.page = True, True, 2
        self.finds_groups = True

    def send(self, request, **_):
        path = unquote(urlsplit(request.url).path.removeprefix("/scim/v2"))
        self.calls.append(f"{request.method} {path}")
        if request.headers["Authorization"] != "Bearer good":
            return respond(request, 401, {}, {})
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            return respond(request, fault, {}, {"Retry-After": "4"})
        body = json.loads(request.body) if request.body else {}
        answer = self.answer(request.method, path, dict(parse_qsl(urlsplit(request.url).query)), body)
        if fault == 0:
            raise requests.ReadTimeout
        return respond(request, answer[0], answer[1], {})

    def close(self):
        """Nothing is open."""

    def answer(self, method, path, query, body):
        if path == "/ServiceProviderConfig":
            return 200, {"patch": {"supported": self.can_patch}}
        if path == "/Users":
            return self.make(body) if method == "POST" else self.list(query)
        if path == "/Groups":
            return self.list_groups(query)
        kind, name = path.strip("/").split("/")
        known = self.users if kind == "Users" else self.groups
        if name not in known:
            return 404, {"status": "404"}
        if method == "PATCH":
            (change,) = body["Operations"]
            self.change_user(name, change) if kind == "Users" else self.change_group(name, change)
            return 204, None
        return 200, self.users[name] if kind == "Users" else {
            "id": name,
            "members": [{"value": u} for u in self.groups[name]],
        }

    def make(self, body):
        if any(user["userName"] == body["userName"] for user in self.users.values()):
            return 409, {"scimType": "uniqueness"}
        user = {**body, "id": str(len(self.users) + 1)}
        self.users[user["id"]] = user
        return 201, user

    def list(self, query):
        found = list(self.users.values())
        asked = re.fullmatch(r'(\S+) eq "(.*)"', query.get("filter", ""))
        if asked and asked[1] == "emails.value" and not self.knows_mail:
            return 400, {"scimType": "invalidFilter"}
        if asked:
            wanted = asked[2].replace('\\"', '"').replace("\\\\", "\\")
            names = [user["userName"] for user in found]
            mails = [[mail["value"] for mail in user.get("emails", [])] for user in found]
            hits = [n == wanted for n in names] if asked[1] == "userName" else [wanted in m for m in mails]
            found = [user for user, is_hit in zip(found, hits, strict=True) if is_hit]
        start = int(query.get("startIndex", 1)) - 1
        return 200, {"totalResults": len(found), "Resources": found[start : start + self.page]}

    def list_groups(self, query):
        if not self.finds_groups:
            return 400, {"scimType": "invalidFilter"}
        attribute, wanted = re.fullmatch(r'(\S+) eq "(.*)"', query["filter"]).groups()
        known = self.names if attribute == "displayName" else self.foreign
        found = [{"id": group} for group in self.groups if known.get(group) == wanted]
        return 200, {"totalResults": len(found), "Resources": found}

    def change_user(self, user, change):
        assert change["path"] == "active"
        self.users[user]["active"] = change["value"]

    def change_group(self, group, change):
        if change["op"] == "add":
            self.groups[group] += [one["value"] for one in change["value"]]
        else:
            self.groups[group].remove(re.fullmatch(r'members\[value eq "(.*)"\]', change["path"])[1])


@pytest.fixture
def service(monkeypatch):
    return stand_at(monkeypatch, Service(), "https://git.example.com/")


@pytest.fixture
def group(acme, service):
    with acme.enter():
        yield resource(connect("scim", {"url": f"{BASE}/"}, "good"), "7", kind="repository")


def scim(group):
    return connector_for(group.connection)


def test_person_is_made_once_and_put_into_the_group_once(group, service):
    first = scim(group).open(group, ANA, account="", key="g1")
    again = scim(group).open(group, ANA, account=first.account, key="g1")
    unknown = scim(group).open(group, ANA, account="", key="g1")

    assert first == again == unknown
    assert [user["userName"] for user in service.users.values()] == [ANA.email]
    assert service.users[first.account]["name"] == {"formatted": "Ana Ruiz", "givenName": "Ana", "familyName": "Ruiz"}
    assert service.groups == {"7": [first.account]}
    assert [one.id for one in scim(group).members(group)] == [first.account]


def test_person_who_is_known_by_mail_is_not_made_again(group, service):
    service.make({"userName": "aruiz", "emails": [{"value": ANA.email}], "active": True})

    assert scim(group).open(group, ANA, account="", key="g1").account == "1"
    assert len(service.users) == 1


def test_service_that_cannot_look_for_mail_is_fine(group, service):
    service.knows_mail = False

    assert scim(group).open(group, ANA, account="", key="g1").account == "1"


def test_closing_and_leaving_twice_is_fine_and_switches_off_only_ours(group, service):
    ours = scim(group).open(group, ANA, account="", key="g1").account
    service.make({"userName": "bo@free.example", "active": True})
    bo = Person("bo@free.example", "Bo")
    theirs = scim(group).open(group, bo, account="", key="g2").account

    for _ in range(2):
        for person, account in ((ANA, ours), (bo, theirs)):
            scim(group).close(group, person, account=account, key="g")
            scim(group).leave(person, account=account, key="g")
    scim(group).close(group, Person("nobody@free.example", ""), account="", key="g")

    assert service.groups == {"7": []}
    assert {user["userName"]: user["active"] for user in service.users.values()} == {
        ANA.email: False,
        "bo@free.example": True,
    }


def test_account_of_ours_is_switched_on_again_and_others_are_not(group, service):
    ours = scim(group).open(group, ANA, account="", key="g1").account
    scim(group).leave(ANA, account=ours, key="g1")
    assert scim(group).open(group, ANA, account="", key="g2").account == ours
    assert service.users[ours]["active"] is True

    service.make({"userName": "bo@free.example", "active": False})
    with pytest.raises(ConnectorError, match="switched off in the service"):
        scim(group).open(group, Person("bo@free.example", "Bo"), account="", key="g3")


def test_account_itself_can_be_the_resource(group, service):
    everybody = resource(group.connection, "users", kind="other")
    for n in range(5):
        service.make({"userName": f"p{n}@acme.example", "active": n != 3})

    account = scim(group).open(everybody, ANA, account="", key="g1").account
    assert [one.email for one in scim(group).members(everybody)] == [
        *(f"p{n}@acme.example" for n in (0, 1, 2, 4)),
        ANA.email,
    ]
    for _ in range(2):
        scim(group).close(everybody, ANA, account=account, key="g1")

    assert service.users[account]["active"] is False


@pytest.mark.parametrize("fault", [429, 503, 0])
@pytest.mark.parametrize("call", range(6))
def test_fault_at_any_call_is_over_when_asked_again(group, service, fault, call):
    service.faults = [None] * call + [fault]

    for _ in range(3):
        try:
            account = scim(group).open(group, ANA, account="", key="g1").account
        except TryLater:
            continue

    assert service.groups == {"7": [account]}
    assert len(service.users) == 1


def test_quote_in_an_address_stays_in_its_place(group, service):
    person = Person('a"b\\c@free.example', "A")

    assert scim(group).open(group, person, account="", key="g1") == scim(group).open(
        group, person, account="", key="g1"
    )


@pytest.mark.parametrize("name", ["Design", "ext-7"])
def test_group_is_found_by_its_name_and_by_its_external_id(group, service, name):
    named = resource(group.connection, name, kind="group")

    account = scim(group).open(named, ANA, account="", key="g1").account
    assert service.groups == {"7": [account]}
    assert [one.id for one in scim(group).members(named)] == [account]
    scim(group).close(named, ANA, account=account, key="g1")

    assert service.groups == {"7": []}
    assert "PATCH /Groups/7" in service.calls


def test_name_that_two_groups_bear_opens_neither(group, service):
    service.groups["8"], service.names["8"] = [], "Design"

    with pytest.raises(ConnectorError, match="2 groups called Design"):
        scim(group).open(resource(group.connection, "Design", kind="group"), ANA, account="", key="g1")
    assert service.groups == {"7": [], "8": []}


@pytest.mark.parametrize("finds", [True, False])
def test_group_that_nobody_knows_by_name_is_told(group, service, finds):
    service.finds_groups = finds

    with pytest.raises(ConnectorError, match="knows no group Nowhere"):
        scim(group).open(resource(group.connection, "Nowhere", kind="group"), ANA, account="", key="g1")


def test_group_that_is_not_there_is_told(group, service):
    service.groups.clear()

    with pytest.raises(ConnectorError, match="knows no group 7"):
        scim(group).open(group, ANA, account="", key="g1")


def test_look_tells_what_is_wrong(group, service, acme):
    assert scim(group).test().is_working
    service.can_patch = False
    assert "PATCH" in scim(group).test().error
    wrong = connect("scim", {"url": BASE}, "bad", name="wrong")
    looked = connector_for(wrong).test()

    assert (looked.is_working, "credentials" in looked.error, "bad" in looked.error) == (False, True, False)
    with pytest.raises(NotAllowed):
        connector_for(wrong).members(group)

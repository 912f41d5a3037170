"""A company's directory keeps its employees here: they join, change, are held back and leave, and nobody else's do."""

import pytest

from freelance_hub.models import DirectoryPerson, Event, Membership, User
from freelance_hub.services.directory import ENTERPRISE
from tests.hub.provisioning import PATCH, USER, Directory, token

State = Membership.State


@pytest.fixture
def entra(acme):
    return Directory(acme)


def member(company, person):
    with company.enter():
        return Membership.objects.select_related("user", "manager").get(public_id=person)


def roles(company, person):
    with company.enter():
        return sorted(member(company, person).roles.values_list("key", flat=True))


def kinds(company, person):
    with company.enter():
        pk = Membership.objects.get(public_id=person).pk
        found = Event.objects.filter(subject_type="hub.membership", subject_id=pk).order_by("pk")
        return [kind for kind in found.values_list("kind", flat=True) if kind != "membership.provisioned"]


def test_new_person_joins_without_rights_and_is_found(acme, entra):
    answer = entra.add()

    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/scim+json"
    said = answer.json()
    assert answer["Location"] == said["meta"]["location"] == f"http://testserver/scim/v2/Users/{said['id']}"
    assert (said["userName"], said["externalId"], said["active"]) == ("nora@acme.example", "ext-nora", True)
    new = member(acme, said["id"])
    assert (new.user.email, new.user.name, new.kind, new.state) == ("nora@acme.example", "Nora New", "staff", "active")
    assert not new.user.has_usable_password()
    assert roles(acme, said["id"]) == []
    assert kinds(acme, said["id"]) == ["membership.joined"]


@pytest.mark.parametrize(
    "condition",
    [
        'userName eq "NORA@acme.example"',
        'externalId eq "ext-nora"',
        'emails[type eq "work"].value eq "nora@acme.example"',
        'emails.value eq "nora@acme.example"',
        'displayName eq "Nora New"',
        'userName eq "nora@acme.example" and active eq true',
        f'{USER}:userName eq "nora@acme.example"',
    ],
)
def test_person_is_found_as_directories_ask(entra, condition):
    person = entra.add().json()["id"]

    found = entra.find(condition)

    assert [one["id"] for one in found["Resources"]] == [person]
    assert found["totalResults"] == 1


def test_nobody_found_is_an_empty_list(entra):
    answer = entra.ask("GET", '/Users?filter=userName eq "nobody@acme.example"')

    assert answer.status_code == 200
    assert (answer.json()["totalResults"], answer.json()["Resources"]) == (0, [])


@pytest.mark.parametrize(
    "condition",
    [
        'userName sw "a"',
        "userName eq",
        'userName eq "a" or active eq true',
        "(",
        'password eq "x"',
        'emails[type eq "a"',
        "x" * 3000,
    ],
)
def test_filter_that_is_not_understood_is_told(entra, condition):
    answer = entra.ask("GET", f"/Users?filter={condition}")

    assert (answer.status_code, answer.json()["scimType"], answer.json()["status"]) == (400, "invalidFilter", "400")


def test_pages_are_counted_from_one(acme, entra):
    with acme.enter():
        everybody = Membership.objects.filter(kind="staff").order_by("pk").values_list("public_id", flat=True)
        everybody = [str(one) for one in everybody]

    pages = [entra.ask("GET", f"/Users?startIndex={start}&count=3").json() for start in (1, 4, 7, 99)]

    assert [one["id"] for page in pages for one in page["Resources"]] == everybody
    assert [page["totalResults"] for page in pages] == [len(everybody)] * 4
    assert entra.ask("GET", "/Users?count=0").json()["Resources"] == []


@pytest.mark.parametrize("false", [False, "False", "false"])
@pytest.mark.parametrize("shape", ["path", "whole"])
def test_leaver_is_held_back_at_once_and_comes_back(acme, entra, false, shape):
    person = str(acme.people["hiring_manager"].public_id)
    browser = acme.client("hiring_manager")
    assert browser.get("/t/acme/programs/").status_code == 200
    replace = {"op": "Replace", "path": "active", "value": false} if shape == "path" else None

    answer = entra.patch(person, replace or {"op": "Replace", "value": {"active": false}})

    assert (answer.status_code, answer.json()["active"]) == (200, False)
    assert member(acme, person).state == State.SUSPENDED
    assert browser.get("/t/acme/programs/").status_code == 404
    entra.patch(person, {"op": "Replace", "path": "active", "value": "True"})
    assert member(acme, person).state == State.ACTIVE
    assert roles(acme, person) == ["hiring_manager"]
    assert kinds(acme, person)[-3:] == ["membership.suspended", "membership.deactivated", "membership.resumed"]


def test_deleted_person_leaves_and_their_work_can_be_handed_over(acme, entra):
    person = str(acme.people["hiring_manager"].public_id)

    assert entra.ask("DELETE", f"/Users/{person}").status_code == 204

    assert member(acme, person).state == State.ENDED
    assert kinds(acme, person)[-1] == "membership.ended"
    for method in ("GET", "DELETE"):
        answer = entra.ask(method, f"/Users/{person}")
        assert (answer.status_code, answer.json()["status"]) == (404, "404")


def test_person_who_left_comes_back_as_the_same_without_the_rights_of_before(acme, entra):
    first = entra.add(roles=[{"value": "finance"}]).json()["id"]
    assert roles(acme, first) == ["finance"]
    entra.ask("DELETE", f"/Users/{first}")

    again = entra.add().json()["id"]

    assert again == first
    assert roles(acme, first) == []


def test_second_of_the_same_name_is_told(acme, entra):
    entra.add()

    for answer in (entra.add(), entra.add("finance")):
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    with acme.enter():
        assert DirectoryPerson.objects.count() == 1


def test_last_owner_stays(acme, entra):
    person = str(acme.people["owner"].public_id)

    for answer in (
        entra.ask("DELETE", f"/Users/{person}"),
        entra.patch(person, {"op": "replace", "path": "active", "value": False}),
    ):
        assert answer.status_code == 409
        assert "last owner" in answer.json()["detail"]
    assert member(acme, person).state == State.ACTIVE


def test_owner_whose_token_it_is_may_leave_when_another_owner_is_there(acme, entra):
    acme.add("second_owner", "owner")
    person = str(acme.people["owner"].public_id)

    assert entra.ask("DELETE", f"/Users/{person}").status_code == 204

    assert member(acme, person).state == State.ENDED
    assert entra.ask("GET", "/Users").status_code == 401  # the token left too


@pytest.mark.parametrize("role", ["owner", "freelancer", "nonsense"])
def test_role_that_administers_is_not_given(acme, entra, role):
    person = entra.add().json()["id"]

    answer = entra.patch(person, {"op": "Add", "path": "roles", "value": [{"value": role}]})

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert roles(acme, person) == []
    assert entra.add("otto", roles=[{"value": role}]).status_code == 400
    assert not User.objects.filter(email="otto@acme.example").exists()


def test_roles_are_given_and_taken_and_others_stay(acme, entra):
    acme.add("second_owner", "owner")
    person = str(acme.people["second_owner"].public_id)

    entra.patch(person, {"op": "Add", "path": "roles", "value": [{"value": "viewer"}]})
    assert roles(acme, person) == ["owner", "viewer"]
    entra.patch(person, {"op": "Replace", "path": "title", "value": "Director"})
    assert roles(acme, person) == ["owner", "viewer"]
    entra.patch(person, {"op": "Remove", "path": 'roles[value eq "viewer"]'})
    assert roles(acme, person) == ["owner"]


def test_manager_department_title_and_zone(acme, entra):
    boss = str(acme.people["program_manager"].public_id)
    person = entra.add(title="Buyer", timezone="Europe/Vienna", **{ENTERPRISE: {"department": "4711"}}).json()["id"]

    said = entra.patch(person, {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": boss}).json()

    found = member(acme, person)
    assert (found.title, found.user.time_zone, found.manager) == (
        "Buyer",
        "Europe/Vienna",
        acme.people["program_manager"],
    )
    ref = f"http://testserver/scim/v2/Users/{boss}"
    assert said[ENTERPRISE] == {"department": "4711", "manager": {"value": boss, "$ref": ref}}
    entra.patch(person, {"op": "Remove", "path": f"{ENTERPRISE}:manager"})
    assert member(acme, person).manager is None


def test_several_changes_at_once_as_entra_writes_them(acme, entra):
    person = entra.add().json()["id"]

    answer = entra.patch(
        person,
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "n.new@acme.example"},
        {"op": "Add", "value": {"name.givenName": "Nora", "name.familyName": "Neu", f"{ENTERPRISE}:division": "Sales"}},
        {"op": "Replace", "path": "displayName", "value": "Nora Neu"},
        {"op": "Replace", "path": "preferredColour", "value": "blue"},
    )

    said = answer.json()
    assert answer.status_code == 200
    assert [mail["value"] for mail in said["emails"]] == ["n.new@acme.example"]
    assert said["name"] == {"givenName": "Nora", "familyName": "Neu"}
    assert said[ENTERPRISE] == {"division": "Sales"}
    # The name that is shown follows; the address somebody signs in with stays.
    assert (member(acme, person).user.name, member(acme, person).user.email) == ("Nora Neu", "nora@acme.example")


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "active", "value": "perhaps"},
        {"op": "remove", "path": "userName"},
        {"op": "remove"},
        {"op": "explode", "path": "title", "value": "x"},
        {"op": "replace", "path": "title", "value": {"a": 1}},
        {"op": "replace", "path": "title[", "value": "x"},
        {"op": "replace", "path": "name.nickName", "value": "x"},
        {"op": "replace", "value": "x"},
        {"op": "add", "path": f"{ENTERPRISE}:manager", "value": "nobody"},
        {"op": "replace", "path": "title", "value": "x" * 2000},
        {"op": "replace", "path": "title", "value": "a\x00b"},
    ],
)
def test_patch_that_is_wrong_changes_nothing(acme, entra, operation):
    person = entra.add(title="Buyer").json()["id"]
    before = entra.ask("GET", f"/Users/{person}").json()

    answer = entra.patch(person, {"op": "replace", "path": "title", "value": "Seller"}, operation)

    assert answer.status_code == 400
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert entra.ask("GET", f"/Users/{person}").json() == before


@pytest.mark.parametrize("body", [[], "x", None, {"userName": ""}, {"userName": 5}, {"userName": "no-mail"}])
def test_body_that_is_wrong_is_told(entra, body):
    assert entra.ask("POST", "/Users", body).status_code == 400
    assert entra.ask("PATCH", "/Users/1", {"schemas": [PATCH]}).status_code == 404


def test_address_outside_of_the_companys_domains_is_not_taken(acme, rival, entra):
    """Neither a new one nor that of somebody who works elsewhere: the answer is the same, so it tells nothing."""
    foreign = ("new@rival.example", rival.people["finance"].user.email, "someone@gmail.com")
    answers = [entra.add("x", userName=mail, emails=[{"value": mail}]) for mail in foreign]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert answers[0].json() == answers[1].json()
    assert not User.objects.filter(email="new@rival.example").exists()
    with acme.enter():
        assert not Membership.objects.filter(user=rival.people["finance"].user).exists()


def test_account_that_was_there_keeps_its_name(acme, entra):
    User.objects.create_user("nora@acme.example", name="Nora Herself")

    person = entra.add(timezone="Asia/Tokyo").json()

    found = member(acme, person["id"]).user
    assert (found.name, found.time_zone, person["displayName"]) == ("Nora Herself", "UTC", "Nora New")


def test_guests_and_people_of_other_companies_are_nobody(acme, rival, entra):
    theirs = Directory(rival).add("nora").json()["id"]
    for person in (acme.people["freelancer"].public_id, rival.people["finance"].public_id, theirs, "not-an-id"):
        for method, body in (("GET", None), ("PUT", {"userName": "x"}), ("DELETE", None)):
            assert entra.ask(method, f"/Users/{person}", body).status_code == 404
        assert entra.patch(person, {"op": "replace", "path": "active", "value": False}).status_code == 404
    mine = entra.add().json()
    boss = {"op": "add", "path": f"{ENTERPRISE}:manager", "value": str(rival.people["owner"].public_id)}

    assert entra.patch(mine["id"], boss).status_code == 400
    everybody = {one["userName"] for one in entra.ask("GET", "/Users").json()["Resources"]}
    assert {name.partition("@")[2] for name in everybody} == {"acme.example"}
    assert "freelancer@acme.example" not in everybody
    assert member(rival, theirs).state == State.ACTIVE


def test_only_a_token_of_the_directory_opens(acme, entra):
    other = Directory(acme, token(acme, scopes=("people.manage", "people.see")))
    assert other.ask("GET", "/Users").status_code == 403
    assert Directory(acme, "fh_wrong").ask("GET", "/Users").status_code == 401
    assert acme.client("owner").get("/scim/v2/Users").status_code == 401
    answer = entra.ask("GET", "/Nonsense")
    assert (answer.status_code, answer["Content-Type"], answer.json()["status"]) == (
        404,
        "application/scim+json",
        "404",
    )
    assert entra.client.get("/api/v1/me/", headers={"Authorization": f"Bearer {entra.secret}"}).status_code == 200


def test_attributes_can_be_chosen(entra):
    person = entra.add(**{ENTERPRISE: {"department": "4711", "division": "Sales"}}).json()["id"]

    some = entra.ask("GET", f"/Users/{person}?attributes=userName,emails.value,{ENTERPRISE}:department").json()
    rest = entra.ask("GET", f"/Users/{person}?excludedAttributes=emails,{ENTERPRISE}:division,id").json()

    assert set(some) == {"schemas", "id", "userName", "emails", ENTERPRISE}
    assert some["emails"] == [{"value": "nora@acme.example"}]
    assert some[ENTERPRISE] == {"department": "4711"}
    assert ("emails" in rest, rest[ENTERPRISE], rest["id"]) == (False, {"department": "4711"}, person)


def test_put_replaces_and_leaves_roles_that_it_does_not_name(acme, entra):
    person = entra.add(title="Buyer", roles=[{"value": "viewer"}]).json()
    body = {name: person[name] for name in ("schemas", "userName", "emails")}

    said = entra.ask("PUT", f"/Users/{person['id']}", {**body, "active": False}).json()

    assert ("title" in said, said["active"], said["roles"]) == (False, False, [{"value": "viewer"}])
    assert roles(acme, person["id"]) == ["viewer"]

"""A directory's groups are roles: it makes them, finds them, and says who is in them; it never makes anybody an administrator."""

import pytest

from freelance_hub.models import Membership, MembershipRole, Role
from freelance_hub.permissions import Capability
from tests.hub.provisioning import PATCH, Directory

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@pytest.fixture
def entra(acme):
    return Directory(acme)


def make(entra, name="Buyers", **more):
    return entra.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": name, "externalId": f"ext-{name}", **more})


def patch(entra, group, *operations):
    return entra.ask("PATCH", f"/Groups/{group}", {"schemas": [PATCH], "Operations": list(operations)})


def person(acme, key):
    return str(acme.people[key].public_id)


def in_role(acme, key):
    with acme.enter():
        links = MembershipRole.objects.filter(role__key=key).exclude(membership__state="ended")
        return sorted(str(one) for one in links.values_list("membership__public_id", flat=True))


def test_new_group_is_a_role_that_gives_nothing(acme, entra):
    answer = make(entra)

    said = answer.json()
    assert (answer.status_code, said["displayName"], said["externalId"]) == (201, "Buyers", "ext-Buyers")
    assert answer["Location"] == said["meta"]["location"] == f"http://testserver/scim/v2/Groups/{said['id']}"
    with acme.enter():
        role = Role.objects.get(key=said["id"])
        assert (role.capabilities, role.is_guest, role.is_system, role.is_from_directory) == ([], False, False, True)


@pytest.mark.parametrize(
    "condition",
    ['displayName eq "BUYERS"', 'externalId eq "ext-Buyers"', 'id eq "buyers"', f'{GROUP}:displayName eq "Buyers"'],
)
def test_group_is_found_as_directories_ask(entra, condition):
    made = make(entra).json()

    for address in (f"/Groups?filter={condition}", f"/Groups?excludedAttributes=members&filter={condition}"):
        found = entra.ask("GET", address).json()
        assert [one["id"] for one in found["Resources"]] == [made["id"]]
    asked = {"filter": condition}
    assert entra.ask("POST", "/Groups/.search", asked).json()["totalResults"] == 1


def test_group_is_found_by_who_is_in_it(acme, entra):
    mine = person(acme, "finance")

    found = entra.ask("GET", f'/Groups?filter=id eq "finance" and members eq "{mine}"').json()
    others = entra.ask("GET", f'/Groups?filter=id eq "finance" and members.value eq "{person(acme, "viewer")}"').json()

    assert (found["totalResults"], others["totalResults"]) == (1, 0)


def test_shipped_roles_are_groups_and_those_that_administer_or_are_for_guests_are_not(acme, entra):
    shown = {one["id"] for one in entra.ask("GET", "/Groups").json()["Resources"]}

    assert {"finance", "viewer", "approver", "hiring_manager"} <= shown
    assert not shown & {"owner", "freelancer", "agency"}
    for hidden in ("owner", "freelancer", "nonsense"):
        assert entra.ask("GET", f"/Groups/{hidden}").status_code == 404
        add = {"op": "Add", "path": "members", "value": [{"value": person(acme, "viewer")}]}
        assert patch(entra, hidden, add).status_code == 404
    assert in_role(acme, "owner") == [person(acme, "owner")]


def test_people_are_put_in_and_taken_out_as_entra_and_okta_write_it(acme, entra):
    one, two, three = (person(acme, key) for key in ("viewer", "approver", "finance"))
    group = make(entra, members=[{"value": one}]).json()["id"]
    assert in_role(acme, group) == [one]

    answer = patch(entra, group, {"op": "Add", "path": "members", "value": [{"value": two}, {"value": three}]})
    assert sorted(member["value"] for member in answer.json()["members"]) == sorted([one, two, three])
    patch(entra, group, {"op": "Remove", "path": "members", "value": [{"value": two}]})
    assert in_role(acme, group) == sorted([one, three])
    patch(entra, group, {"op": "remove", "path": f'members[value eq "{one}"]'})
    assert in_role(acme, group) == [three]
    patch(entra, group, {"op": "replace", "value": {"members": [{"value": two}]}})
    assert in_role(acme, group) == [two]
    entra.ask("PUT", f"/Groups/{group}", {"displayName": "Buyers", "members": [{"value": one}]})
    assert in_role(acme, group) == [one]
    patch(entra, group, {"op": "Remove", "path": "members"})
    assert in_role(acme, group) == []


def test_same_change_again_changes_nothing_and_other_roles_stay(acme, entra):
    one = person(acme, "finance")
    add = {"op": "Add", "path": "members", "value": [{"value": one}]}
    group = make(entra).json()["id"]

    for _ in range(2):
        assert patch(entra, group, add).status_code == 200

    with acme.enter():
        held = MembershipRole.objects.filter(membership__public_id=one).values_list("role__key", flat=True)
        assert sorted(held) == sorted([group, "finance"])


def test_members_can_be_left_out_of_the_answer(acme, entra):
    whole = entra.ask("GET", "/Groups/finance").json()
    short = entra.ask("GET", "/Groups/finance?excludedAttributes=members").json()

    assert [member["value"] for member in whole["members"]] == [person(acme, "finance")]
    assert whole["members"][0]["$ref"].endswith(f"/Users/{person(acme, 'finance')}")
    assert "members" not in short
    assert all(
        "members" not in one for one in entra.ask("GET", "/Groups?excludedAttributes=members").json()["Resources"]
    )


@pytest.mark.parametrize("who", ["freelancer", "rival", "nobody", "group"])
def test_who_is_nobody_here_is_no_member(acme, rival, entra, who):
    theirs = {
        "freelancer": {"value": person(acme, "freelancer")},
        "rival": {"value": str(rival.people["finance"].public_id)},
        "nobody": {"value": "nobody"},
        "group": {"value": "finance", "type": "Group"},
    }[who]
    group = make(entra).json()["id"]

    answer = patch(entra, group, {"op": "Add", "path": "members", "value": [theirs]})

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")
    assert in_role(acme, group) == []


def test_group_that_an_owner_lets_administer_is_out_of_reach(acme, entra):
    group = make(entra, members=[{"value": person(acme, "finance")}]).json()["id"]
    with acme.enter():
        Role.objects.filter(key=group).update(capabilities=[Capability.ROLE_MANAGE])

    assert entra.ask("GET", f"/Groups/{group}").status_code == 404
    assert entra.ask("DELETE", f"/Groups/{group}").status_code == 404
    assert make(entra).status_code == 409
    assert in_role(acme, group) == [person(acme, "finance")]


def test_names_are_taken_once_and_shipped_roles_keep_theirs(acme, entra):
    group = make(entra).json()["id"]

    for name in ("buyers", "Finance", "Owner"):
        answer = make(entra, name)
        assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert patch(entra, group, {"op": "Replace", "path": "displayName", "value": "Purchase"}).status_code == 200
    shipped = patch(entra, "finance", {"op": "Replace", "path": "displayName", "value": "Money"})
    assert shipped.status_code == 400
    assert make(entra, "").status_code == 400
    with acme.enter():
        assert set(Role.objects.filter(key__in=[group, "finance"]).values_list("name", flat=True)) == {
            "Purchase",
            Role.objects.get(key="finance").name,
        }


def test_deleted_group_takes_its_role_from_everybody_and_a_shipped_role_stays(acme, entra):
    group = make(entra, members=[{"value": person(acme, "finance")}]).json()["id"]

    assert entra.ask("DELETE", f"/Groups/{group}").status_code == 204
    assert entra.ask("GET", f"/Groups/{group}").status_code == 404
    assert entra.ask("DELETE", "/Groups/finance").status_code == 409
    assert in_role(acme, "finance") == [person(acme, "finance")]
    with acme.enter():
        assert not Role.objects.filter(key=group).exists()


def test_who_left_is_not_in_a_group_and_does_not_keep_it_from_being_deleted(acme, entra):
    gone = entra.add().json()["id"]
    group = make(entra, members=[{"value": gone}]).json()["id"]
    entra.ask("DELETE", f"/Users/{gone}")

    assert "members" not in entra.ask("GET", f"/Groups/{group}").json()
    assert entra.ask("DELETE", f"/Groups/{group}").status_code == 204


def test_search_over_everything_finds_people_and_groups_page_by_page(acme, entra):
    with acme.enter():
        people = Membership.objects.filter(kind="staff").exclude(state="ended").count()
    groups = entra.ask("GET", "/Groups").json()["totalResults"]

    pages = [entra.ask("POST", "/.search", {"startIndex": start, "count": 4}).json() for start in range(1, 40, 4)]

    assert {page["totalResults"] for page in pages} == {people + groups}
    found = [one["meta"]["resourceType"] for page in pages for one in page["Resources"]]
    assert found == ["User"] * people + ["Group"] * groups
    by_name = entra.ask("POST", "/.search", {"filter": 'userName eq "finance@acme.example"'}).json()
    assert [one["meta"]["resourceType"] for one in by_name["Resources"]] == ["User"]
    assert entra.ask("POST", "/.search", {"filter": 'nonsense eq "x"'}).status_code == 400


def test_other_companys_groups_are_not_seen(acme, rival, entra):
    theirs = make(Directory(rival), "Secret").json()["id"]

    assert entra.ask("GET", f"/Groups/{theirs}").status_code == 404
    assert entra.ask("GET", '/Groups?filter=displayName eq "Secret"').json()["totalResults"] == 0


@pytest.mark.parametrize("more", [0, 6])
def test_list_of_groups_asks_as_often_for_many_as_for_few(acme, entra, django_assert_max_num_queries, more):
    for number in range(more):
        make(entra, f"Group {number}", members=[{"value": person(acme, "finance")}])
    entra.ask("GET", "/Groups")  # the token's last use is written

    with django_assert_max_num_queries(16):
        entra.ask("GET", "/Groups")

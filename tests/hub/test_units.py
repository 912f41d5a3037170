"""Organisation units: a tree with approvers, changed by owners alone; nobody approves for a unit twice removed by accident."""

import pytest

from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import AuditEvent, Event, Membership, OrgUnit
from freelance_hub.permissions import Refused
from freelance_hub.selectors import approver_of_unit, units_without_approver
from freelance_hub.services import units


@pytest.fixture
def tree(acme):
    """Growth above Marketing above Events; Growth has an approver. Inside Acme, as its owner."""
    with acme.enter():
        growth = make(acme, "Growth", "4700", approver="approver")
        OrgUnit.objects.filter(pk=acme.unit.pk).update(parent=growth)
        marketing = OrgUnit.objects.get(pk=acme.unit.pk)
        yield growth, marketing, make(acme, "Events", "4712", parent=marketing)


def make(acme, name, code, *, parent=None, approver=None):
    person = acme.people[approver] if approver else None
    return units.create_unit(name=name, code=code, parent=parent, approver=person, actor=acme.actor("owner"))


def change(acme, unit, *, actor="owner", **changes):
    values = {"name": unit.name, "code": unit.code, "parent": unit.parent, "approver": unit.approver, **changes}
    return units.change_unit(unit=unit, actor=acme.actor(actor), **values)


def test_a_unit_without_an_approver_has_that_of_the_next_unit_above(acme, tree):
    growth, marketing, events = tree
    assert approver_of_unit(events) == acme.people["approver"]

    change(acme, marketing, approver=acme.people["finance"])
    events.refresh_from_db()

    assert approver_of_unit(events) == acme.people["finance"]
    assert approver_of_unit(events, but=acme.people["finance"]) == acme.people["approver"]
    assert approver_of_unit(growth, but=acme.people["approver"]) is None
    assert approver_of_unit(None) is None


def test_units_for_which_nobody_approves_are_known(acme, tree):
    alone = make(acme, "Legal", "4800")

    assert units_without_approver() == [alone]


def test_a_change_is_announced_and_audited_and_nothing_changed_is_neither(acme, tree):
    _, marketing, _ = tree
    change(acme, marketing, approver=acme.people["finance"])
    change(acme, marketing, approver=acme.people["finance"])

    event = Event.objects.get(kind="unit.changed", subject_id=marketing.pk)
    assert event.payload == {
        "fields": ["approver"],
        "approver_id": acme.people["finance"].pk,
        "approver_before_id": None,
    }
    assert AuditEvent.objects.filter(table_name="hub_orgunit", row_id=marketing.pk).exists()


def test_units_stand_in_no_circle(acme, tree):
    growth, _, events = tree

    with pytest.raises(Refusal, match="stands below") as refused:
        change(acme, growth, parent=events)
    with pytest.raises(Refusal, match="stands below"):
        change(acme, growth, parent=growth)

    assert refused.value.field == "parent"


def test_a_cost_centre_stands_for_one_unit(acme, tree):
    with pytest.raises(Refusal, match="Another unit has the cost centre 4700"):
        make(acme, "Copy", "4700")


@pytest.mark.parametrize("who", ["freelancer", "gone"])
def test_who_approves_is_an_active_employee(acme, tree, who):
    person = acme.people["freelancer"] if who == "freelancer" else acme.people["teammate"]
    if who == "gone":
        Membership.objects.filter(pk=person.pk).update(state=Membership.State.ENDED)
        person.refresh_from_db()

    with pytest.raises(Refusal, match="no active employee"):
        change(acme, tree[0], approver=person)


def test_only_who_manages_the_company_changes_units(acme, tree):
    with pytest.raises(Refused):
        change(acme, tree[0], actor="program_manager", name="Mine")


def test_the_list_says_whose_approver_counts(acme, tree):
    make(acme, "Legal", "4800")

    body = acme.client("owner").get(tenant_url("unit_list")).content.decode()

    assert (
        body.index("4700 Growth") < body.index("4711 Marketing") < body.index("4712 Events") < body.index("4800 Legal")
    )
    assert body.count("Approver Acme, of 4700") == 2
    assert body.count("No approver") == 1


def test_the_page_saves_and_keeps_what_was_typed_when_it_is_refused(acme, rival, tree):
    _, marketing, _ = tree
    address, client = tenant_url("unit_edit", public_id=marketing.public_id), acme.client("owner")
    data = {"name": "Brand", "code": "4711", "approver": acme.people["finance"].pk}

    refused = client.post(address, {**data, "code": "4700"})
    with rival.enter():
        stranger = rival.people["approver"].pk
    foreign = client.post(address, {**data, "approver": stranger})
    saved = client.post(address, data)

    assert (refused.status_code, foreign.status_code, saved.status_code) == (422, 422, 303)
    assert 'value="Brand"' in refused.content.decode()
    marketing.refresh_from_db()
    assert (marketing.name, marketing.parent, marketing.approver) == ("Brand", None, acme.people["finance"])

"""Who somebody's manager is, and the company's working time: pages, rules, audit."""

from datetime import time
from decimal import Decimal

import pytest

from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import AuditEvent, Event, Membership
from freelance_hub.services.company import change_settings
from freelance_hub.services.members import set_place


def member(company, key):
    return Membership.objects.select_related("user", "tenant").get(pk=company.people[key].pk)


def test_a_manager_and_holidays_are_kept_with_their_audit(acme):
    with acme.enter():
        url = tenant_url("member_place", public_id=acme.people["approver"].public_id)
        client = acme.client("owner")

        assert client.get(url).status_code == 200
        answer = client.post(url, {"manager": acme.people["finance"].pk, "holiday_region": "de-be"})

        approver = member(acme, "approver")
        assert (answer.status_code, approver.manager, approver.holiday_region) == (303, acme.people["finance"], "DE-BE")
        assert Event.objects.filter(kind="membership.place_changed").count() == 1
        logged = AuditEvent.objects.filter(table_name="hub_membership", row_id=approver.pk).latest("pk")
        assert {"manager", "holiday_region"} <= {name.removesuffix("_id") for name in logged.changes}
        page = client.get(tenant_url("member_detail", public_id=approver.public_id)).content.decode()
        assert "Finance Acme" in page


def test_nobody_is_above_themselves_also_over_others(acme):
    with acme.enter():
        owner = acme.actor("owner")
        set_place(membership=member(acme, "approver"), manager=member(acme, "finance"), holiday_region="", actor=owner)
        set_place(membership=member(acme, "finance"), manager=member(acme, "viewer"), holiday_region="", actor=owner)

        with pytest.raises(Refusal, match="is above"):
            set_place(
                membership=member(acme, "viewer"), manager=member(acme, "approver"), holiday_region="", actor=owner
            )

        assert member(acme, "viewer").manager is None


@pytest.mark.parametrize(
    ("body", "words"),
    [({"holiday_region": "XX"}, "No holidays are known"), ({"manager": "999999"}, "Select a valid choice")],
)
def test_bad_input_is_said_at_its_field(acme, body, words):
    with acme.enter():
        url = tenant_url("member_place", public_id=acme.people["approver"].public_id)

        answer = acme.client("owner").post(url, body)

    assert answer.status_code == 422
    assert words in answer.content.decode()


SETTINGS = {
    "name": "Acme GmbH",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "staff_second_factor": False,
    "work_starts": time(8),
    "work_ends": time(16, 30),
    "holiday_region": "DE",
    "mail_decision_limit": Decimal(250),
}


def test_working_time_and_the_limit_of_mails_are_settings_of_the_company(acme):
    with acme.enter():
        stored = change_settings(company=acme.tenant, actor=acme.actor("owner"), **SETTINGS)

        changes = Event.objects.get(kind="tenant.changed").payload["changes"]
        assert (stored.work_starts, stored.mail_decision_limit) == (time(8), Decimal(250))
        assert changes["work_starts"] == ["09:00:00", "08:00:00"]
        assert {"work_ends", "holiday_region", "mail_decision_limit"} <= set(changes)


@pytest.mark.parametrize(
    ("field", "value"),
    [("work_ends", time(8)), ("holiday_region", "Bavaria"), ("mail_decision_limit", Decimal(-1))],
)
def test_a_setting_that_cannot_be_is_refused_at_its_field(acme, field, value):
    with acme.enter():
        with pytest.raises(Refusal) as refused:
            change_settings(company=acme.tenant, actor=acme.actor("owner"), **{**SETTINGS, field: value})

        assert refused.value.field == field
        assert not Event.objects.filter(kind="tenant.changed").exists()

"""Launching a program from a pack."""

from datetime import date
from decimal import Decimal

import pytest

from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent, Event, Membership, MembershipRole, Notification
from freelance_hub.permissions import Refused
from freelance_hub.tenancy.context import tenant
from programs.models import Budget, KnowledgePage, LaunchItem, PageVersion, Program
from programs.packs import PACKS
from programs.selectors import approval_limit, budget_left, current_budget
from programs.services.programs import months_later
from tests.factories.programs import launch

PILOT = PACKS["pilot"]


def test_launch_makes_everything_of_the_pack_and_tells_who_listens(acme):
    program = launch(acme)

    with acme.enter():
        assert (program.number, program.state, program.ref) == (1, Program.State.DRAFT, "PRG-1")
        assert current_budget(program, on=date(2026, 5, 1)).amount == Decimal("100000.00")
        assert approval_limit(program) == Decimal("10000.00")
        pages = list(KnowledgePage.objects.order_by("position").values_list("slug", flat=True))
        assert pages == [page.slug for page in PILOT.pages]
        assert PageVersion.objects.count() == len(PILOT.pages)
        assert LaunchItem.objects.count() == len(PILOT.launch_items)
        event = Event.objects.get(kind="program.launched")
        assert event.payload == {
            "pack": "pilot",
            "version": 1,
            "playbooks": PILOT.playbooks,
            "kpis": [kpi.as_payload() for kpi in PILOT.kpis],
        }
        audit = AuditEvent.objects.get(table_name="programs_program", row_id=program.pk)
        assert (audit.operation, audit.actor_id) == ("insert", acme.people["program_manager"].user_id)
        assert not Notification.objects.exists()  # the owner launched it


def test_an_owner_who_did_not_launch_it_is_told(acme):
    program = launch(acme, owner=acme.people["hiring_manager"])

    with acme.enter():
        told = Notification.objects.get()
        assert (told.membership, told.kind) == (acme.people["hiring_manager"], "program")
        assert told.link == f"/t/acme/programs/{program.number}/"


def test_a_second_program_gets_pages_of_its_own(acme):
    launch(acme)
    second = launch(acme, name="Second")

    with acme.enter():
        assert second.number == 2
        assert second.pages.get(position=0).slug == "how-we-work-2"


def test_two_companies_launch_the_same_without_touching(acme, rival):
    launch(acme)
    theirs = launch(rival)

    with tenant(rival.tenant):
        assert list(Program.objects.all()) == [theirs]
        assert theirs.pages.get(position=0).slug == "how-we-work"


def test_listeners_share_the_transaction(acme, monkeypatch):
    from freelance_hub import events

    def refuse(_event):
        raise Refusal("No KPIs today.")

    monkeypatch.setattr(events, "_in_transaction", [*events._in_transaction, ("program.launched", refuse)])

    with pytest.raises(Refusal, match="No KPIs today"):
        launch(acme)

    with acme.enter():
        assert not Program.objects.exists()
        assert not Budget.objects.exists()
        assert not KnowledgePage.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pack_key": "nope"}, "pack_key"),
        ({"name": " "}, "name"),
        ({"name": "design PILOT"}, "name"),
        ({"currency": "XXQ"}, "currency"),
        ({"budget_amount": Decimal(-1)}, "budget_amount"),
        ({"budget_ends_on": date(2019, 1, 1)}, "budget_ends_on"),
        ({"approval_limit": Decimal(-1)}, "approval_limit"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(acme, changes, field):
    launch(acme)

    with pytest.raises(Refusal) as refusal:
        launch(acme, **{"name": "Another", **changes})

    assert refusal.value.field == field
    with acme.enter():
        assert Program.objects.count() == 1


def test_an_owner_must_be_an_active_employee(acme):
    with pytest.raises(Refusal, match="not an active employee"):
        launch(acme, owner=acme.people["freelancer"])

    with acme.enter():
        Membership.objects.filter(pk=acme.people["viewer"].pk).update(state="suspended")
        gone = Membership.objects.get(pk=acme.people["viewer"].pk)
    with pytest.raises(Refusal, match="not an active employee"):
        launch(acme, owner=gone)


@pytest.mark.parametrize("role", ["owner", "hiring_manager", "viewer", "finance", "freelancer"])
def test_others_cannot_launch(acme, role):
    with pytest.raises(Refused):
        launch(acme, actor=role)


def test_a_manager_of_some_programs_cannot_launch_another(acme, program):
    with acme.enter():
        MembershipRole.objects.filter(membership=acme.people["program_manager"]).update(program_ids=[program.pk])

    with pytest.raises(Refusal, match="own programs"):
        launch(acme, name="Another")


def test_budget_left_may_be_negative(acme, program):
    with acme.enter():
        assert budget_left(current_budget(program), used=Decimal("100000.01")) == Decimal("-0.01")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 15), 12, date(2027, 12, 15)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
    ],
)
def test_months_later_stays_within_the_month(day, months, expected):
    assert months_later(day, months) == expected

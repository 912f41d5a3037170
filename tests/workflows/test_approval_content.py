"""Decisions are tied to what was decided about: an edit voids those whose fields changed, and no others."""

from decimal import Decimal

import pytest
from django.db import transaction

from freelance_hub.access import automation
from freelance_hub.errors import Refusal
from freelance_hub.models import Event, LegalEntity, Membership, Notification
from talent.services.requisitions import update_requisition
from tests.workflows.engine_room import drain, facts, start, states, step_of
from tests.workflows.test_approval import submitted
from tests.workflows.test_races import approver, together
from workflows.materials import content_of, difference, hash_of
from workflows.models import Decision, Run, Step
from workflows.services.decisions import decide
from workflows.services.materials import content_changed
from workflows.subjects import subject_of

LEGAL = {"key": "legal", "kind": "approval", "material": ["name", "country"]}
MONEY = {"key": "money", "kind": "approval", "material": ["amount"], "tolerance_percent": 5}


def say_yes(run, key, actor, **more):
    return decide(step=step_of(run, key), outcome="approved", actor=actor, **more)


def edit(company, **fields):
    """Change the subject of the runs, as its service would: locked, then followed up in the same transaction."""
    amount = fields.pop("amount", None)
    with transaction.atomic():
        entity = LegalEntity.objects.select_for_update().get()
        if fields:
            LegalEntity.objects.update(**fields)
        if amount is not None:
            facts["amount"] = (Decimal(amount), "EUR")
        return content_changed(subject=entity, actor=automation(tenant_id=company.pk))


@pytest.fixture
def two(engine):
    """Legal and money have both been approved; what follows waits for a person."""
    facts["amount"] = (Decimal(100), "EUR")
    ann, bob = approver("ann"), approver("bob")
    after = {"key": "go", "kind": "task", "after": ["legal:approved", "money:approved"]}
    run = start(LEGAL, MONEY, after)
    say_yes(run, "legal", ann)
    say_yes(run, "money", bob)
    assert states(run)["go"] == "waiting"
    return run, ann, bob


def test_an_edit_voids_the_decision_about_it_and_keeps_the_other(engine, two):
    run, ann, _bob = two

    (voided,) = edit(engine, name="Renamed Ltd")

    assert (voided.decided_by_id, voided.voided_because) == (ann.membership_id, "Name: engine Ltd → Renamed Ltd")
    assert states(run) == {"legal": "waiting", "money": "done", "go": "pending"}
    assert step_of(run, "legal").decided_by is None
    assert Event.objects.filter(kind="decision.voided").count() == 1
    say_yes(run, "legal", ann)
    assert states(run) == {"legal": "done", "money": "done", "go": "waiting"}


def test_an_edit_of_no_material_field_voids_nothing(engine, two):
    run, _, _ = two

    assert edit(engine, currency="GBP") == []

    assert states(run) == {"legal": "done", "money": "done", "go": "waiting"}


def test_a_tolerance_is_counted_from_the_decision_and_not_from_the_last_edit(engine, two):
    run, _, bob = two

    assert edit(engine, amount=105) == []
    assert edit(engine, amount=80) == []
    (voided,) = edit(engine, amount=106)

    assert voided.decided_by_id == bob.membership_id
    assert states(run) == {"legal": "done", "money": "waiting", "go": "pending"}
    assert step_of(run, "money").amount == Decimal(106)


def test_another_currency_is_never_within_the_tolerance(engine, two):
    facts["amount"] = (Decimal(1), "USD")

    (voided,) = edit(engine)

    assert voided.step.key == "money"


def test_what_is_done_stays_and_a_later_approval_that_still_holds_answers_itself(engine):
    facts["amount"] = (Decimal(100), "EUR")
    ann, bob = approver("ann"), approver("bob")
    run = start(LEGAL, {"key": "log", "after": ["legal:approved"]}, {**MONEY, "after": ["legal:approved"]})
    say_yes(run, "legal", ann)
    drain()
    say_yes(run, "money", bob)
    assert Run.objects.get(pk=run.pk).state == "done"

    assert edit(engine, name="Too late Ltd") == []  # a run that is over asks nobody

    again = start(
        LEGAL,
        {"key": "log", "after": ["legal:approved"]},
        {**MONEY, "after": ["legal:approved"]},
        {"key": "go", "kind": "task", "after": ["money:approved"]},
    )
    say_yes(again, "legal", ann)
    drain()
    say_yes(again, "money", bob)
    edit(engine, name="Renamed Ltd")
    assert states(again) == {"legal": "waiting", "log": "done", "money": "pending", "go": "pending"}
    say_yes(again, "legal", ann)

    assert states(again) == {"legal": "done", "log": "done", "money": "done", "go": "waiting"}
    assert step_of(again, "money").decided_by_id == bob.membership_id
    assert Decision.objects.filter(step__run=again, step__key="money").count() == 1


def test_approvals_of_a_quorum_are_void_one_by_one(engine):
    ann, bob = approver("ann"), approver("bob")
    run = start({**LEGAL, "mode": "all"})
    say_yes(run, "legal", ann)

    edit(engine, name="Renamed Ltd")
    say_yes(run, "legal", bob)

    assert states(run)["legal"] == "waiting"  # Ann must look again
    say_yes(run, "legal", ann)
    assert states(run)["legal"] == "done"


def test_a_rejection_stands_when_an_approval_beside_it_is_void(engine):
    ann, bob = approver("ann"), approver("bob")
    run = start({**LEGAL, "mode": "all"}, {"key": "mend", "kind": "task", "after": ["legal:rejected"]})
    say_yes(run, "legal", ann)
    decide(step=step_of(run, "legal"), outcome="rejected", actor=bob, comment="No.")

    (voided,) = edit(engine, name="Renamed Ltd")

    assert voided.decided_by_id == ann.membership_id
    assert states(run) == {"legal": "done", "mend": "waiting"}


def test_who_rejected_something_may_answer_when_it_is_asked_again(engine):
    ann, bob = approver("ann"), approver("bob")
    behind = {"key": "last", "kind": "approval", "material": ["country"], "after": ["legal:approved"]}
    run = start(LEGAL, behind, {"key": "mend", "kind": "task", "after": ["last:rejected"]})
    say_yes(run, "legal", ann)
    decide(step=step_of(run, "last"), outcome="rejected", actor=bob, comment="No.")

    edit(engine, name="Renamed Ltd")
    say_yes(run, "legal", ann)
    say_yes(run, "last", bob)

    assert states(run) == {"legal": "done", "last": "done", "mend": "skipped"}
    assert Decision.objects.get(step__run=run, outcome="rejected").voided_because == "Name: engine Ltd → Renamed Ltd"


def test_a_decision_of_the_graph_that_comes_out_differently_is_made_again(engine):
    facts.update(size=1, limit=5, amount=(Decimal(100), "EUR"))
    ann, bob = approver("ann"), approver("bob")
    graph = (
        {**LEGAL},
        {
            "key": "big",
            "kind": "decision",
            "condition": {"fact": "size", "is": "more_than", "than": {"fact": "limit"}},
            "after": ["legal:approved"],
        },
        {"key": "second", "kind": "approval", "after": ["big:yes"]},
        {"key": "go", "kind": "task", "after": ["big:no", "second:approved"]},
    )
    run = start(*graph)
    say_yes(run, "legal", ann)
    drain()
    assert states(run) == {"legal": "done", "big": "done", "second": "skipped", "go": "waiting"}

    facts["size"] = 9
    edit(engine)
    drain()

    assert states(run) == {"legal": "done", "big": "done", "second": "waiting", "go": "pending"}
    say_yes(run, "second", bob)
    assert states(run)["go"] == "waiting"


def test_who_looked_at_something_else_does_not_decide(engine):
    ann = approver("ann")
    run = start(LEGAL)
    seen = hash_of(content_of(step_of(run, "legal"), subject_of(run), run=run))
    edit(engine, country="DE")

    with pytest.raises(Refusal, match="has changed since you looked"):
        say_yes(run, "legal", ann, seen=seen)

    assert not Decision.objects.exists()


def test_an_edit_and_a_decision_at_once_never_leave_an_approval_of_the_old(engine):
    ann = approver("ann")
    for number in range(8):
        run = start(LEGAL, {"key": "go", "kind": "task", "after": ["legal:approved"]})

        together(
            engine,
            lambda run=run: say_yes(run, "legal", ann),
            lambda number=number: edit(engine, name=f"Name {number}"),
        )

        standing = Decision.objects.filter(step__run=run, voided_at=None).first()
        assert standing is None or standing.content["name"] == f"Name {number}"
        assert states(run)["legal"] == ("waiting" if standing is None else "done")
        assert states(run)["go"] == ("pending" if standing is None else "waiting")


def test_the_requester_edits_a_request_in_approval_and_its_approver_is_asked_again_with_the_difference(acme):
    with acme.enter():
        requisition, run = submitted(acme, budget=Decimal(20000))
        approve = Step.objects.get(run=run, key="approve")
        decide(step=approve, outcome="approved", actor=acme.actor("approver"))
        drain()
        assert Step.objects.get(run=run, key="approve_money").state == "waiting"
        requisition.refresh_from_db()

        update_requisition(requisition=requisition, budget=Decimal(9000), actor=acme.actor("hiring_manager"))

        approve.refresh_from_db()
        last, changed = difference(approve, subject_of(run), run=run)
        assert approve.state == Step.State.WAITING
        assert Step.objects.get(run=run, key="approve_money").state == Step.State.PENDING
        assert (last.decided_by, last.voided_at is None) == (acme.people["approver"], False)
        assert [str(change) for change in changed] == ["Budget: €20,000.00 → €9,000.00"]
        told = Notification.objects.filter(membership=acme.people["approver"]).order_by("pk")
        assert [one.title.split(":")[0] for one in told] == ["Approve the request", "Changed"]
        assert "Budget: €20,000.00 → €9,000.00" in told[1].body
        decide(step=approve, outcome="approved", actor=acme.actor("approver"))
        drain()
        requisition.refresh_from_db()
        assert requisition.state == "open"


def test_a_person_who_has_decided_elsewhere_is_told_nothing_new_by_an_edit_of_other_fields(acme):
    with acme.enter():
        requisition, run = submitted(acme)
        before = Notification.objects.count()

        update_requisition(requisition=requisition, title="Icons", actor=acme.actor("hiring_manager"))

        assert Notification.objects.count() == before
        assert Run.objects.get(pk=run.pk).title == f"{requisition.ref} Icons"
        assert Membership.objects.filter(decisions__isnull=False).count() == 0

"""The inbox and the list of those who are asked hold one rule, for whatever people, places and requests."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from freelance_hub.access import actor_for
from freelance_hub.errors import Refusal
from freelance_hub.models import LegalEntity, Membership, MembershipRole, Role, User
from freelance_hub.permissions import Refused
from programs.models import Program
from tests.workflows.engine_room import facts, start
from workflows.models import Ask, Decision, Delegation, Step
from workflows.people import candidates, waiting_for
from workflows.services.decisions import decide

CAPABILITIES = ("requisition.approve", "requisition.approve_money", "invoice.release")


def make_people(dice):
    roles = [
        Role.objects.create(
            key=f"r{n}", name=f"R{n}", capabilities=[*dice.sample(CAPABILITIES, dice.randint(0, 2)), "task.see"]
        )
        for n in range(3)
    ]
    people = []
    for number in range(7):
        user = User.objects.create(email=f"p{number}@engine.example", name=f"P{number}", password="!")
        person = Membership.objects.create(
            user=user, state=dice.choice(["active", "active", "active", "suspended", "ended"])
        )
        for role in dice.sample(roles, dice.randint(0, 2)):
            programs = dice.choice([[], [], [Program.objects.get().pk], [0]])
            MembershipRole.objects.create(membership=person, role=role, program_ids=programs)
        people.append(person)
    for person in people:
        if dice.random() < 0.6:
            person.manager = dice.choice([one for one in people if one != person])
            person.save(update_fields=["manager"])
    return people


def make_delegations(dice, people):
    today = timezone.now().date()
    for _ in range(dice.randint(0, 7)):
        giver, taker = dice.sample(people, 2)
        first = today + timedelta(days=dice.choice([-400, -3, 0, 3]))
        Delegation.objects.create(
            giver=giver,
            taker=taker,
            starts_on=first,
            ends_on=first + timedelta(days=dice.choice([0, 5, 800])),
            amount_limit=dice.choice([None, None, Decimal(50), Decimal(500)]),
            revoked_at=dice.choice([None, None, None, timezone.now()]),
        )


def make_step(dice, people):
    facts["amount"] = dice.choice([None, (Decimal(100), "EUR"), (Decimal(100), "USD")])
    capability = {"who": {"capability": dice.choice(CAPABILITIES)}}
    kind = dice.choice(["approval", "approval", "approval", "task"])
    mode = dice.choice([{}, {"mode": "all"}, {"mode": "quorum", "quorum": 2}]) if kind == "approval" else {}
    run = start(
        {"key": "ask", "kind": kind, **capability, **mode},
        {"key": "other", "kind": "approval"},
        started_by=dice.choice([None, *people]),
    )
    step = Step.objects.get(run=run, key="ask")
    if step.needed is None and dice.random() < 0.5:
        Step.objects.filter(pk=step.pk).update(assignee=dice.choice(people), capability="")
    elif step.needed is not None:
        Ask.objects.filter(step=step).delete()
        Ask.objects.bulk_create([Ask(step=step, member=one) for one in dice.sample(people, 3)])
    if dice.random() < 0.3:
        Step.objects.filter(pk=step.pk).update(escalated_to=dice.choice(people))
    if dice.random() < 0.5:
        where = dice.choice([step, Step.objects.get(run=run, key="other")])
        decider, place = dice.choice(people), dice.choice(people)
        voided = dice.choice([None, None, timezone.now()])
        Decision.objects.create(step=where, decided_by=decider, in_place_of=place, outcome="approved", voided_at=voided)
    return Step.objects.select_related("tenant").get(pk=step.pk)


@pytest.mark.parametrize("seed", range(6))
def test_whoever_is_asked_finds_it_in_their_inbox_and_nobody_else_does(engine, seed):
    dice = random.Random(seed)
    people = make_people(dice)
    make_delegations(dice, people)
    found = 0
    for _ in range(8):
        step = make_step(dice, people)

        asked = {one.pk for one in candidates(step.run, step)}
        inboxes = {
            one.pk
            for one in Membership.objects.select_related("user")
            if waiting_for(actor_for(one)).filter(pk=step.pk).exists()
        }

        assert inboxes == asked
        found += len(asked)
    assert found  # it is about somebody


@pytest.mark.parametrize("seed", range(100, 104))
def test_whoever_is_asked_may_decide_and_nobody_else_may(engine, seed):
    dice = random.Random(seed)
    people = make_people(dice)
    make_delegations(dice, people)
    for _ in range(4):
        step = make_step(dice, people)
        if step.kind != Step.Kind.APPROVAL:
            continue
        asked = {one.pk for one in candidates(step.run, step)}
        may = set()
        for one in Membership.objects.select_related("user"):
            connection.set_autocommit(False)
            try:
                decide(step=step, outcome="approved", actor=actor_for(one))
                may.add(one.pk)
            except (Refusal, Refused):
                pass
            finally:
                connection.rollback()
                connection.set_autocommit(True)
        assert may == asked


def test_the_inbox_is_one_query_by_index_behind_one_for_whom_one_stands_in(engine):
    dice = random.Random(1)
    people = make_people(dice)
    Membership.objects.update(state="active")
    make_delegations(dice, people)
    actor = actor_for(Membership.objects.select_related("user").get(pk=people[0].pk))
    assert LegalEntity.objects.exists()

    with CaptureQueriesContext(
        connection,
    ) as captured:
        list(waiting_for(actor))

    assert [query["sql"].count("workflows_delegation") > 0 for query in captured] == [True, False]

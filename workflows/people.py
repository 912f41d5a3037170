"""Who is asked, and who may answer. One rule for the inbox, the notification and the decision itself.

A step asks places: named people, or whoever has a capability in the run's program. A place is answered by the person whose it
is, by a delegate, by the manager while that person is away, and, when the term is over, by the manager to whom it was escalated.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BigIntegerField, Case, Exists, OuterRef, Q, QuerySet, Value, When

from freelance_hub.access import Actor
from freelance_hub.models import Membership, Tenant
from workflows.models import Ask, Decision, Run, Step
from workflows.standins import StandIn, people_for, places_of
from workflows.subjects import kind_of, subject_of

NOBODY = Q(pk__in=[])
APPROVAL = Q(kind=Step.Kind.APPROVAL)
STANDING = Q(voided_at=None)


def resolve(run: Run, who: Mapping[str, str]) -> tuple[Membership | None, str]:
    """(person, capability) of a step that begins: one person, or whoever has the capability in the run's program.

    A person who is away is still the one who is asked: their manager answers in their place. Without such a manager, and
    where nobody is that person, those who manage workflows are asked.
    """
    if capability := who.get("capability"):
        return None, capability
    person = kind_of(run.subject_type).people[who["person"]](subject_of(run))
    if person is None or (person.state != Membership.State.ACTIVE and successor_of(person) is None):
        return None, "workflow.manage"
    return person, ""


def members_who_can(capability: str, program_id: int | None) -> QuerySet[Membership]:
    """Active employees with the capability in the program (in all programs, when the work belongs to none)."""
    in_program = Q(role_links__program_ids=[])
    if program_id is not None:
        in_program |= Q(role_links__program_ids__contains=[program_id])
    return (
        Membership.objects.filter(
            in_program,
            role_links__role__capabilities__contains=[capability],
            role_links__role__is_guest=False,
            kind=Membership.Kind.STAFF,
            state=Membership.State.ACTIVE,
        )
        .select_related("user")
        .distinct()
        .order_by("pk")
    )


def places_asked(run: Run, step: Step) -> set[int]:
    """Whose answer a step asks for: memberships, whoever answers in their place. Two queries at most."""
    if step.needed is not None:
        return set(Ask.objects.filter(step=step).values_list("member_id", flat=True))
    if step.assignee_id:
        return {step.assignee_id}
    return set(members_who_can(step.capability, run.program_id).values_list("pk", flat=True))


def candidates(run: Run, step: Step) -> QuerySet[Membership]:
    """Everybody who may answer a waiting step: the same rule as `answerable_by`."""
    people = {one.person for one in stand_ins_of(run, step)}
    return Membership.objects.filter(pk__in=people).select_related("user").order_by("pk")


def stand_ins_of(run: Run, step: Step, *, places: Iterable[int] | None = None) -> list[StandIn]:
    """Who may answer a step, each with the place that they fill; `places` narrows whose place it may be."""
    out = barred(run, step)
    asked = places_asked(run, step) | ({step.escalated_to_id} if step.escalated_to_id else set())
    if places is not None:
        asked &= set(places)
    is_approval = step.kind == Step.Kind.APPROVAL
    own = {run.requested_by_id, run.started_by_id} if is_approval else set()
    found = [
        one
        for one in people_for(asked - out)
        if one.person not in out and (is_approval or not one.is_delegated) and own.isdisjoint(one.via)
    ]
    if any(one.limit is not None for one in found):
        ours = step.tenant.currency
        found = [one for one in found if one.allows(amount=step.amount, currency=step.currency, company_currency=ours)]
    return found


def barred(run: Run, step: Step) -> set[int]:
    """Those who may not decide it, nor be decided for: whose request it is, who started it, and who has decided in this run
    or for whom somebody has.

    Separation of duties counts the person behind an automation and behind a delegate too. Tasks bar nobody.
    """
    if step.kind != Step.Kind.APPROVAL:
        return set()
    decided = Decision.objects.filter(STANDING, step__run=run).values_list("decided_by_id", "in_place_of_id")
    found = {run.requested_by_id, run.started_by_id, *(pk for pair in decided for pk in pair)}
    return {pk for pk in found if pk is not None}


def successor_of(membership: Membership, *, but: Iterable[int] = ()) -> Membership | None:
    """Who answers in somebody's place: the first active employee up the line of managers who is none of `but`; None when
    there is nobody.

    One query for each manager who is passed over. A line that leads back to itself ends.
    """
    seen, out = {membership.pk}, set(but)
    next_id = membership.manager_id
    while next_id and next_id not in seen:
        seen.add(next_id)
        manager = Membership.objects.select_related("user").get(pk=next_id)
        is_there = manager.state == Membership.State.ACTIVE and manager.kind == Membership.Kind.STAFF
        if is_there and manager.pk not in out:
            return manager
        next_id = manager.manager_id
    return None


def escalation_of(run: Run, step: Step) -> tuple[Membership, Membership] | None:
    """(late approver, their manager) of the first place that is still open and whose line of managers has somebody who
    may decide."""
    out = barred(run, step)
    late = Membership.objects.filter(pk__in=places_asked(run, step) - out).select_related("user").order_by("pk")
    for approver in late[:20]:
        if manager := successor_of(approver, but=out):
            return approver, manager
    return None


def answerable_by(actor: Actor) -> Q:
    """The steps that the actor may answer, as a condition on Step: the same rule as `candidates`.

    One small query for whom the actor stands in; the condition holds values that the indexes of Step know.
    """
    return reduce(or_, (condition for _, condition in place_conditions(actor)), NOBODY)


def place_conditions(actor: Actor) -> list[tuple[StandIn, Q]]:
    """`answerable_by` place by place, the actor's own first: for the decision, which says in whose place it is made."""
    me = actor.person_id
    if me is None:
        return []
    if actor.is_guest:
        return [(StandIn(me, me, False, None), Q(needed=None, assignee=me) & (~APPROVAL | ~is_barred(me)))]
    places = places_of(me)
    if actor.kind != "person":  # a token answers for its person alone, and within its scopes
        places = [one for one in places if one.place == me]
    return [(one, _answers(actor, one) & (~APPROVAL | ~is_barred(me))) for one in places]


def _answers(actor: Actor, one: StandIn) -> Q:
    """Steps that ask the place, and that its stand-in may answer."""
    place = one.place
    named = Q(needed=None, assignee=place) | Q(escalated_to=place) | asks(place)
    asked = reduce(or_, (_anybodys(actor, one, *role) for role in one.roles), named)
    out = is_barred(place)
    for person in one.via:
        out |= _is_own(person)
    if not one.is_delegated:
        return asked & (~APPROVAL | ~out)
    asked &= APPROVAL & ~out
    if one.limit is not None:
        ours = Tenant.objects.values("currency").filter(pk=actor.tenant_id)
        asked &= Q(amount=None) | Q(currency__in=ours, amount__lte=one.limit)
    return asked


def _anybodys(actor: Actor, one: StandIn, capabilities: tuple[str, ...], programs: tuple[int, ...]) -> Q:
    held = set(capabilities) & actor.capabilities if one.place == actor.person_id else set(capabilities)
    if not held:
        return NOBODY
    anybodys = Q(needed=None, assignee=None, capability__in=sorted(held))
    return anybodys & Q(run__program__in=programs) if programs else anybodys


def asks(place: int) -> Q:
    """Steps of several named people that ask this one."""
    return Q(Exists(Ask.objects.filter(step=OuterRef("pk"), member=place)))


def is_barred(person: int) -> Q:
    """Steps that a person may not decide, nor be decided for: the rule of `barred`."""
    decided = Decision.objects.filter(
        STANDING, Q(decided_by=person) | Q(in_place_of=person), step__run=OuterRef("run_id")
    )
    return _is_own(person) | Q(Exists(decided))


def _is_own(person: int) -> Q:
    return Q(run__requested_by=person) | Q(run__started_by=person)


def has_decided(actor: Actor) -> Q:
    """Steps about which the person has decided, or somebody in their place."""
    me = actor.person_id
    mine = Decision.objects.filter(Q(decided_by=me) | Q(in_place_of=me), step=OuterRef("pk"))
    return Q(decided_by=me) | Q(Exists(mine))


def waiting_for(actor: Actor) -> QuerySet[Step]:
    """What waits for the actor now."""
    return Step.objects.filter(answerable_by(actor), state=Step.State.WAITING, kind__in=Step.FOR_PEOPLE)


def inbox_of(actor: Actor) -> QuerySet[Any]:
    """`waiting_for` with `place`: whose place the actor would fill, as the decision itself finds it."""
    conditions = place_conditions(actor)
    whens = [When(condition, then=Value(one.place)) for one, condition in conditions]
    asked = reduce(or_, (condition for _, condition in conditions), NOBODY)
    rows = Step.objects.filter(asked, state=Step.State.WAITING, kind__in=Step.FOR_PEOPLE)
    return rows.annotate(place=Case(*whens, default=None, output_field=BigIntegerField()))


def who_acts(step: Step) -> str:
    """Who acts next, in words, for pages: needs `assignee__user` loaded."""
    if step.state == Step.State.ATTENTION:
        return "A person must look"
    if step.kind in Step.FOR_WORKERS:
        return "Freelance Hub"
    if step.assignee:
        return str(step.assignee.user)
    return ROLE_WORDS.get(step.capability, "") or PERSON_WORDS.get(step.params.get("who", {}).get("person", ""), "")


ROLE_WORDS = {
    "requisition.approve": "An approver",
    "requisition.approve_money": "A second approver, for the money",
    "invoice.release": "Finance",
    "workflow.manage": "The program team",
    "access.manage": "Connections and keepers",
}
PERSON_WORDS = {
    "manager": "The manager",
    "freelancer": "The freelancer",
    "program_owner": "The program owner",
    "requester": "The requester",
    "requester_manager": "The requester's manager",
    "approver": "The manager",
    "unit_approver": "The approver of the unit",
    "owner": "The owner of the page",
    "member": "The person",
    "sponsor": "The sponsor",
    "successor": "The successor",
}

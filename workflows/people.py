"""Who is asked, and who may answer. One rule for the inbox, the notification and the decision itself."""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet

from freelance_hub.access import Actor
from freelance_hub.models import Membership
from workflows.models import Run, Step
from workflows.subjects import kind_of, subject_of


def resolve(run: Run, who: Mapping[str, str]) -> tuple[Membership | None, str]:
    """(person, capability) of a step that begins: one person, or whoever has the capability in the run's program.

    A person who is not there (nobody is the manager any more) leaves the step to those who manage workflows.
    """
    if capability := who.get("capability"):
        return None, capability
    person = kind_of(run.subject_type).people[who["person"]](subject_of(run))
    if person is None or person.state != Membership.State.ACTIVE:
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


def candidates(run: Run, step: Step) -> QuerySet[Membership]:
    """Everybody who may answer a waiting step."""
    if step.assignee_id:
        return Membership.objects.filter(pk=step.assignee_id).select_related("user")
    return members_who_can(step.capability, run.program_id).exclude(pk__in=barred(run, step))


def barred(run: Run, step: Step) -> set[int]:
    """Those who may not decide it: whose request it is, who started it, and who decided another step of the same run.

    Separation of duties counts the person behind an automation too. Tasks bar nobody.
    """
    if step.kind != Step.Kind.APPROVAL:
        return set()
    before = Step.objects.filter(run=run, kind=Step.Kind.APPROVAL).exclude(pk=step.pk).exclude(decided_by=None)
    found = {run.requested_by_id, run.started_by_id, *before.values_list("decided_by_id", flat=True)}
    return {pk for pk in found if pk is not None}


def successor_of(membership: Membership) -> Membership | None:
    """Who answers in somebody's place: the first active employee up the line of managers; None when there is nobody.

    One query for each manager who is away too. A line that leads back to itself ends.
    """
    seen = {membership.pk}
    next_id = membership.manager_id
    while next_id and next_id not in seen:
        seen.add(next_id)
        manager = Membership.objects.select_related("user").get(pk=next_id)
        if manager.state == Membership.State.ACTIVE and manager.kind == Membership.Kind.STAFF:
            return manager
        next_id = manager.manager_id
    return None


def answerable_by(actor: Actor) -> Q:
    """The steps that the actor may answer, as a condition on Step: the same rule as `candidates`."""
    me = actor.person_id
    mine = Q(assignee=me)
    if actor.is_guest:
        return mine
    anybodys = Q(assignee=None, capability__in=sorted(actor.capabilities))
    if actor.programs is not None:
        anybodys &= Q(run__program__in=actor.programs)
    decided = Step.objects.filter(run=OuterRef("run"), kind=Step.Kind.APPROVAL, decided_by=me).exclude(
        pk=OuterRef("pk")
    )
    own = Q(kind=Step.Kind.APPROVAL) & (Q(run__requested_by=me) | Q(run__started_by=me) | Exists(decided))
    return mine | (anybodys & ~own)  # type: ignore[return-value]  # Q & Exists is a Q, which the stubs do not know


def waiting_for(actor: Actor) -> QuerySet[Step]:
    """What waits for the actor now."""
    return Step.objects.filter(answerable_by(actor), state=Step.State.WAITING, kind__in=Step.FOR_PEOPLE)


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
    "workflow.manage": "The program team",
    "access.manage": "Connections and keepers",
}
PERSON_WORDS = {
    "manager": "The manager",
    "freelancer": "The freelancer",
    "program_owner": "The program owner",
    "requester": "The requester",
}

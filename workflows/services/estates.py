"""What somebody is answerable for, kind by kind: how it is found, and how somebody else takes it over.

Higher apps register theirs in `apps.ready()` (`register(Estate(…))`), as analytics does with its KPI targets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.models import Membership, OrgUnit
from programs.models import Program
from programs.services.programs import change_owner
from talent.models import Assignment
from talent.services.assignments import change_manager
from workflows import people
from workflows.engine.moves import lock_run
from workflows.models import AccessGrant, Ask, Attestation, Campaign, Resource, Run, Step

Move = Callable[[Any, Membership, Membership, Actor], object]


@dataclass(frozen=True)
class Estate:
    """One kind of thing. `of(membership)` finds what they answer for; `move(row, leaver, successor, actor)` gives one of them
    to the successor, in the caller's transaction; moving what has been moved changes nothing."""

    key: str
    one: str
    many: str
    of: Callable[[Membership], QuerySet[Any]]
    move: Move
    label: Callable[[Any], str] = str

    def count(self, number: int) -> str:
        """The number with its noun."""
        return f"{number} {self.one if number == 1 else self.many}"


_estates: dict[str, Estate] = {}


def register(*estates: Estate) -> None:
    """Add kinds; they are moved in the order in which they were registered (subjects before runs: the order of locks)."""
    _estates.update((estate.key, estate) for estate in estates)


def registered() -> list[Estate]:
    """All kinds in their order."""
    return list(_estates.values())


def _setter(field: str, kind: str) -> Move:
    """Moves a row by setting one field, with event `kind`, which says who had it before."""

    def move(row: Model, leaver: Membership, successor: Membership, actor: Actor) -> None:
        rows = type(row)._default_manager.filter(pk=row.pk, **{field: leaver})
        if rows.update(**{field: successor}) == 1:
            events.announce(kind, row, actor=actor, before_id=leaver.pk, successor_id=successor.pk)

    return move


def _move_assignment(row: Assignment, _leaver: Membership, successor: Membership, actor: Actor) -> None:
    change_manager(assignment=row, manager=successor, actor=actor)


def _move_program(row: Program, _leaver: Membership, successor: Membership, actor: Actor) -> None:
    change_owner(program=row, owner=successor, actor=actor)


def _move_step(row: Step, leaver: Membership, successor: Membership, actor: Actor) -> None:
    """Whoever may not decide it (their own request, decided before) is passed over for their manager; without one, those who
    manage workflows are asked."""
    run = lock_run(row.run_id)
    step = Step.objects.filter(pk=row.pk, state=Step.State.WAITING).first()
    if step is None:
        return
    out = people.barred(run, step)
    heir = successor if successor.pk not in out else people.successor_of(successor, but=out)
    if step.assignee_id == leaver.pk:
        capability = step.capability if heir else "workflow.manage"
        Step.objects.filter(pk=step.pk).update(assignee=heir, capability=capability)
    for ask in Ask.objects.filter(step=step, member=leaver):
        if heir is not None and not Ask.objects.filter(step=step, member=heir).exists():
            Ask.objects.filter(pk=ask.pk).update(member=heir)
    if step.escalated_to_id == leaver.pk:
        Step.objects.filter(pk=step.pk).update(escalated_to=heir)
    events.announce(
        "step.handed_over",
        step,
        actor=actor,
        before_id=leaver.pk,
        successor_id=heir.pk if heir else None,
        run_id=run.pk,
    )


def _steps_of(leaver: Membership) -> QuerySet[Step]:
    asked = Ask.objects.filter(member=leaver).values("step")
    mine = Q(assignee=leaver) | Q(escalated_to=leaver) | Q(pk__in=asked)
    waiting = Step.objects.filter(mine, state=Step.State.WAITING, kind__in=Step.FOR_PEOPLE, run__state__in=Run.OPEN)
    return waiting.select_related("run").order_by("run_id", "pk")


register(
    Estate(
        "programs",
        "program",
        "programs",
        lambda leaver: Program.objects.filter(owner=leaver).order_by("pk"),
        _move_program,
    ),
    Estate(
        "assignments",
        "assignment to manage",
        "assignments to manage",
        lambda leaver: (
            Assignment.objects.filter(manager=leaver)
            .exclude(state=Assignment.State.CLOSED)
            .select_related("workspace")
            .order_by("pk")
        ),
        _move_assignment,
    ),
    Estate(
        "units",
        "organisation unit to approve for",
        "organisation units to approve for",
        lambda leaver: OrgUnit.objects.filter(approver=leaver).order_by("pk"),
        _setter("approver", "unit.approver_changed"),
    ),
    Estate(
        "guests",
        "guest",
        "guests",
        lambda leaver: (
            Membership.objects.filter(sponsor=leaver)
            .exclude(state=Membership.State.ENDED)
            .select_related("user")
            .order_by("pk")
        ),
        _setter("sponsor", "membership.sponsor_changed"),
    ),
    Estate(
        "grants",
        "access to answer for",
        "accesses to answer for",
        lambda leaver: (
            AccessGrant.objects.filter(sponsor=leaver, state__in=AccessGrant.OPEN)
            .select_related("resource", "workspace", "membership__user")
            .order_by("pk")
        ),
        _setter("sponsor", "access.sponsor_changed"),
        lambda grant: f"{grant.what} of {grant.membership.user}",
    ),
    Estate(
        "resources",
        "resource to open and close by hand",
        "resources to open and close by hand",
        lambda leaver: Resource.objects.filter(keeper=leaver, is_active=True).order_by("pk"),
        _setter("keeper", "resource.keeper_changed"),
    ),
    Estate(
        "reviews",
        "access to review",
        "accesses to review",
        lambda leaver: (
            Attestation.objects.filter(sponsor=leaver, answer="", campaign__state=Campaign.State.OPEN)
            .select_related("campaign", "grant__resource", "grant__workspace", "grant__membership__user")
            .order_by("pk")
        ),
        _setter("sponsor", "attestation.handed_over"),
        lambda one: f"{one.grant.what} of {one.grant.membership.user}",
    ),
    Estate(
        "approvals",
        "approval or task",
        "approvals and tasks",
        _steps_of,
        _move_step,
        lambda step: f"{step.title}: {step.run.title}",
    ),
)

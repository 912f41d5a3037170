"""Who sees which runs and steps, and what the grants open. One pair of functions a noun."""

from collections.abc import Callable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from freelance_hub.access import Actor, fetch, program_limit
from freelance_hub.permissions import Capability, require
from workflows.models import AccessGrant, Run, Step
from workflows.people import answerable_by

C = Capability
State = Step.State


def visible_steps(actor: Actor) -> QuerySet[Step]:
    """What one is or was asked, what concerns one's own requests, and with `task.see_all` everything of one's programs.

    A guest sees what is theirs to do, and nothing else.
    """
    if actor.is_guest:
        if not actor.can(C.TASK_SEE):
            return Step.objects.none()
        return Step.objects.filter(assignee=actor.membership_id, kind__in=Step.FOR_PEOPLE)
    seen = Q(pk__in=[])
    if actor.can(C.TASK_SEE):
        asked = answerable_by(actor) & Q(kind__in=Step.FOR_PEOPLE) & ~Q(state__in=(State.PENDING, State.CANCELLED))
        seen |= asked | Q(decided_by=actor.person_id) | Q(run__requested_by=actor.person_id)
        seen |= Q(run__started_by=actor.person_id)
    if actor.can(C.TASK_SEE_ALL):
        seen |= program_limit(actor, "run__program") if actor.programs is not None else Q(pk__gt=0)
    return Step.objects.filter(seen)


def access_step(actor: Actor, public_id: object) -> Step:
    """The step with that public id. Http404 when it is not among one's own, Refused for employees without the right."""
    see = _need(actor)
    rows = visible_steps(actor).select_related(
        "run__version__definition", "run__program", "run__requested_by__user", "assignee__user", "decided_by__user"
    )
    return fetch(rows, actor=actor, to=see, public_id=public_id)


def access_step_file(actor: Actor, step_id: int) -> Step:
    """Files that were handed in are for whoever sees their step."""
    return fetch(visible_steps(actor), actor=actor, to=_need(actor), pk=step_id)


def visible_runs(actor: Actor) -> QuerySet[Run]:
    """Runs of which one sees a step. Guests see steps of theirs, never runs."""
    if actor.is_guest:
        return Run.objects.none()
    if actor.can(C.TASK_SEE_ALL):
        own = Exists(visible_steps(actor).filter(run=OuterRef("pk")))
        return Run.objects.filter(program_limit(actor) | own) if actor.programs is not None else Run.objects.all()
    return Run.objects.filter(Exists(visible_steps(actor).filter(run=OuterRef("pk"))))


def access_run(actor: Actor, public_id: object, *, to: str = "") -> Run:
    """The run with that public id; `to` is workflow.manage for who changes it."""
    if actor.is_guest:
        raise Http404
    see = _need(actor)
    rows = visible_runs(actor).select_related(
        "version__definition", "program", "started_by__user", "requested_by__user"
    )
    return fetch(rows, actor=actor, to=to or see, public_id=public_id)


def visible_grants(actor: Actor) -> QuerySet[AccessGrant]:
    """Grants of one's programs for those who see all tasks; a guest sees their own."""
    if actor.is_guest:
        return AccessGrant.objects.filter(membership=actor.membership_id)
    if not actor.can(C.TASK_SEE_ALL):
        return AccessGrant.objects.none()
    return AccessGrant.objects.filter(program_limit(actor, "assignment__program"))


def asked_about(subject_type: str) -> Callable[[Actor], Q]:
    """An opening: who is asked to decide about a subject, or has decided, sees it."""

    def opening(actor: Actor) -> Q:
        if actor.is_guest or not actor.can(C.TASK_SEE):
            return Q(pk__in=[])
        asked = answerable_by(actor) & Q(state__in=(State.WAITING, State.DONE))
        steps = Step.objects.filter(
            asked | Q(decided_by=actor.person_id), kind=Step.Kind.APPROVAL, run__subject_type=subject_type
        )
        return Q(pk__in=steps.values("run__subject_id"))

    return opening


def has_workspace_grant(actor: Actor) -> Q | Exists:
    """Condition of the noun `workspace`: a guest gets in only while a grant for that room stands."""
    if not actor.is_guest:
        return Q()
    return Exists(
        AccessGrant.objects.filter(
            workspace=OuterRef("pk"), membership=actor.membership_id, state=AccessGrant.State.ACTIVE
        )
    )


def _need(actor: Actor) -> str:
    """The capability with which this person sees steps. Guests without it learn nothing, employees which is missing."""
    if actor.can(C.TASK_SEE_ALL):
        return C.TASK_SEE_ALL
    if not actor.can(C.TASK_SEE):
        if actor.is_guest:
            raise Http404
        require(actor, C.TASK_SEE)
    return C.TASK_SEE

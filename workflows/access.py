"""Who sees which runs and steps, and what the grants open. One pair of functions a noun."""

from collections.abc import Callable
from typing import Any

from django.db.models import DateTimeField, Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.lookups import GreaterThan
from django.http import Http404

from freelance_hub.access import Actor, fetch, program_limit, with_conditions
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, require
from talent.models import Assignment
from workflows.engine.clock import Now
from workflows.models import AccessGrant, Connection, Definition, Delegation, Drift, Resource, Run, Step
from workflows.people import answerable_by, has_decided
from workflows.subjects import kind_of

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
        seen |= asked | has_decided(actor) | Q(run__requested_by=actor.person_id)
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
    """Files that were handed in are for whoever sees their step, and for employees who see a step of the same run: who
    decides about a document reads it."""
    seen = Step.objects.filter(
        Q(pk__in=visible_steps(actor).values("pk")) | Q(run__in=visible_runs(actor).values("pk"))
    )
    return fetch(seen, actor=actor, to=_need(actor), pk=step_id)


def visible_runs(actor: Actor) -> QuerySet[Run]:
    """Runs of which one sees a step. Guests see steps of theirs, never runs."""
    if actor.is_guest:
        return Run.objects.none()
    if sees_all_runs(actor):
        return Run.objects.all()
    own = Exists(visible_steps(actor).filter(run=OuterRef("pk")))
    return Run.objects.filter(program_limit(actor) | own if actor.can(C.TASK_SEE_ALL) else own)


def sees_all_runs(actor: Actor) -> bool:
    """Whether an employee sees the runs of every program."""
    return not actor.is_guest and actor.can(C.TASK_SEE_ALL) and actor.programs is None


def access_run(actor: Actor, public_id: object, *, to: str = "") -> Run:
    """The run with that public id; `to` is workflow.manage for who changes it."""
    if actor.is_guest:
        raise Http404
    see = _need(actor)
    rows = visible_runs(actor).select_related(
        "version__definition", "program", "started_by__user", "requested_by__user", "parent_step__run"
    )
    return fetch(rows, actor=actor, to=to or see, public_id=public_id)


def startable_definitions(actor: Actor) -> QuerySet[Definition]:
    """Active workflows of one's programs and of the company; which of them have a button or are callable, callers ask."""
    found = Definition.objects.filter(is_active=True)
    if actor.is_guest or not actor.can(C.WORKFLOW_START):
        return found.none()
    return found if actor.programs is None else found.filter(Q(program=None) | Q(program__in=actor.programs))


def access_startable(actor: Actor, public_id: object, *, to: str) -> Definition:
    """The workflow with that public id, to be started by its button. Refused for who may start none."""
    if actor.is_guest:
        raise Http404
    require(actor, to)
    return fetch(startable_definitions(actor).exclude(button=""), actor=actor, to=to, public_id=public_id)


def access_subject(actor: Actor, subject_type: str, name: str) -> Any:
    """What a workflow is to be started about, by its number. Http404 when the actor does not see it."""
    kind = kind_of(subject_type)
    if kind.visible is None:
        raise Http404
    return fetch(
        kind.visible(actor).select_related(*kind.related), actor=actor, to=C.WORKFLOW_START, **{kind.named_by: name}
    )


def visible_definitions(actor: Actor) -> QuerySet[Definition]:
    """Workflows of one's programs and of the company, for who sees all runs."""
    if actor.is_guest or not actor.can(C.TASK_SEE_ALL):
        return Definition.objects.none()
    if actor.programs is None:
        return Definition.objects.all()
    return Definition.objects.filter(program_limit(actor) | Q(program=None))


def access_definition(actor: Actor, public_id: object, *, to: str = C.TASK_SEE_ALL) -> Definition:
    """The definition with that public id; `to` is workflow.manage for who changes it."""
    if actor.is_guest:
        raise Http404
    require(actor, C.TASK_SEE_ALL)
    rows = visible_definitions(actor).select_related("program__owner__user")
    return fetch(rows, actor=actor, to=to, public_id=public_id)


def visible_grants(actor: Actor) -> QuerySet[AccessGrant]:
    """With access.see the grants of one's programs; who only answers for some (access.ask) those they manage or sponsor.

    A guest sees their own.
    """
    if actor.is_guest:
        if not actor.can(C.PORTAL_USE):
            return AccessGrant.objects.none()
        return AccessGrant.objects.filter(membership=actor.membership_id)
    if not actor.can(C.ACCESS_SEE):
        return AccessGrant.objects.none()
    grants = AccessGrant.objects.filter(program_limit(actor, "assignment__program"))
    if sees_only_own_grants(actor):
        grants = grants.filter(
            Q(assignment__manager=actor.person_id) | Q(sponsor=actor.person_id) | Q(resource__keeper=actor.person_id)
        )
    return grants


def sees_only_own_grants(actor: Actor) -> bool:
    """Whether the actor sees accesses only where they answer for them: a hiring manager."""
    return not (actor.can(C.ACCESS_MANAGE) or actor.can(C.TASK_SEE_ALL))


def access_grant(actor: Actor, public_id: object, *, to: str = "") -> AccessGrant:
    """One grant by its public id. `to`: access.see if left out; access.ask also lets in who has access.manage."""
    see = C.PORTAL_USE if actor.is_guest else C.ACCESS_SEE
    if actor.is_guest and not actor.can(see):
        raise Http404
    require(actor, see)
    rows = visible_grants(actor).select_related(
        "assignment__freelancer",
        "assignment__program",
        "assignment__manager__user",
        "membership__user",
        "sponsor__user",
        "workspace",
        "resource__connection",
        "resource__keeper__user",
        "step__assignee__user",
        "proof",
    )
    return fetch(rows, actor=actor, to=changing(actor) if to == C.ACCESS_ASK else to or see, public_id=public_id)


def access_proof(actor: Actor, grant_id: int) -> None:
    """Who may read the proof that an access was opened or closed: employees who see the grant. Http404 for the others."""
    if actor.is_guest or not visible_grants(actor).filter(pk=grant_id).exists():
        raise Http404


def changing(actor: Actor) -> Capability:
    """The capability by which this actor gives and ends access: all of their programs', or of their own engagements."""
    return C.ACCESS_MANAGE if actor.can(C.ACCESS_MANAGE) else C.ACCESS_ASK


def visible_resources(actor: Actor) -> QuerySet[Resource]:
    """The catalogue: what belongs to one's programs, and what belongs to every program. Guests see none of it."""
    if actor.is_guest or not actor.can(C.ACCESS_SEE):
        return Resource.objects.none()
    if actor.programs is None:
        return Resource.objects.all()
    return Resource.objects.filter(program_limit(actor) | Q(program=None))


def access_resource(actor: Actor, public_id: object, *, to: str = "") -> Resource:
    """One resource by its public id; `to` is access.manage for who changes it: only in all of its programs."""
    if actor.is_guest:
        raise Http404
    require(actor, C.ACCESS_SEE)
    rows = visible_resources(actor).select_related("connection", "program", "keeper__user")
    return fetch(rows, actor=actor, to=to or C.ACCESS_SEE, public_id=public_id)


def visible_drifts(actor: Actor) -> QuerySet[Drift]:
    """What the reconciler found in the resources that one sees, for who sees all grants of them."""
    if sees_only_own_grants(actor):
        return Drift.objects.none()
    return Drift.objects.filter(resource__in=visible_resources(actor))


def access_drift(actor: Actor, public_id: object, *, to: str = "") -> Drift:
    """One finding by its public id; `to` is access.manage for who mends it."""
    if actor.is_guest:
        raise Http404
    require(actor, C.ACCESS_SEE)
    rows = visible_drifts(actor).select_related("resource__connection", "resource__program")
    return fetch(rows, actor=actor, to=to or C.ACCESS_SEE, public_id=public_id)


def visible_connections(actor: Actor) -> QuerySet[Connection]:
    """Connections belong to the whole company: with connection.see all, otherwise none."""
    if actor.is_guest or not actor.can(C.CONNECTION_SEE):
        return Connection.objects.none()
    return Connection.objects.all()


def access_connection(actor: Actor, public_id: object, *, to: str = "") -> Connection:
    """One connection by its public id; `to` is connection.manage for who changes it."""
    if actor.is_guest:
        raise Http404
    require(actor, C.CONNECTION_SEE)
    return fetch(visible_connections(actor), actor=actor, to=to or C.CONNECTION_SEE, public_id=public_id)


def asked_about(subject_type: str) -> Callable[[Actor], Q]:
    """An opening: who is asked to decide about a subject, or has decided, sees it."""

    def opening(actor: Actor) -> Q:
        if actor.is_guest or not actor.can(C.TASK_SEE):
            return Q(pk__in=[])
        asked = answerable_by(actor) & Q(state__in=(State.WAITING, State.DONE))
        steps = Step.objects.filter(asked | has_decided(actor), kind=Step.Kind.APPROVAL, run__subject_type=subject_type)
        return Q(pk__in=steps.values("run__subject_id"))

    return opening


class EndOfDay(Func):
    """The midnight after a date in a time zone, as an instant: `EndOfDay(F("ends_on"), F("tenant__time_zone"))`."""

    template = "((%(expressions)s)"
    arg_joiner = " + 1)::timestamp AT TIME ZONE "
    output_field: Any = DateTimeField()


def facts_hold() -> Q:
    """What must be so for a grant to open anything, whatever has been done about it: one predicate on AccessGrant.

    Its assignment is at work (for the portal: begun) and its last day is not over in the company's zone; the person is a
    member; the sponsor, or without one the assignment's manager, is active; now lies between the grant's start and end.
    """
    grant, assignment, member = AccessGrant, Assignment, Membership.State.ACTIVE
    return (
        (
            Q(system=grant.System.PORTAL, assignment__state__in=assignment.OPENS_PORTAL)
            | Q(assignment__state__in=assignment.OPENS_WORKSPACE)
        )
        & Q(GreaterThan(EndOfDay(F("assignment__ends_on"), F("assignment__tenant__time_zone")), Now()))
        & Q(membership__state=member)
        & (Q(sponsor__state=member) | Q(sponsor=None, assignment__manager__state=member))
        & Q(starts_at__lte=Now(), close_by=None)
        & (Q(ends_at=None) | Q(ends_at__gt=Now()))
    )


def valid_grant() -> Q:
    """Whether a grant opens something now: asked at each request, stored nowhere."""
    return Q(state=AccessGrant.State.ACTIVE) & facts_hold()


def valid_grants(actor: Actor) -> QuerySet[AccessGrant]:
    """The grants that open something now, with what higher apps ask for (contract signed, documents valid)."""
    return with_conditions("grant", AccessGrant.objects.filter(valid_grant()), actor)


def wanted_grants(actor: Actor) -> QuerySet[AccessGrant]:
    """The grants that should be open: valid ones, those that wait to be opened, and those that only a fact held back."""
    state = AccessGrant.State
    open_or_waiting = Q(state__in=(state.PENDING, state.ACTIVE)) | Q(state=state.SUSPENDED, hold_reason="")
    return with_conditions("grant", AccessGrant.objects.filter(open_or_waiting & facts_hold()), actor)


def has_workspace_grant(actor: Actor) -> Q | Exists:
    """Condition of the noun `workspace`: a guest gets in only while a grant for that room is valid."""
    if not actor.is_guest:
        return Q()
    return Exists(valid_grants(actor).filter(workspace=OuterRef("pk"), membership=actor.membership_id))


def has_portal_grant(actor: Actor) -> Q:
    """Condition of the noun `portal`, on the guest's membership: a valid grant, or no assignment has ever given one.

    Who is being onboarded is let in before the grant is written: accepting and first tasks come before it.
    """
    portal = AccessGrant.System.PORTAL
    granted = AccessGrant.objects.filter(membership=OuterRef("pk"), system=portal)
    joining = Assignment.objects.filter(
        freelancer__membership=OuterRef("pk"), state__in=(Assignment.State.PLANNED, Assignment.State.ONBOARDING)
    )
    valid = valid_grants(actor).filter(membership=OuterRef("pk"), system=portal)
    return Q(Exists(valid)) | ~Q(Exists(granted)) | Q(Exists(joining))


def _need(actor: Actor) -> str:
    """The capability with which this person sees steps. Guests without it learn nothing, employees which is missing."""
    if actor.can(C.TASK_SEE_ALL):
        return C.TASK_SEE_ALL
    if not actor.can(C.TASK_SEE):
        if actor.is_guest:
            raise Http404
        require(actor, C.TASK_SEE)
    return C.TASK_SEE


def may_delegate_for(actor: Actor, giver: Membership) -> bool:
    """Whether the actor may say who stands in for somebody: for themselves, for whom they manage, or with people.manage."""
    return actor.person_id in (giver.pk, giver.manager_id) or actor.can(C.PEOPLE_MANAGE)


def visible_delegations(actor: Actor) -> QuerySet[Delegation]:
    """Those one has given or taken, those of one's reports, and with `people.manage` everybody's."""
    if actor.is_guest or not actor.can(C.TASK_SEE):
        return Delegation.objects.none()
    if actor.can(C.PEOPLE_MANAGE):
        return Delegation.objects.all()
    me = actor.person_id
    return Delegation.objects.filter(Q(giver=me) | Q(taker=me) | Q(giver__manager=me))


def access_delegation(actor: Actor, public_id: object) -> Delegation:
    """The delegation with that public id; Http404 when it does not concern the actor. Whether it may be changed, its service
    says."""
    if actor.is_guest:
        raise Http404
    rows = visible_delegations(actor).select_related("giver__user", "taker__user")
    return fetch(rows, actor=actor, to=C.TASK_SEE, public_id=public_id)

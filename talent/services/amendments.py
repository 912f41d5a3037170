"""Amendments: the terms of a running assignment change only as approved and as the freelancer has accepted.

draft → in approval → with the freelancer → in force. Each version stays readable: `terms_before` holds what it replaced.
"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.formats import money_text
from freelance_hub.models import Membership
from freelance_hub.numbers import next_number
from freelance_hub.permissions import Capability, Refused, require
from freelance_hub.states import change_state
from talent.access import is_same_person, owns_work
from talent.models import Amendment, Assignment
from talent.services.amounts import CENT, committed
from talent.services.days import today_in

State = Amendment.State
TERMS = ("ends_on", "rate", "budget")
EDITABLE = (*TERMS, "scope", "reason")
RUNNING = (Assignment.State.ONBOARDING, Assignment.State.ACTIVE, Assignment.State.SUSPENDED)


@transaction.atomic
def create_amendment(
    *, assignment: Assignment, reason: str, actor: Actor, requested_by: Membership | None = None, **terms: Any
) -> Amendment:
    """Write down, as a draft, what should change in the terms of a running assignment, and why.

    In `terms`: `ends_on`, `rate` (per the assignment's unit), `budget` (the new whole budget; both without tax, in the
    assignment's currency) and `scope`; what is left out, or is as it was, stays. Moving the last day later and nothing
    else is an extension. `requested_by` is the actor; automations name somebody. Raises Refused without
    assignment.engage, Refusal at the field when the assignment is not running, another change is open, nothing changes, or
    a value cannot be. Side effects: amendment row, event `amendment.created`.
    """
    require(actor, Capability.ASSIGNMENT_ENGAGE)
    requester = requested_by.pk if requested_by else actor.person_id
    if requester is None:
        raise Refusal("Say who asks for this.", field="requested_by", code="required")
    assignment = _locked_assignment(assignment)  # the lock makes the second of two clicks see the first one's draft
    _refuse_assignment(assignment, actor)
    if (twin := Amendment.objects.filter(assignment=assignment, state__in=Amendment.OPEN).first()) is not None:
        raise Refusal(
            f"{twin.ref} already changes the terms of {assignment.ref}.",
            remedy="Change that one, or take it back first.",
            code="one_open",
        )
    agreed = Amendment.objects.filter(assignment=assignment, state=State.AGREED)
    amendment = Amendment(assignment=assignment, requested_by_id=requester)
    amendment.version = (agreed.aggregate(last=Max("version"))["last"] or 1) + 1
    _fill(amendment, {**terms, "reason": reason})
    amendment.kind = _kind_of(amendment)
    amendment.number = next_number("amendment")
    amendment.save()
    _announce("created", amendment, actor)
    return amendment


@transaction.atomic
def update_amendment(*, amendment: Amendment, actor: Actor, **changes: Any) -> Amendment:
    """Change a draft, or one in approval: then decisions about what changed are void and asked for again.

    Values and refusals as in `create_amendment`; None in a term lets it stay as it was. An extension in approval stays
    one, because nobody has been asked about money. Event `amendment.updated` with the `fields` that really changed.
    """
    locked = _locked(amendment)
    _refuse_others(locked, actor)
    if locked.state not in (State.DRAFT, State.IN_APPROVAL):
        raise Refusal(
            f"{locked.ref} is “{locked.get_state_display()}”, so its content is fixed.",
            remedy="Take it back and write a new one.",
            code="state_changed",
        )
    before = {name: getattr(locked, name) for name in EDITABLE}
    _fill(locked, changes)
    kind = _kind_of(locked)
    if locked.state == State.IN_APPROVAL and kind != locked.kind:
        raise Refusal(
            f"{locked.ref} was sent for approval as {_a(locked.kind)}; this would make it {_a(kind)}.",
            remedy="Take it back and write a new one.",
            code="other_kind",
        )
    locked.kind = kind
    changed = sorted(name for name in EDITABLE if getattr(locked, name) != before[name])
    if not changed:
        return locked
    locked.save(update_fields=[*changed, "kind"])
    _announce("updated", locked, actor, fields=changed)
    return locked


@transaction.atomic
def submit_amendment(*, amendment: Amendment, actor: Actor) -> Amendment:
    """Ask for approval: draft → in approval. The terms that it would replace are kept from now on.

    Raises Refused for whom it is not, Refusal when the assignment is not running any more or it is no draft. Event
    `amendment.submitted`, which starts the approval.
    """
    amendment = _locked(amendment)
    _refuse_others(amendment, actor)
    _refuse_assignment(amendment.assignment, actor)
    _check(amendment)
    change_state(
        amendment,
        source=State.DRAFT,
        target=State.IN_APPROVAL,
        terms_before=_terms_now(amendment.assignment),
        decision_note="",
    )
    return _announce("submitted", amendment, actor, kind=amendment.kind)


@transaction.atomic
def withdraw_amendment(*, amendment: Amendment, actor: Actor, reason: str = "") -> Amendment:
    """It is not needed after all: draft, in approval or with the freelancer → taken back. Event `amendment.withdrawn`,
    which ends its approval."""
    _refuse_others(amendment, actor)
    change_state(amendment, source=Amendment.OPEN, target=State.WITHDRAWN, decision_note=reason.strip())
    return _announce("withdrawn", amendment, actor, reason=reason.strip())


def withdraw_open(assignment: Assignment, *, actor: Actor) -> None:
    """Take back what is still open when an assignment ends. Call it in that transaction. Events as `withdraw_amendment`."""
    reason = "The assignment has ended."
    for amendment in Amendment.objects.filter(assignment=assignment, state__in=Amendment.OPEN):
        change_state(amendment, source=Amendment.OPEN, target=State.WITHDRAWN, decision_note=reason)
        _announce("withdrawn", amendment, actor, reason=reason)


@transaction.atomic
def offer_amendment(*, amendment: Amendment, actor: Actor, note: str = "") -> Amendment:
    """All approvers have said yes: in approval → with the freelancer. Called by the approval, as automation.

    Raises Refusal for people. Event `amendment.offered`.
    """
    _automation_only(actor)
    change_state(amendment, source=State.IN_APPROVAL, target=State.OFFERED, decision_note=note)
    return _announce("offered", amendment, actor)


@transaction.atomic
def reject_amendment(*, amendment: Amendment, reason: str, actor: Actor) -> Amendment:
    """An approver has said no: in approval → rejected, with the reason. By the approval. Event `amendment.rejected`."""
    _automation_only(actor)
    reason = _reason(reason)
    change_state(amendment, source=State.IN_APPROVAL, target=State.REJECTED, decision_note=reason)
    return _announce("rejected", amendment, actor, reason=reason)


@transaction.atomic
def return_amendment(*, amendment: Amendment, reason: str, actor: Actor) -> Amendment:
    """An approver asks for changes: in approval → draft, with what should change. By the approval. Event
    `amendment.returned`."""
    _automation_only(actor)
    reason = _reason(reason)
    change_state(amendment, source=State.IN_APPROVAL, target=State.DRAFT, decision_note=reason)
    return _announce("returned", amendment, actor, reason=reason)


@transaction.atomic
def accept_amendment(*, amendment: Amendment, actor: Actor) -> Amendment:
    """The freelancer agrees: with the freelancer → in force. The assignment's terms change in this transaction.

    Raises Refusal for anybody else, when it was taken back meanwhile, and when the assignment is over. Side effects:
    `ends_on`, `rate` and `budget` of the assignment; events `amendment.agreed` and `assignment.terms_changed`. Time
    that was handed in before keeps its rate.
    """
    amendment = _locked(amendment)
    assignment = amendment.assignment
    _freelancer_only(amendment, actor)
    if assignment.state not in RUNNING:
        raise Refusal(f"{assignment.ref} is over, so its terms change no more.", code="not_running")
    terms_before = _terms_now(assignment)
    change_state(
        amendment, source=State.OFFERED, target=State.AGREED, agreed_at=timezone.now(), terms_before=terms_before
    )
    changes = {name: getattr(amendment, name) for name in TERMS if getattr(amendment, name) is not None}
    for name, value in changes.items():
        setattr(assignment, name, value)
    if changes:
        assignment.save(update_fields=list(changes))
    _announce("agreed", amendment, actor)
    events.announce(
        "assignment.terms_changed",
        assignment,
        actor=actor,
        amendment=amendment.ref,
        version=amendment.version,
        fields=sorted(changes),
        program_id=assignment.program_id,
        freelancer_id=assignment.freelancer_id,
    )
    return amendment


@transaction.atomic
def decline_amendment(*, amendment: Amendment, reason: str, actor: Actor) -> Amendment:
    """The freelancer does not agree: with the freelancer → declined; what was agreed before stays. Needs a reason.

    Raises as `accept_amendment`. Event `amendment.declined`.
    """
    amendment = _locked(amendment)
    _freelancer_only(amendment, actor)
    reason = _reason(reason)
    change_state(amendment, source=State.OFFERED, target=State.DECLINED, decision_note=reason)
    return _announce("declined", amendment, actor, reason=reason)


def may_change(amendment: Amendment, actor: Actor) -> bool:
    """Whether it is the actor's to change: for who asked for it, and for who runs all assignments of the program."""
    if not actor.can(Capability.ASSIGNMENT_ENGAGE):
        return False
    mine = actor.person_id in (amendment.requested_by_id, amendment.assignment.manager_id)
    return mine or actor.can(Capability.ASSIGNMENT_SEE_ALL)


def _refuse_others(amendment: Amendment, actor: Actor) -> None:
    require(actor, Capability.ASSIGNMENT_ENGAGE)
    if not may_change(amendment, actor):
        raise Refused(Capability.ASSIGNMENT_SEE_ALL)


def _refuse_assignment(assignment: Assignment, actor: Actor) -> None:
    if assignment.state not in RUNNING:
        raise Refusal(
            f"{assignment.ref} is “{assignment.get_state_display()}”; only the terms of a running assignment change.",
            remedy="Engage the person anew."
            if assignment.state in Assignment.OVER
            else "Start its onboarding first, or cancel it and engage anew.",
            code="not_running",
        )
    if owns_work(actor, assignment.freelancer):
        raise Refusal("Nobody changes their own terms.", remedy="Ask your manager.", code="own_person")


def _fill(amendment: Amendment, changes: Mapping[str, Any]) -> None:
    """Take over what differs from the terms of today; what is as it was counts as not given."""
    if unknown := set(changes) - set(EDITABLE):
        msg = f"An amendment has no {', '.join(sorted(unknown))}."
        raise TypeError(msg)
    for name, given in changes.items():
        value = given.strip() if isinstance(given, str) else given
        if isinstance(value, Decimal):
            value = value.quantize(CENT, ROUND_HALF_UP)
        is_term = name in TERMS
        setattr(amendment, name, None if is_term and value == getattr(amendment.assignment, name) else value)
    _check(amendment)


def _check(amendment: Amendment) -> None:
    assignment, currency = amendment.assignment, amendment.assignment.currency
    if not amendment.reason:
        raise Refusal("Say why.", field="reason", remedy="One sentence is enough.", code="required")
    if not amendment.scope and all(getattr(amendment, name) is None for name in TERMS):
        raise Refusal(
            "Nothing changes.", remedy="Say what should be different: dates, rate, budget or scope.", code="no_change"
        )
    _check_last_day(amendment.ends_on, assignment)
    if amendment.rate is not None and amendment.rate <= 0:
        raise Refusal("A rate is above zero.", field="rate", code="rate")
    if amendment.budget is None:
        return
    if amendment.budget <= 0:
        raise Refusal("A budget is above zero.", field="budget", code="budget")
    spoken_for = committed(assignment)
    if amendment.budget < spoken_for:
        raise Refusal(
            f"{money_text(spoken_for, currency)} of the budget is spoken for already.",
            field="budget",
            remedy=f"Leave at least {money_text(spoken_for, currency)}.",
            code="budget",
        )


def _check_last_day(ends_on: date | None, assignment: Assignment) -> None:
    if ends_on is None:
        return
    if ends_on < assignment.starts_on:
        raise Refusal("It ends before it starts.", field="ends_on", remedy="Choose a later day.", code="dates")
    if ends_on < today_in(assignment.tenant):
        raise Refusal(
            "This day has passed.", field="ends_on", remedy="Choose a later day, or end the assignment.", code="dates"
        )


def _kind_of(amendment: Amendment) -> str:
    only_later = (
        amendment.ends_on is not None
        and amendment.ends_on > amendment.assignment.ends_on
        and amendment.rate is None
        and amendment.budget is None
        and not amendment.scope
    )
    return Amendment.Kind.EXTENSION if only_later else Amendment.Kind.AMENDMENT


def _a(kind: str) -> str:
    return f"an {Amendment.Kind(kind).label.lower()}"


def _terms_now(assignment: Assignment) -> dict[str, str]:
    return {
        "ends_on": assignment.ends_on.isoformat(),
        "rate": str(assignment.rate),
        "budget": str(assignment.budget),
    }


def _freelancer_only(amendment: Amendment, actor: Actor) -> None:
    """The person themselves, signed in: neither an automation nor a colleague answers in their name."""
    if actor.kind == "automation" or not is_same_person(actor, amendment.assignment.freelancer.membership):
        raise Refusal("The freelancer answers this in the portal.", code="freelancer_only")


def _automation_only(actor: Actor) -> None:
    if actor.kind != "automation":
        raise Refusal("The approval does this by itself once everybody has decided.", code="automation_only")


def _locked(amendment: Amendment) -> Amendment:
    """The amendment and its assignment as they are now, both rows locked, the assignment first."""
    assignment = _locked_assignment(amendment.assignment)
    found = Amendment.objects.select_for_update(of=("self",)).get(pk=amendment.pk)
    found.assignment = assignment
    return found


def _locked_assignment(assignment: Assignment) -> Assignment:
    people = ("tenant", "program", "freelancer__membership", "manager__user")
    return Assignment.objects.select_for_update(of=("self",)).select_related(*people).get(pk=assignment.pk)


def _announce(word: str, amendment: Amendment, actor: Actor, **payload: Any) -> Amendment:
    events.announce(
        f"amendment.{word}",
        amendment,
        actor=actor,
        assignment_id=amendment.assignment_id,
        program_id=amendment.assignment.program_id,
        requested_by_id=amendment.requested_by_id,
        **payload,
    )
    return amendment


def _reason(text: str) -> str:
    if not text.strip():
        raise Refusal("Say why.", field="reason", remedy="One sentence is enough.", code="required")
    return text.strip()

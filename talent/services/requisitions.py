"""Requisitions: asked for, approved, open, filled, closed."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from freelance_hub import events, gates
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.formats import money_text
from freelance_hub.models import Membership
from freelance_hub.numbers import next_number
from freelance_hub.permissions import Capability, Refused, require
from freelance_hub.states import change_state
from programs.models import Program
from talent.models import Assignment, Requisition, RequisitionSkill
from talent.services.skills import skills_named

State = Requisition.State
CENT = Decimal("0.01")
EDITABLE = (
    "program",
    "org_unit",
    "title",
    "description",
    "starts_on",
    "ends_on",
    "budget",
    "currency",
    "rate_min",
    "rate_max",
    "rate_unit",
)


@transaction.atomic
def create_requisition(
    *,
    program: Program,
    title: str,
    starts_on: date,
    ends_on: date,
    budget: Decimal,
    actor: Actor,
    requested_by: Membership | None = None,
    skills: Iterable[str] = (),
    **details: Any,
) -> Requisition:
    """Write down, as a draft, what is needed.

    `budget` is the most that may be spent, without tax; it and the rate range (`rate_min`, `rate_max` per `rate_unit`)
    are in `currency`, ISO 4217, the program's if left out. Also in `details`: org_unit, description. `requested_by` is
    the actor; automations name somebody. Raises Refused without requisition.create, Refusal at the field for a program
    that is closed or not the actor's, dates that end before they start, a budget of nothing or a range upside down.
    Side effects: requisition and skill rows, event `requisition.created`.
    """
    require(actor, Capability.REQUISITION_CREATE)
    requester = requested_by.pk if requested_by else actor.person_id
    if requester is None:
        raise Refusal("Say who asks for this.", field="requested_by", code="required")
    requisition = Requisition(number=next_number("requisition"), requested_by_id=requester)
    details = {
        **details,
        "program": program,
        "title": title,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "budget": budget,
    }
    _fill(requisition, {"currency": program.currency, **details}, actor)
    requisition.save()
    _set_skills(requisition, skills)
    events.announce("requisition.created", requisition, actor=actor, program_id=program.pk)
    return requisition


@transaction.atomic
def update_requisition(
    *, requisition: Requisition, actor: Actor, skills: Iterable[str] | None = None, **details: Any
) -> Requisition:
    """Change a draft, or one in approval: then decisions about what changed are void and asked for again.

    Values and refusals as in `create_requisition`; what is not given stays. Raises Refusal once it is approved, and for
    another program while approvers of this one look at it. Event `requisition.updated` with the `fields` that really
    changed; nothing is announced when none did.
    """
    refuse_others(requisition, actor)
    locked = Requisition.objects.select_for_update().get(pk=requisition.pk)
    if locked.state not in (State.DRAFT, State.IN_APPROVAL):
        raise Refusal(
            f"{requisition.ref} is “{locked.get_state_display()}”, so its content is fixed.",
            remedy="Cancel it and ask anew.",
            code="state_changed",
        )
    if locked.state == State.IN_APPROVAL and details.get("program", locked.program) != locked.program:
        raise Refusal(
            "Its approvers are those of this program.",
            field="program",
            remedy="Cancel it and ask anew in the other program.",
            code="other_program",
        )
    before = {name: getattr(locked, name) for name in details}
    _fill(requisition, details, actor)
    requisition.save(update_fields=list(details))
    changed = {name for name in details if getattr(requisition, name) != before[name]}
    if skills is not None and _set_skills(requisition, skills):
        changed.add("skills")
    if changed:
        events.announce("requisition.updated", requisition, actor=actor, fields=sorted(changed))
    return requisition


@transaction.atomic
def submit_requisition(*, requisition: Requisition, actor: Actor) -> Requisition:
    """Ask for approval: draft → in approval.

    Raises Refused for whom it is not, Refusal when a gate `requisition.submit` stops it or it is no draft. Event
    `requisition.submitted`, which starts the approval.
    """
    refuse_others(requisition, actor)
    gates.pass_or_refuse("requisition.submit", requisition, actor=actor)
    change_state(
        requisition, source=State.DRAFT, target=State.IN_APPROVAL, submitted_at=timezone.now(), decision_note=""
    )
    events.announce(
        "requisition.submitted",
        requisition,
        actor=actor,
        budget=str(requisition.budget),
        currency=requisition.currency,
        program_id=requisition.program_id,
        requested_by_id=requisition.requested_by_id,
    )
    return requisition


@transaction.atomic
def approve_requisition(*, requisition: Requisition, actor: Actor, note: str = "") -> Requisition:
    """All approvers have said yes: in approval → open. Called by the approval, as automation.

    Raises Refused without requisition.approve, Refusal for the requester themselves. Event `requisition.approved`.
    """
    _decide(requisition, actor)
    change_state(
        requisition, source=State.IN_APPROVAL, target=State.OPEN, approved_at=timezone.now(), decision_note=note
    )
    events.announce("requisition.approved", requisition, actor=actor)
    return requisition


@transaction.atomic
def reject_requisition(*, requisition: Requisition, reason: str, actor: Actor) -> Requisition:
    """An approver has said no: in approval → draft, with the reason, so that it can be mended and submitted again.

    Raises as `approve_requisition`, and Refusal without a reason. Event `requisition.rejected`.
    """
    _decide(requisition, actor)
    reason = _reason(reason)
    change_state(requisition, source=State.IN_APPROVAL, target=State.DRAFT, decision_note=reason)
    events.announce("requisition.rejected", requisition, actor=actor, reason=reason)
    return requisition


@transaction.atomic
def return_requisition(*, requisition: Requisition, reason: str, actor: Actor) -> Requisition:
    """An approver asks for changes: in approval → draft, with what should change. Raises as `reject_requisition`. Event
    `requisition.returned`."""
    _decide(requisition, actor)
    reason = _reason(reason)
    change_state(requisition, source=State.IN_APPROVAL, target=State.DRAFT, decision_note=reason)
    events.announce("requisition.returned", requisition, actor=actor, reason=reason)
    return requisition


@transaction.atomic
def hold_requisition(*, requisition: Requisition, reason: str, actor: Actor) -> Requisition:
    """Stop looking for a while: open → on hold. Event `requisition.held`."""
    return _move(requisition, (State.OPEN,), State.ON_HOLD, "held", actor, decision_note=_reason(reason))


@transaction.atomic
def reopen_requisition(*, requisition: Requisition, actor: Actor) -> Requisition:
    """Look again, after a hold or because the person left: on hold, filled → open. Event `requisition.reopened`."""
    return _move(requisition, (State.ON_HOLD, State.FILLED), State.OPEN, "reopened", actor, decision_note="")


@transaction.atomic
def close_requisition(*, requisition: Requisition, actor: Actor) -> Requisition:
    """Nobody more is needed: open, on hold, filled → closed. Event `requisition.closed`."""
    return _move(requisition, (State.OPEN, State.ON_HOLD, State.FILLED), State.CLOSED, "closed", actor)


@transaction.atomic
def cancel_requisition(*, requisition: Requisition, reason: str, actor: Actor) -> Requisition:
    """It is not needed after all. Refused while somebody is engaged for it. Event `requisition.cancelled`, which voids
    its approval."""
    live = requisition.assignments.exclude(state__in=Assignment.OVER).first()
    if live is not None:
        raise Refusal(
            f"{live.ref} is engaged for {requisition.ref}.", remedy="End that assignment first, or close the request."
        )
    sources = (State.DRAFT, State.IN_APPROVAL, State.OPEN, State.ON_HOLD)
    return _move(requisition, sources, State.CANCELLED, "cancelled", actor, decision_note=_reason(reason))


def budget_left(requisition: Requisition) -> Decimal:
    """What of the budget no assignment holds, in the requisition's currency. An assignment that was over before it
    began holds nothing."""
    return left_after(requisition, Assignment.objects.filter(requisition=requisition))


def left_after(requisition: Requisition, assignments: Iterable[Assignment]) -> Decimal:
    """`budget_left` when all assignments of the requisition are at hand."""
    held = (one.budget for one in assignments if one.activated_at or one.state not in Assignment.OVER)
    return requisition.budget - sum(held, Decimal(0))


def _fill(requisition: Requisition, details: dict[str, Any], actor: Actor) -> None:
    unknown = set(details) - set(EDITABLE)
    if unknown:
        msg = f"A requisition has no {', '.join(sorted(unknown))}."
        raise TypeError(msg)
    for field, value in details.items():
        setattr(requisition, field, value.quantize(CENT, ROUND_HALF_UP) if isinstance(value, Decimal) else value)
    program = requisition.program
    if program.state == Program.State.CLOSED:
        raise Refusal(f"{program.name} is closed.", field="program", remedy="Choose a program that is live.")
    if actor.programs is not None and program.pk not in actor.programs:
        raise Refusal(f"{program.name} is not one of your programs.", field="program", remedy="Choose one of yours.")
    if requisition.ends_on < requisition.starts_on:
        raise Refusal("It ends before it starts.", field="ends_on", remedy="Choose a later day.")
    if requisition.budget <= 0:
        raise Refusal("A request needs a budget.", field="budget", remedy="Say what may be spent at most.")
    low, high = requisition.rate_min, requisition.rate_max
    if low is not None and high is not None and high < low:
        raise Refusal(
            f"The range is upside down: {money_text(low, requisition.currency)} to {money_text(high, requisition.currency)}.",
            field="rate_max",
            remedy="Let the highest rate be at least the lowest.",
        )
    relations = ("tenant", "program", "org_unit", "requested_by")
    try:
        requisition.clean_fields(exclude=[*relations, "state", "number"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refusal(" ".join(messages), field=field, code="invalid") from error


def _set_skills(requisition: Requisition, names: Iterable[str]) -> bool:
    """Let the requisition have these skills and no others; says whether that changed any."""
    wanted = {skill.pk for skill in skills_named(names)}
    links = RequisitionSkill.objects.filter(requisition=requisition)
    removed, _ = links.exclude(skill_id__in=wanted).delete()
    has = set(links.values_list("skill_id", flat=True))
    RequisitionSkill.objects.bulk_create(
        [RequisitionSkill(requisition=requisition, skill_id=pk) for pk in sorted(wanted - has)]
    )
    return bool(removed or wanted - has)


def may_change(requisition: Requisition, actor: Actor) -> bool:
    """Whether it is the actor's to change: one's own with requisition.create, everybody's with requisition.manage."""
    if not actor.can(Capability.REQUISITION_CREATE):
        return False
    return requisition.requested_by_id == actor.person_id or actor.can(Capability.REQUISITION_MANAGE)


def refuse_others(requisition: Requisition, actor: Actor) -> None:
    """Raises Refused, with the capability that is missing, when it is not the actor's to change."""
    require(actor, Capability.REQUISITION_CREATE)
    if not may_change(requisition, actor):
        raise Refused(Capability.REQUISITION_MANAGE)


def _decide(requisition: Requisition, actor: Actor) -> None:
    require(actor, Capability.REQUISITION_APPROVE)
    if actor.kind != "automation" and actor.person_id == requisition.requested_by_id:
        raise Refusal("Nobody approves what they asked for.", remedy="Another approver decides.", code="own_request")


def _move(
    requisition: Requisition, sources: tuple[str, ...], target: str, word: str, actor: Actor, **changes: Any
) -> Requisition:
    refuse_others(requisition, actor)
    change_state(requisition, source=sources, target=target, **changes)
    events.announce(f"requisition.{word}", requisition, actor=actor, reason=changes.get("decision_note", ""))
    return requisition


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise Refusal("Say why.", field="reason", remedy="One sentence is enough.", code="required")
    return reason

"""Recertification: sponsors say of each access whether it is still needed. Silence suspends, and what was said is kept."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from freelance_hub import csvs, events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.links import tenant_url
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability, Refused, require
from freelance_hub.services import notifications
from freelance_hub.services.files import store_made
from programs.models import Program
from workflows.engine.clock import Now, now
from workflows.models import AccessGrant, Attestation, Campaign
from workflows.services import grants

DAYS = 14
REMIND_AT = (7, 2)  # days before the deadline
Answer = Attestation.Answer

notifications.register("access.review", "Accesses wait for my review")


@transaction.atomic
def start_campaign(*, actor: Actor, program: Program | None = None, title: str = "", days: int = DAYS) -> Campaign:
    """Ask every sponsor about the open accesses of a program, or of the whole company; answers are due in `days` days.

    An access is asked of its sponsor, without an active one of the assignment's manager, then of the program's owner. Raises
    Refused without access.manage in all it is about, Refusal for less than 1 or more than 90 days, and while another review
    of the same is open. Side effects: the campaign with one attestation a grant, one notification a sponsor, event
    `campaign.started`.
    """
    _require_for(program, actor)
    if not 1 <= days <= 90:
        raise Refusal("Give people between 1 and 90 days.", field="days", remedy="14 is a good choice.")
    started = now()
    try:
        with transaction.atomic():
            campaign = Campaign.objects.create(
                title=(title.strip() or f"Access review {started:%B %Y}")[:120],
                program=program,
                started_by_id=actor.membership_id,
                started_at=started,
                due_at=started + timedelta(days=days),
            )
    except IntegrityError as error:
        raise Refusal(
            "A review of these accesses is open already.",
            field="program",
            remedy="Close it first.",
            code="already_open",
        ) from error
    found = _open_grants(program)
    Attestation.objects.bulk_create(
        [
            Attestation(tenant_id=campaign.tenant_id, campaign=campaign, grant=grant, sponsor=answers_for(grant))
            for grant in found
        ]
    )
    events.announce("campaign.started", campaign, actor=actor, grants=len(found), days=days)
    _tell(campaign, key="start", title=f"Review accesses: {campaign.title}")
    return campaign


def answers_for(grant: AccessGrant) -> Membership | None:
    """Who is asked about a grant: the first who is active of sponsor, manager and program owner; None: nobody is left."""
    people = (grant.sponsor, grant.assignment.manager, grant.assignment.program.owner)
    return next((one for one in people if one is not None and one.state == Membership.State.ACTIVE), None)


def _open_grants(program: Program | None) -> list[AccessGrant]:
    """Open and not about to be closed, in the order in which people read them."""
    rows = AccessGrant.objects.filter(state__in=AccessGrant.OPEN, close_by=None)
    if program is not None:
        rows = rows.filter(assignment__program=program)
    rows = rows.select_related("sponsor", "assignment__manager", "assignment__program__owner")
    return list(rows.order_by("assignment__freelancer__name", "assignment_id", "pk"))


@transaction.atomic
def answer(*, attestation: Attestation, answer: str, actor: Actor, comment: str = "") -> Attestation:
    """Say that an access is still needed ("keep"), or is not ("close": it is revoked at once). A keep may be changed.

    Raises Refused for who is neither its sponsor nor may manage accesses in its program; Refusal for another word, once the
    access is closed or the review over. Event `attestation.answered`; side effects of `grants.revoke_grant`.
    """
    if answer not in (Answer.KEEP, Answer.CLOSE):
        raise Refusal("Keep it or close it.", field="answer")
    grant = AccessGrant.objects.select_related("assignment__program", "assignment__freelancer").get(
        pk=attestation.grant_id
    )
    if attestation.sponsor_id is None or attestation.sponsor_id != actor.membership_id:
        _require_for(grant.assignment.program, actor)
    if answer == Answer.KEEP and grant.state not in AccessGrant.OPEN:
        raise Refusal("It is closed already.", remedy="Give it anew if it is needed.", code="closed")
    open_rows = Attestation.objects.filter(
        pk=attestation.pk, campaign__state=Campaign.State.OPEN, answer__in=(Answer.NONE, Answer.KEEP)
    )
    changed = open_rows.update(
        answer=answer, comment=comment.strip()[:400], answered_by_id=actor.membership_id, answered_at=Now()
    )
    if changed != 1:
        raise Refusal(
            "This was answered already, or the review is over.", remedy="Reload the page.", code="state_changed"
        )
    if answer == Answer.CLOSE:
        grants.revoke_grant(grant=grant, reason="No longer needed, says its review.", actor=actor)
    attestation.refresh_from_db()
    events.announce("attestation.answered", attestation, actor=actor, answer=answer, grant_id=grant.pk)
    return attestation


@transaction.atomic
def close_campaign(*, campaign: Campaign, actor: Actor) -> Campaign:
    """End a review. Before its deadline only when everything is answered; from then on silence suspends the access.

    Raises Refused without access.manage, Refusal while answers are missing before the deadline, or when it is closed. Side
    effects: what nobody answered is suspended, the evidence is kept as CSV, event `campaign.closed`.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("program").get(pk=campaign.pk)
    _require_for(campaign.program, actor)
    if campaign.state != Campaign.State.OPEN:
        raise Refusal("This review is closed already.", code="state_changed")
    silent = list(
        Attestation.objects.filter(campaign=campaign, answer=Answer.NONE).select_related("grant").order_by("pk")
    )
    still_open = [one for one in silent if one.grant.state in AccessGrant.OPEN and one.grant.close_by is None]
    if still_open and now() < campaign.due_at:
        raise Refusal(
            f"{len(still_open)} accesses have no answer yet.",
            remedy="Wait for the deadline, when silence suspends them, or answer them yourself.",
            code="unanswered",
        )
    for one in silent:
        is_silent = one in still_open
        Attestation.objects.filter(pk=one.pk).update(answer=Answer.SILENT if is_silent else Answer.GONE)
        if is_silent:
            grants.suspend_grant(grant=one.grant, reason=f"No answer in “{campaign.title}”"[:200], actor=actor)
    Campaign.objects.filter(pk=campaign.pk).update(state=Campaign.State.CLOSED, closed_at=Now())
    campaign.refresh_from_db()
    campaign.evidence = store_made(
        name=f"{campaign.title}.csv", content=evidence_of(campaign), owner=campaign, actor=actor
    )
    campaign.save(update_fields=["evidence"])
    counts = progress_of(campaign)
    events.announce("campaign.closed", campaign, actor=actor, suspended=len(still_open), **counts)
    return campaign


def look_after(*, actor: Actor) -> int:
    """Close what is over and remind of what soon will be, in the current tenant; returns how many were closed. For the
    schedule; twice in the same minute is fine."""
    moment = now()
    closed = 0
    for campaign in Campaign.objects.filter(state=Campaign.State.OPEN).order_by("pk"):
        if campaign.due_at <= moment:
            close_campaign(campaign=campaign, actor=actor)
            closed += 1
            continue
        left = campaign.due_at - moment
        for days in REMIND_AT:
            if left <= timedelta(days=days) < campaign.due_at - campaign.started_at:
                _tell(campaign, key=f"remind{days}", title=f"Still to review: {campaign.title}")
    return closed


HEADERS = (
    "Access", "Kind", "Person", "Assignment", "Program", "Opened", "Last used", "Asked", "Answer", "Answered by", "Answered at",
    "Comment", "State of the access",
)  # fmt: skip


def evidence_of(campaign: Campaign) -> bytes:
    """Who was asked about what, and what they said, as CSV that no spreadsheet mistakes for a program. Times are UTC."""
    rows = Attestation.objects.filter(campaign=campaign).select_related(
        "grant__resource",
        "grant__workspace",
        "grant__membership__user",
        "grant__assignment__program",
        "sponsor__user",
        "answered_by__user",
    )
    return b"\xef\xbb\xbf" + b"".join(csvs.write(HEADERS, (_row(one) for one in rows.order_by("pk"))))


def _row(one: Attestation) -> tuple[object, ...]:
    grant = one.grant
    return (
        grant.what,
        grant.resource.get_kind_display() if grant.resource else grant.get_system_display(),
        grant.membership.user,
        grant.assignment.ref,
        grant.assignment.program,
        _utc(grant.granted_at),
        _utc(grant.last_used_at) or ("Never" if grant.usage_read_at else ""),
        one.sponsor.user if one.sponsor else "",
        one.get_answer_display(),
        one.answered_by.user if one.answered_by else "",
        _utc(one.answered_at),
        one.comment,
        grant.get_state_display(),
    )


def _utc(moment: Any) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def progress_of(campaign: Campaign) -> dict[str, int]:
    """How many of each answer, and `total`. One query."""
    given = list(Attestation.objects.filter(campaign=campaign).values_list("answer", flat=True))
    words = {
        Answer.NONE: "open",
        Answer.KEEP: "kept",
        Answer.CLOSE: "ended",
        Answer.SILENT: "silent",
        Answer.GONE: "gone",
    }
    return {word: given.count(key) for key, word in words.items()} | {"total": len(given)}


def waiting_for_answer(campaign: Campaign) -> QuerySet[Attestation]:
    """What nobody has answered yet, of accesses that are still open."""
    return Attestation.objects.filter(
        Q(grant__state__in=AccessGrant.OPEN, grant__close_by=None), campaign=campaign, answer=Answer.NONE
    )


def _tell(campaign: Campaign, *, key: str, title: str) -> None:
    """One notification to each sponsor with something left to answer."""
    left = Counter(waiting_for_answer(campaign).exclude(sponsor=None).values_list("sponsor_id", flat=True))
    for sponsor in Membership.objects.filter(pk__in=left).order_by("pk"):
        number = left[sponsor.pk]
        notifications.notify(
            membership=sponsor,
            kind="access.review",
            title=title[:200],
            body=f"{number} {'access waits' if number == 1 else 'accesses wait'} for you until {campaign.due_at:%d %B}. "
            "What you do not answer is suspended then.",
            link=tenant_url("attestation_list"),
            dedupe_key=f"campaign:{campaign.pk}:{key}",
        )


def _require_for(program: Program | None, actor: Actor) -> None:
    """Raises Refused unless the actor may manage accesses of the program, or of all of them."""
    require(actor, Capability.ACCESS_MANAGE)
    if actor.programs is not None and (program is None or program.pk not in actor.programs):
        raise Refused(Capability.ACCESS_MANAGE)

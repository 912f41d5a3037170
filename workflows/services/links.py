"""Links in mails that decide without signing in: one step, one person, once, about what the mail shows."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse

from freelance_hub.access import actor_for
from freelance_hub.errors import Refusal
from freelance_hub.links import absolute
from freelance_hub.models import Membership, Notification, Tenant
from freelance_hub.permissions import Capability
from freelance_hub.tenancy.context import tenant
from workflows import people
from workflows.engine.clock import Now, now
from workflows.models import Decision, DecisionLink, Run, Step
from workflows.questions import Question, in_whose_place, question_of
from workflows.services.decisions import decide

LIFE = timedelta(hours=72)
DEAD = "This link no longer works."
DEAD_REMEDY = "It was used, is too old, or what it asks has changed. Sign in to see what waits for you."


@dataclass(frozen=True)
class Found:
    """A link that works, in its company. `needs_sign_in`: the amount is above what the company lets a mail decide."""

    company: Tenant
    link: DecisionLink
    member: Membership
    question: Question
    in_place_of: list[Membership]
    needs_sign_in: bool


@transaction.atomic
def mint(*, step: Step, member: Membership) -> str:
    """A new secret with which `member` may decide `step` as it is now. It is returned, and kept nowhere but in the mail.

    It dies with its use, an edit of what is asked, the end of the step, the end of the term or after 72 hours, whichever is
    first; a term that is over already does not count. Side effect: one row.
    """
    question = question_of(step, run=step.run)
    amount, currency = question.amount or (None, "")
    at = now()
    ends = [at + LIFE, *([step.due_at] if step.due_at and step.due_at > at else [])]
    secret = secrets.token_urlsafe(32)
    DecisionLink.objects.create(
        step=step,
        member=member,
        token_hash=_hash(secret),
        content_hash=question.digest,
        amount=amount,
        currency=currency,
        expires_at=min(ends),
    )
    return secret


def find(secret: str) -> Found | None:
    """The working link of a secret, or None: unknown, used, expired, or about something that has changed or was answered.

    Works with no company entered; changes nothing.
    """
    digest = _hash(secret)
    with connection.cursor() as cursor:
        cursor.execute("SELECT wf_link_tenant(%s)", [digest])
        tenant_id = cursor.fetchone()[0]
    company = Tenant.objects.filter(pk=tenant_id, state=Tenant.State.ACTIVE).first() if tenant_id else None
    if company is None:
        return None
    with tenant(company):
        live = DecisionLink.objects.filter(token_hash=digest, used_at=None, expires_at__gt=Now())
        link = live.select_related("member__user", "member__tenant").first()
        if link is None:
            return None
        step = _steps().filter(pk=link.step_id, state=Step.State.WAITING, run__state__in=Run.OPEN).first()
        actor = actor_for(link.member)
        if (
            step is None
            or not actor.can(Capability.TASK_SEE)
            or not people.waiting_for(actor).filter(pk=step.pk).exists()
        ):
            return None
        question = question_of(step, run=step.run)
        amount, currency = question.amount or (None, "")
        if (question.digest, amount, currency) != (link.content_hash, link.amount, link.currency):
            return None
        return Found(
            company=company,
            link=link,
            member=link.member,
            question=question,
            in_place_of=in_whose_place(step, run=step.run, person_id=link.member_id),
            needs_sign_in=needs_sign_in(company, link),
        )


def needs_sign_in(company: Tenant, link: DecisionLink) -> bool:
    """Whether the amount is above the company's limit for decisions by mail; money in another currency always is."""
    limit = company.mail_decision_limit
    if limit is None or link.amount is None:
        return False
    return link.currency != company.currency or link.amount > limit


def decide_by_link(*, found: Found, outcome: str, comment: str = "") -> Step:
    """Decide as the person to whom the mail went. Raises as `decide`, and Refusal when the link is dead by now or the amount
    needs somebody who has signed in. Side effects: those of `decide`; the link is used; the audit log says "by a link".
    """
    if found.needs_sign_in:
        raise Refusal("This amount is not decided by mail.", remedy="Sign in to decide.", code="sign_in")
    label = f"{found.member.user}, by a link in a mail"
    with tenant(found.company, user_id=found.member.user_id, actor=label), transaction.atomic():
        step = found.question.step
        Run.objects.select_for_update(no_key=True).get(pk=step.run_id)  # the order of locks: run, then the link
        live = DecisionLink.objects.filter(pk=found.link.pk, used_at=None, expires_at__gt=Now())
        if live.update(used_at=Now()) != 1:
            raise Refusal(DEAD, remedy=DEAD_REMEDY, code="dead_link")
        actor = actor_for(Membership.objects.select_related("user").get(pk=found.member.pk))
        return decide(
            step=step,
            outcome=outcome,
            actor=replace(actor, label=label),
            comment=comment,
            via=Decision.Via.LINK,
            seen=found.link.content_hash,
        )


def letter(told: Notification) -> dict[str, object]:
    """What the mail of a question says beyond its title: the facts, and the link that decides. For the mailer.

    Side effect: a link, made only now, so that no table ever holds its secret.
    """
    step = _steps().filter(pk=_step_of(told), state=Step.State.WAITING, run__state__in=Run.OPEN).first()
    member = told.membership
    if step is None or not people.waiting_for(actor_for(member)).filter(pk=step.pk).exists():
        return {}
    facts = question_of(step, run=step.run).facts(member)
    if step.kind != Step.Kind.APPROVAL or member.kind == Membership.Kind.GUEST:
        return {"facts": facts}
    url = absolute(reverse("decide_by_mail", kwargs={"secret": mint(step=step, member=member)}))
    return {"facts": facts, "actions": [("Decide without signing in", url)]}


def _step_of(told: Notification) -> int:
    """The step that a notification speaks of: the end of its key."""
    number = told.dedupe_key.rpartition(":")[2]
    return int(number) if number.isdigit() else 0


def _steps() -> QuerySet[Step]:
    return Step.objects.select_related(
        "tenant", "run__tenant", "run__version__definition", "run__program", "run__requested_by__user"
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

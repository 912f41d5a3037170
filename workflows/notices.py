"""What people are told by the engine. Mails and preferences are the platform's."""

from collections.abc import Iterable
from datetime import date

from freelance_hub.formats import day_text, money_text
from freelance_hub.links import tenant_url
from freelance_hub.models import Membership
from freelance_hub.permissions import Capability
from freelance_hub.services import notifications
from workflows import people
from workflows.models import Decision, Delegation, Run, Step

MOST = 25  # people told of one step; the others find it in their inbox
ASKED = "workflow.waiting"

notifications.register(ASKED, "Something waits for me")
notifications.register("workflow.late", "Something waits too long in my programs")
notifications.register("workflow.attention", "A workflow needs attention")


def waiting(run: Run, step: Step) -> None:
    """Tell those who may answer a step that it waits for them; once, and again each time that an edit has voided answers,
    with what has changed. When nobody may answer, those who can mend that."""
    voided = list(Decision.objects.filter(step=step).exclude(voided_at=None).order_by("-voided_at", "-pk")[:100])
    because = voided[0].voided_because if voided else ""
    round_ = f"asked{len(voided) or ''}"
    asked = list(people.candidates(run, step)[:MOST])
    if not asked:
        title = f"Nobody can answer “{step.title}”"
        body = f"{run.title}: give somebody the right to, or cancel the workflow."
        _tell(keepers(run), run, step, kind="workflow.attention", title=title, body=body, dedupe=round_)
        return
    title = f"Changed: {step.title}, {run.title}" if because else f"{step.title}: {run.title}"
    for one, words in _in_whose_place(run, step, asked):
        body = " ".join(filter(None, (words, because or step.params.get("help", ""))))
        _tell([one], run, step, kind=ASKED, title=title, body=body, dedupe=round_)


def reminder(run: Run, step: Step) -> None:
    """Tell those who may answer that half the term is over."""
    for one, words in _in_whose_place(run, step, list(people.candidates(run, step)[:MOST])):
        title = f"Still waiting: {step.title}, {run.title}"
        _tell([one], run, step, kind=ASKED, title=title, body=words, dedupe="reminder")


def late(run: Run, step: Step) -> None:
    """Tell whoever is answerable that a step has waited longer than its term, and remind those who are asked: among them the
    manager to whom it was escalated."""
    title = f"Late: {step.title}, {run.title}"
    asked = list(people.candidates(run, step)[:MOST])
    names = ", ".join(str(person.user) for person in asked[:3])
    for one, words in _in_whose_place(run, step, asked):
        _tell([one], run, step, kind=ASKED, title=title, body=words, dedupe="late")
    others = [person for person in keepers(run) if person not in asked]
    body = f"Waiting for {names}." if names else ""
    _tell(others, run, step, kind="workflow.late", title=title, body=body, dedupe="late")


def escalated(run: Run, step: Step) -> None:
    """Tell the manager to whom a step was escalated that they may answer too."""
    for one, words in _in_whose_place(run, step, [step.escalated_to] if step.escalated_to else []):
        title = f"Late: {step.title}, {run.title}"
        _tell([one], run, step, kind=ASKED, title=title, body=words, dedupe="late")


def handed_over(run: Run, step: Step) -> None:
    """Tell those who may answer now that somebody is away; who was told before is not told again."""
    waiting(run, step)


def attention(run: Run, step: Step) -> None:
    """Tell whoever manages the workflow that a step needs a person."""
    title = f"Needs attention: {step.title}, {run.title}"
    _tell(
        keepers(run),
        run,
        step,
        kind="workflow.attention",
        title=title,
        body=step.error,
        dedupe=f"attention{step.attempt}",
    )


def delegated(delegation: Delegation, *, actor_id: int | None) -> None:
    """Tell who stands in from when to when, and the giver when somebody else has arranged it."""
    days = f"From {_day(delegation.starts_on)} to {_day(delegation.ends_on)}"
    limit = delegation.amount_limit
    up_to = f", up to {money_text(limit, delegation.tenant.currency)}" if limit is not None else ""
    link = tenant_url("delegation_list", tenant=delegation.tenant.slug)
    told = {
        delegation.taker: f"You stand in for {delegation.giver}",
        delegation.giver: f"{delegation.taker} stands in for you",
    }
    for member, title in told.items():
        if member.pk != actor_id:
            key = f"delegation:{delegation.pk}"
            body = f"{days}{up_to}."
            notifications.notify(membership=member, kind="general", title=title, body=body, link=link, dedupe_key=key)


def _day(value: date) -> str:
    return day_text(value, today=value, year=True)


def keepers(run: Run) -> list[Membership]:
    """Who looks after a run: the owner of its program; without one, those who manage workflows."""
    owner = run.program.owner if run.program else None
    if owner is not None and owner.state == Membership.State.ACTIVE:
        return [owner]
    return list(people.members_who_can(Capability.WORKFLOW_MANAGE, run.program_id)[:MOST])


def _in_whose_place(run: Run, step: Step, asked: Iterable[Membership]) -> list[tuple[Membership, str]]:
    """Those who are asked, each with a sentence that says in whose place; empty for their own."""
    places: dict[int, set[int]] = {}
    for one in people.stand_ins_of(run, step):
        places.setdefault(one.person, set()).add(one.place)
    strangers = {place for person, mine in places.items() if person not in mine for place in mine}
    names = {
        member.pk: str(member.user) for member in Membership.objects.select_related("user").filter(pk__in=strangers)
    }
    told = []
    for person in asked:
        mine = places.get(person.pk, {person.pk})
        others = sorted(names[place] for place in mine if place in names)
        if person.pk == step.escalated_to_id:
            words = "The term is over, so you may answer as the manager."
        else:
            words = "" if person.pk in mine or not others else f"In place of {', '.join(others)}."
        told.append((person, words))
    return told


def _tell(
    members: Iterable[Membership], run: Run, step: Step, *, kind: str, title: str, body: str = "", dedupe: str = "asked"
) -> None:
    slug = run.tenant.slug
    for member in members:
        if member.kind == Membership.Kind.GUEST:
            link = tenant_url("portal_tasks", tenant=slug)
        elif kind == "workflow.attention":
            link = tenant_url("run_detail", tenant=slug, public_id=run.public_id)
        else:
            link = tenant_url("step_detail", tenant=slug, public_id=step.public_id)
        notifications.notify(
            membership=member, kind=kind, title=title, body=body, link=link, dedupe_key=f"{dedupe}:{step.pk}"
        )

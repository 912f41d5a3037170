"""Resources without a connection: opening and closing is a person's task, with instructions and proof.

This is the default, so that accesses work with no directory at all. Each task is the one step of a small shipped workflow about
the grant (`open_by_hand`, `close_by_hand`); it waits for the resource's keeper, or for those who manage workflows.
"""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Q

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.services.files import store_upload
from workflows.engine import runs
from workflows.engine.clock import Now
from workflows.models import AccessGrant, Run, Step
from workflows.services import answers, grants, starts
from workflows.services.reconciler import all_open, is_wanted, unfinished

State, How = AccessGrant.State, AccessGrant.How
OPENING, CLOSING = "open_by_hand", "close_by_hand"
TRIGGERS = {OPENING: "access.open_by_hand", CLOSING: "access.close_by_hand"}
MOST = 200  # of each kind in one go; the rest a minute later


def ask_people(*, actor: Actor) -> int:
    """Ask for what is to be done by hand in the current tenant, take back what is not needed any more; returns how many.

    Safe in many processes at once. Side effects: runs and their tasks, notifications of those who are asked; grants that
    were never opened end.
    """
    by_hand = unfinished(actor).filter(resource__connection=None)
    done = sum(_take_back(pk, actor) for pk in _needless(actor))
    for pk in by_hand.filter(step=None).order_by("pk").values_list("pk", flat=True)[:MOST]:
        done += _ask(pk, actor)
    return done


@transaction.atomic
def complete_by_hand(
    *, grant: AccessGrant, actor: Actor, note: str = "", upload: "UploadedFile[Any] | None" = None
) -> AccessGrant:
    """Say that the opening or closing of a grant, which waits for a person, is done; with a note or a file as proof.

    Raises Refusal when nothing waits, or without any proof, and what `complete_task` raises for somebody who is not asked.
    Side effects: the file, the end of the step, and those of `confirm`.
    """
    step = grant.step
    if step is None or step.state != Step.State.WAITING:
        raise Refusal("Nothing waits to be done here.", remedy="Reload the page.", code="state_changed")
    if upload is None and not note.strip():
        raise Refusal("Show that it is done: a note or a file.", field="note", code="required")
    if upload is not None:
        grant.proof = store_upload(upload=upload, actor=actor, owner=grant)
        grant.save(update_fields=["proof"])
    answers.complete_task(step=step, actor=actor, comment=note.strip() or f"See {grant.proof}."[:400])
    grant.refresh_from_db()
    return grant


def confirm(*, step: Step, actor: Actor) -> None:
    """A person has done what a task about a grant asked: in the transaction that ends the task.

    Raises Refusal without a note or a file. Side effects: the grant is open, held back, or closed for good; events.
    """
    run = Run.objects.select_related("version__definition").get(pk=step.run_id)
    grant = AccessGrant.objects.select_for_update(of=("self",)).select_related("resource").get(pk=run.subject_id)
    if grant.step_id != step.pk or grant.state not in AccessGrant.OPEN:
        return
    note = step.comment.strip()
    if not note and grant.proof_id is None:
        raise Refusal("Show that it is done: write a note.", field="comment", code="required")
    row = AccessGrant.objects.filter(pk=grant.pk)
    row.update(step=None, proof_note=note[:400], turn=F("turn") + 1, attempts=0, try_at=None)
    if run.version.definition.key == OPENING:
        _opened(grant, actor)
    elif grant.close_by is not None:
        grants.end(
            grant,
            grants.last_state(grant),
            at=None,
            by=actor.label,
            how=How.HAND,
            actor=actor,
            reason="Closed by hand.",
        )
    else:
        row.update(is_open_outside=False)
        row.filter(state__in=(State.ACTIVE, State.PENDING)).update(state=State.SUSPENDED)
        events.announce("access.held_back", grant, actor=actor, assignment_id=grant.assignment_id)
    grants.hint()


def _opened(grant: AccessGrant, actor: Actor) -> None:
    is_first = grant.granted_at is None
    row = AccessGrant.objects.filter(pk=grant.pk)
    row.update(is_open_outside=True, granted_how=How.HAND, **({"granted_at": Now()} if is_first else {}))
    reopens = Q(state=State.PENDING) | Q(state=State.SUSPENDED, hold_reason="")
    if row.filter(reopens, close_by=None).update(state=State.ACTIVE):
        kind = "access.granted" if is_first else "access.reopened"
        events.announce(kind, grant, actor=actor, system=grant.system, assignment_id=grant.assignment_id)


@transaction.atomic
def _ask(grant_id: int, actor: Actor) -> bool:
    rows = unfinished(actor).filter(pk=grant_id, step=None)
    grant = rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("resource").first()
    if grant is None or grant.resource is None:
        return False
    if not is_wanted(grant) and not grant.is_open_outside:
        return grants.end(
            grant,
            grants.last_state(grant),
            at=None,
            by="Freelance Hub",
            how=How.HUB,
            actor=actor,
            reason="Never opened.",
        )
    key = OPENING if is_wanted(grant) else CLOSING
    started = starts.start_triggered(
        trigger=TRIGGERS[key],
        subject=grant,
        key=f"{grant.public_id}:{grant.turn}:{key}:{_asked_before(grant)}",
        actor=actor,
        payload={},
    )
    step = Step.objects.filter(run__in=started, kind=Step.Kind.TASK).order_by("pk").first()
    if step is None:
        return False
    words = grant.resource.open_help if key == OPENING else grant.resource.close_help
    if words:
        Step.objects.filter(pk=step.pk).update(params={**step.params, "help": words[:1000]})
    AccessGrant.objects.filter(pk=grant.pk).update(step=step)
    return True


def _asked_before(grant: AccessGrant) -> int:
    return Run.objects.filter(subject_type=AccessGrant._meta.label_lower, subject_id=grant.pk).count()


def _take_back(step_id: int, actor: Actor) -> bool:
    """Nobody is asked for it any more. The run is locked before the grant, as where somebody answers it."""
    with transaction.atomic():
        runs.cancel(Step.objects.values_list("run_id", flat=True).get(pk=step_id), actor=actor)
        return AccessGrant.objects.filter(step=step_id).update(step=None) > 0


def _needless(actor: Actor) -> list[int]:
    """Tasks about grants that are over, or ask for what is not to be done any more."""
    key = "step__run__version__definition__key"
    asked = all_open(actor).filter(step__isnull=False, resource__connection=None)
    right = asked.filter(
        Q(is_wanted=True, is_open_outside=False, **{key: OPENING})
        | Q(is_wanted=False, is_open_outside=True, **{key: CLOSING}),
        step__state=Step.State.WAITING,
    )
    found = asked.exclude(pk__in=right.values("pk")).values_list("step", flat=True)
    return [pk for pk in found if pk is not None]

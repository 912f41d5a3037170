"""Offboarding receipts: what was open for an assignment, how, when and by whom it was closed, and what still waits for proof."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.documents import render, seal
from freelance_hub.links import absolute, tenant_url
from freelance_hub.services.files import store_made
from talent.models import Assignment
from workflows.engine import clock
from workflows.models import AccessGrant, Receipt
from workflows.receipt_words import detail, headline, printed

CLOSED = (AccessGrant.State.REVOKED, AccessGrant.State.EXPIRED)
Line = dict[str, Any]


@transaction.atomic
def make_receipt(*, assignment: Assignment, actor: Actor) -> Receipt:
    """The next receipt of an assignment: its lines as they are now, and the sealed PDF.

    When nothing has changed since the last one, that one is returned. Side effects: a row, a file, event `receipt.made`.
    """
    Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)  # one number at a time
    assignment = Assignment.objects.select_related("freelancer", "program", "manager__user", "tenant").get(
        pk=assignment.pk
    )
    now = clock.now().replace(microsecond=0)
    lines = lines_of(assignment, now=now)
    last = Receipt.objects.filter(assignment=assignment).order_by("-number").first()
    if last is not None and _facts(last.lines) == _facts(lines):
        return last
    receipt = Receipt.objects.create(
        assignment=assignment,
        number=(Receipt.objects.filter(assignment=assignment).aggregate(last=Max("number"))["last"] or 0) + 1,
        lines=lines,
        is_complete=not any(line["waits"] for line in lines),
        made_at=now,
    )
    pdf = seal(
        render("receipt", _document(receipt, assignment), at=now),
        reason=f"Access receipt {receipt.number} of {assignment.ref}",
        name=assignment.tenant.name,
    )
    name = f"Access receipt {assignment.ref} no {receipt.number}.pdf"
    receipt.file = store_made(name=name, content=pdf, owner=receipt, actor=actor)
    receipt.save(update_fields=["file"])
    events.announce(
        "receipt.made",
        receipt,
        actor=actor,
        assignment_id=assignment.pk,
        number=receipt.number,
        is_complete=receipt.is_complete,
    )
    return receipt


def remake_receipt(*, assignment: Assignment, actor: Actor) -> Receipt | None:
    """A new receipt where one was waiting for proof and something has been closed since; None when there is none to renew."""
    last = Receipt.objects.filter(assignment=assignment).order_by("-number").first()
    if last is None or last.is_complete:
        return None
    made = make_receipt(assignment=assignment, actor=actor)
    return made if made.pk != last.pk else None


def lines_of(assignment: Assignment, *, now: datetime) -> list[Line]:
    """One line for each grant the assignment ever had, in the order in which they were given. Times are ISO 8601, UTC."""
    grants = AccessGrant.objects.filter(assignment=assignment).select_related(
        "workspace", "resource__connection", "resource__keeper__user", "proof"
    )
    return [_line(grant, assignment, now) for grant in grants.order_by("created_at", "pk")]


def _line(grant: AccessGrant, assignment: Assignment, now: datetime) -> Line:
    is_closed = grant.state in CLOSED
    had_to = grant.close_by or assignment.ended_at
    until = (grant.revoked_at or now) if is_closed else now
    delay = max(0, int((until - had_to).total_seconds() // 60)) if had_to else 0
    return {
        "what": grant.what,
        "kind": grant.resource.get_kind_display() if grant.resource else "Freelance Hub",
        "opened_at": _iso(grant.granted_at),
        "closed_at": _iso(grant.revoked_at) if is_closed else "",
        "how": grant.get_revoked_how_display() if is_closed else "",
        "by": grant.revoked_by if is_closed else "",
        "delay_minutes": delay,
        "waits": _waits(grant, is_closed=is_closed),
        "proof": " · ".join(part for part in (grant.proof_note, grant.proof.name if grant.proof else "") if part),
    }


def _waits(grant: AccessGrant, *, is_closed: bool) -> str:
    """What is still missing, in words; empty when nothing is."""
    by_hand = grant.resource is not None and grant.resource.connection is None
    if is_closed:
        unproved = grant.revoked_how == AccessGrant.How.HAND and not (grant.proof or grant.proof_note)
        return "Closed by hand, without proof" if unproved else ""
    if grant.resource is None:
        return "Still open here"
    if by_hand:
        keeper = grant.resource.keeper
        return f"{keeper.user if keeper else 'The program team'} has to close it and show it"
    said = f": {grant.last_error}" if grant.last_error else ""
    return f"{grant.resource.connection} has to close it{said}"[:300]


def _facts(lines: list[Line]) -> list[Line]:
    """The lines without what grows by itself while an access waits."""
    return [line | {"delay_minutes": None} if line["waits"] else line for line in lines]


def _iso(moment: datetime | None) -> str:
    return moment.replace(microsecond=0).isoformat() if moment else ""


def _document(receipt: Receipt, assignment: Assignment) -> dict[str, Any]:
    """What the template prints."""
    zone = ZoneInfo(assignment.tenant.time_zone)
    return {
        "title": f"Access receipt {receipt.number} of {assignment.ref}",
        "company": assignment.tenant.name,
        "check_url": absolute(tenant_url("document_check")),
        "headline": headline(receipt.lines),
        "detail": detail(receipt.lines),
        "is_complete": receipt.is_complete,
        "zone": assignment.tenant.time_zone,
        "facts": [
            ["Freelancer", assignment.freelancer.name],
            ["Assignment", str(assignment)],
            ["Program", assignment.program.name],
            ["Ended", printed(_iso(assignment.ended_at), zone)],
            ["Manager", str(assignment.manager.user)],
            ["Receipt", f"No. {receipt.number} of {printed(_iso(receipt.made_at), zone)}"],
        ],
        "lines": [
            {
                "what": line["what"],
                "kind": line["kind"],
                "opened": printed(line["opened_at"], zone),
                "closed": printed(line["closed_at"], zone) if line["closed_at"] else "Not closed yet",
                "how": line["how"],
                "by": line["by"],
                "delay": f"{line['delay_minutes']:,} min",
                "waits": line["waits"],
                "proof": line["proof"],
            }
            for line in receipt.lines
        ],
    }

"""The audit log: who did what, as whom, when, in which request, with what before and after.

Row changes are recorded by triggers. What changes no row (sign-in, export, download) goes through `record`. The log is sealed
in the background: docs/decisions/0002-audit-sealing.md.
"""

import json
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, models, transaction

from freelance_hub.access import Actor
from freelance_hub.models import AuditEvent, Tenant
from freelance_hub.tenancy.context import Context, current, use
from freelance_hub.tenancy.context import tenant as enter_tenant

log = structlog.get_logger(__name__)


def history(obj: models.Model) -> models.QuerySet[AuditEvent]:
    """What happened to one object, latest first. Only within the current tenant."""
    return AuditEvent.objects.filter(table_name=obj._meta.db_table, row_id=obj.pk).order_by("-id")


def entries(
    *,
    model: type[models.Model] | None = None,
    operation: str = "",
    user_id: int | None = None,
    request_id: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> models.QuerySet[AuditEvent]:
    """The log of the current tenant, latest first. `since` is included, `until` is not; both aware."""
    found = AuditEvent.objects.order_by("-id")
    if model is not None:
        found = found.filter(table_name=model._meta.db_table)
    if operation:
        found = found.filter(operation=operation)
    if user_id is not None:
        found = found.filter(actor_id=user_id)
    if request_id:
        found = found.filter(request_id=request_id)
    if since is not None:
        found = found.filter(at__gte=since)
    if until is not None:
        found = found.filter(at__lt=until)
    return found


def record(kind: str, subject: models.Model | None = None, *, actor: Actor | str = "", **details: Any) -> int:
    """Record an act that changes no row, named `noun.verb` ("export.downloaded"); returns the id of the entry.

    Company and request are the current ones; `actor` replaces who acts (an Actor, or words for somebody without one).
    `details` must fit into JSON and hold nothing personal. Side effect: one audit entry, in the running transaction.
    """
    with use(_acting(actor)), connections["platform" if current().platform else "default"].cursor() as cursor:
        cursor.execute(
            "SELECT hub_audit_record(%s, %s, %s, %s::jsonb)",
            [
                kind,
                subject._meta.db_table if subject else "",
                subject.pk if subject else None,
                json.dumps(details, cls=DjangoJSONEncoder),
            ],
        )
        return int(cursor.fetchone()[0])


def _acting(actor: Actor | str) -> Context:
    if isinstance(actor, Actor):
        return replace(current(), actor=actor.label, user_id=actor.user_id)
    return replace(current(), actor=actor) if actor else current()


# Sealing


@dataclass(frozen=True)
class Head:
    """The last seal of a chain. Kept elsewhere (it is logged), it also proves that no later seal was cut off."""

    number: int
    hash: str


@dataclass(frozen=True)
class Verdict:
    """What a check of a chain found: the numbers of the seals that no longer fit what they sealed."""

    seals: int
    broken: tuple[int, ...]
    head: Head

    @property
    def is_intact(self) -> bool:
        return not self.broken


@dataclass(frozen=True)
class Mark:
    """How far entries are complete once every transaction before `before` has ended."""

    upto_id: int
    before: str


NOTHING = Head(0, "")


def make_mark() -> Mark:
    """Take a mark; use it for as many companies as you like."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT upto_id, before::text FROM hub_audit_mark()")
        return Mark(*cursor.fetchone())


def seal_audit(tenant: Tenant | int | None, *, mark: Mark | None = None, patience: float = 60) -> Head | None:
    """Seal what a company has recorded so far; None is the chain of what concerns no company.

    Waits up to `patience` seconds for transactions that were running at the mark; None when they still are: the next
    round seals. Side effects: one row for each thousand new entries; the new head goes to the log. Raises RuntimeError
    inside of a transaction, which would wait for itself.
    """
    if connections["default"].in_atomic_block:
        msg = "Sealing waits for running transactions, so it cannot run inside one."
        raise RuntimeError(msg)
    mark = mark or make_mark()
    deadline = time.monotonic() + patience
    with _chain(tenant):
        while (made := _seal(mark)) is None:
            if time.monotonic() > deadline:
                return None
            time.sleep(0.1)
        head = _head()
    if made:
        log.info("audit_sealed", chain=_id(tenant), number=head.number, hash=head.hash)
    return head


def seal_every_audit(*, patience: float = 60) -> int:
    """Seal all companies and what concerns none; returns how many could be sealed. The periodic task calls it."""
    mark = make_mark()
    chains: Iterable[int | None] = [None, *Tenant.objects.values_list("pk", flat=True)]
    return sum(seal_audit(chain, mark=mark, patience=patience) is not None for chain in chains)


def verify_audit(tenant: Tenant | int | None, *, anchor: Head | None = None) -> Verdict:
    """Compute every seal of a chain again. Reads all its entries.

    `anchor` is a head that was kept elsewhere: its seal must still be there, with the same hash.
    """
    with _chain(tenant), transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT number, is_intact FROM hub_audit_verify()")
        seals = cursor.fetchall()
        broken = {number for number, is_intact in seals if not is_intact}
        if anchor and anchor != NOTHING and _head(anchor.number) != anchor:
            broken.add(anchor.number)
        return Verdict(seals=len(seals), broken=tuple(sorted(broken)), head=_head())


def ensure_partitions(months: int = 3) -> int:
    """Make the partitions of this month and the next ones; returns how many were new. A monthly task calls it."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT hub_audit_partitions(%s)", [months])
        return int(cursor.fetchone()[0])


def _id(tenant: Tenant | int | None) -> int:
    return tenant.pk if isinstance(tenant, Tenant) else tenant or 0


def _chain(tenant: Tenant | int | None) -> AbstractContextManager[Context]:
    return use(Context()) if tenant is None else enter_tenant(tenant)


def _seal(mark: Mark) -> int | None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT hub_audit_seal(%s, %s::xid8)", [mark.upto_id, mark.before])
        made: int | None = cursor.fetchone()[0]
        return made


def _head(number: int | None = None) -> Head:
    """The last seal of the current chain, or the one with this number; NOTHING when there is none."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT number, encode(hash, 'hex') FROM hub_audit_head(%s)", [number])
        row = cursor.fetchone()
    return Head(*row) if row else NOTHING

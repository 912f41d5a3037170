"""Events: a fact is stored with the rows it speaks of; higher apps listen.

`listen` runs in the transaction of the change and may refuse it by raising. `deliver` runs after commit in a worker, at
least once: make it idempotent by the event's id.
"""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from django.db import models, transaction

from freelance_hub import queue
from freelance_hub.access import Actor
from freelance_hub.models import Delivery, Event

Listener = Callable[[Event], None]
_in_transaction: list[tuple[str, Listener]] = []
_deliveries: dict[str, tuple[tuple[str, ...], Listener]] = {}


def listen(*patterns: str) -> Callable[[Listener], Listener]:
    """Call the function inside the transaction of every event whose kind matches one of them (`assignment.*`)."""

    def register(function: Listener) -> Listener:
        _in_transaction.extend((pattern, function) for pattern in patterns)
        return function

    return register


def deliver(*patterns: str) -> Callable[[Listener], Listener]:
    """Call the function after commit, in a worker and in the tenant, at least once for every matching event."""

    def register(function: Listener) -> Listener:
        _deliveries[f"{function.__module__}.{function.__qualname__}"] = (patterns, function)
        return function

    return register


def listener(name: str) -> Listener | None:
    """The delivery listener of that name, or None when it is no longer in the code."""
    entry = _deliveries.get(name)
    return entry[1] if entry else None


def announce(kind: str, subject: models.Model, /, *, actor: Actor, **payload: Any) -> Event:
    """Store that `kind` happened to `subject` and call who listens. Call it inside the service's transaction.

    Side effects: one Event row, one Delivery row for each asynchronous listener, a hint to the workers after commit.
    Raises whatever an in-transaction listener raises: then nothing of the change remains.
    """
    if not transaction.get_connection().in_atomic_block:
        msg = f"{kind} was announced outside a transaction; the fact and its rows could part."
        raise RuntimeError(msg)
    event = Event.objects.create(
        kind=kind,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        payload=payload,
        actor=actor.label,
        actor_membership_id=actor.person_id,
    )
    for pattern, function in _in_transaction:
        if fnmatchcase(kind, pattern):
            function(event)
    names = [
        name for name, (patterns, _) in _deliveries.items() if any(fnmatchcase(kind, pattern) for pattern in patterns)
    ]
    if names:
        Delivery.objects.bulk_create(
            [Delivery(tenant_id=event.tenant_id, event=event, listener=name) for name in names]
        )
        queue.after_commit("hub.deliver_events")
    return event

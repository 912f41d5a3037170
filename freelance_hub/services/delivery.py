"""Hand stored events to asynchronous listeners: at least once, with back-off, in order of their ids."""

import logging
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from freelance_hub import events
from freelance_hub.models import Delivery
from freelance_hub.tenancy.context import tenant

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 12
BATCH = 200


def deliver_waiting() -> int:
    """Deliver what is due in the current tenant; returns how many deliveries were tried.

    Each delivery is its own transaction with the listener's work in it. A listener that fails is tried again after
    2, 4, 8 … seconds (at most an hour apart), twelve times; then it is given up and shown to operators.
    """
    tried = 0
    while tried < BATCH and _deliver_one():
        tried += 1
    return tried


def _deliver_one() -> bool:
    with transaction.atomic():
        delivery = (
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("event")
            .filter(state=Delivery.State.WAITING, next_at__lte=timezone.now())
            .order_by("event_id", "id")
            .first()
        )
        if delivery is None:
            return False
        function = events.listener(delivery.listener)
        try:
            with transaction.atomic():
                if function is not None:
                    function(delivery.event)
        except Exception as error:
            log.exception("delivery_failed", extra={"listener": delivery.listener, "event": delivery.event_id})
            delivery.attempts += 1
            delivery.error = f"{type(error).__name__}: {error}"[:2000]
            delivery.next_at = timezone.now() + timedelta(seconds=min(3600, 2**delivery.attempts))
            if delivery.attempts >= MAX_ATTEMPTS:
                delivery.state = Delivery.State.FAILED
        else:
            delivery.state = Delivery.State.DONE
        delivery.save(update_fields=["state", "attempts", "error", "next_at"])
    return True


def sweep() -> None:
    """Deliver what is due in every tenant. `hub_tenants_due()` tells only ids, so no tenant's rows are read outside it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM hub_tenants_due()")
        due = [row[0] for row in cursor.fetchall()]
    for tenant_id in due:
        with tenant(tenant_id):
            deliver_waiting()

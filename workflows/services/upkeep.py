"""What is done for accesses in each company every minute, and at once when an assignment ends."""

from datetime import timedelta

from django.db import transaction

from freelance_hub.links import tenant_url
from freelance_hub.models import Membership
from freelance_hub.services import notifications
from workflows.engine.clock import Now
from workflows.models import AccessGrant
from workflows.services import by_hand, drift, grants, reconciler, usage

ALARM_AFTER = timedelta(hours=1)

notifications.register("access.overdue", "An access is not closed in time")


def look_after_company() -> list[int]:
    """Begin what is due in the current tenant; returns the connections that a worker should see to.

    Side effects: grants expire, people are asked to open and close by hand, alarms.
    """
    actor = reconciler.robot()
    grants.expire_due(actor=actor)
    by_hand.ask_people(actor=actor)
    alarm_overdue()
    return sorted({*reconciler.due_connections(), *drift.due_for_a_look(), *usage.due_for_a_look()})


def see_to_connection(connection_id: int) -> int:
    """Converge, then compare, then read the use; returns how many calls that change something succeeded."""
    done = reconciler.reconcile(connection_id)
    drift.look(connection_id, actor=reconciler.robot())
    usage.look(connection_id)
    return done


@transaction.atomic
def alarm_overdue() -> int:
    """Tell program owner and owners once of each grant that should have been closed an hour ago; returns how many."""
    late = AccessGrant.objects.filter(
        state__in=AccessGrant.OPEN, alarmed_at=None, close_by__lte=Now() - ALARM_AFTER
    ).select_for_update(skip_locked=True, of=("self",), no_key=True)
    found = list(
        late.select_related(
            "assignment__program__owner__user", "membership__user", "resource", "workspace", "tenant"
        ).order_by("close_by", "pk")[:100]
    )
    AccessGrant.objects.filter(pk__in=[grant.pk for grant in found]).update(alarmed_at=Now())
    owners = (
        list(
            Membership.objects.filter(role_links__role__key="owner", state=Membership.State.ACTIVE)
            .distinct()
            .order_by("pk")
        )
        if found
        else []
    )
    for grant in found:
        program_owner = grant.assignment.program.owner
        told = {
            person.pk: person for person in [program_owner, *owners] if person and person.state == person.State.ACTIVE
        }
        notifications.notify_all(
            memberships=told.values(),
            kind="access.overdue",
            title=f"Still open: {grant.what} of {grant.membership}",
            body=f"It should have been closed over an hour ago. {grant.last_error}".strip(),
            link=tenant_url("grant_detail", tenant=grant.tenant.slug, public_id=grant.public_id),
            dedupe_key=f"overdue:{grant.pk}",
        )
    return len(found)

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
    alarm_awaited()
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
    text = "It should have been closed over an hour ago."
    _alarm([(one, f"Still open: {one.what} of {one.membership}", f"{text} {one.last_error}".strip()) for one in found])
    return len(found)


@transaction.atomic
def alarm_awaited() -> int:
    """Tell the same people once of each access that its receiver accepted an hour ago to open or to close for the time being,
    and about which it has not called back; returns how many."""
    late = AccessGrant.objects.filter(
        state__in=AccessGrant.OPEN, alarmed_at=None, close_by=None, awaited_since__lte=Now() - ALARM_AFTER
    ).select_for_update(skip_locked=True, of=("self",), no_key=True)
    found = list(
        late.select_related(
            "assignment__program__owner__user", "membership__user", "resource__connection", "workspace", "tenant"
        ).order_by("awaited_since", "pk")[:100]
    )
    said = []
    for one in found:
        words = "Still open" if one.awaits == reconciler.CLOSE else "Not open yet"
        body = (
            f"{one.resource and one.resource.connection} accepted it over an hour ago and has not said that it is done."
        )
        said.append((one, f"{words}: {one.what} of {one.membership}", body))
    _alarm(said)
    return len(found)


def _alarm(said: list[tuple[AccessGrant, str, str]]) -> None:
    """(grant, title, body) to program owner and owners, once for each turn of a grant."""
    if not said:
        return
    AccessGrant.objects.filter(pk__in=[grant.pk for grant, _, _ in said]).update(alarmed_at=Now())
    owners = Membership.objects.filter(role_links__role__key="owner", state=Membership.State.ACTIVE)
    everywhere = list(owners.distinct().order_by("pk"))
    for grant, title, body in said:
        people = [grant.assignment.program.owner, *everywhere]
        told = {person.pk: person for person in people if person and person.state == person.State.ACTIVE}
        notifications.notify_all(
            memberships=told.values(),
            kind="access.overdue",
            title=title,
            body=body,
            link=tenant_url("grant_detail", tenant=grant.tenant.slug, public_id=grant.public_id),
            dedupe_key=f"overdue:{grant.pk}:{grant.turn}",
        )

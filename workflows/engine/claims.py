"""Claims: a worker takes the next step, and keeps it by its heart-beat."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q

from freelance_hub.tenancy.context import Context, tenant, use
from workflows.engine.clock import after
from workflows.models import Step


@dataclass(frozen=True)
class Claim:
    """A worker's right to one attempt of one step. The token fences it: another attempt has another token."""

    tenant_id: int
    tenant_slug: str
    step_id: int
    run_id: int
    attempt: int
    token: UUID
    worker: str

    @property
    def condition(self) -> Q:
        return Q(state=Step.State.RUNNING, lease_token=self.token)

    def holds(self, step: Step) -> bool:
        """Whether the step, as read from the database, is still leased to this claim."""
        return step.state == Step.State.RUNNING and step.lease_token == self.token


class LostLease(Exception):  # noqa: N818  no error: somebody else has the step by now
    """The step was taken away from this worker; whatever it found out must be thrown away."""


class Unknown(Exception):  # noqa: N818  a question to a person
    """Nobody can say whether an effect took place."""


def lease() -> timedelta:
    """How long a worker may be silent before its step is given to another."""
    return timedelta(seconds=settings.WORKFLOW_LEASE_SECONDS)


def claim(worker: str, *, after_tenant: int = 0) -> Claim | None:
    """The next step that is due, in whichever tenant comes after `after_tenant`; None when nothing is due.

    Side effects: ready → running with a new lease, one more attempt, a StepEvent.
    """
    with use(Context()), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM wf_claim(%s, %s, %s)", [worker, f"{lease().total_seconds()} seconds", after_tenant]
        )
        row: Any = cursor.fetchone()
    if row is None:
        return None
    tenant_id, tenant_slug, step_id, run_id, attempt, token = row
    return Claim(tenant_id, tenant_slug, step_id, run_id, attempt, UUID(str(token)), worker)


def beat(claim: Claim) -> bool:
    """Prolong the lease; False when it is lost."""
    with tenant(claim.tenant_id):
        rows = Step.objects.filter(claim.condition, pk=claim.step_id)
        return rows.update(lease_until=after(lease())) == 1

"""The effect ledger: a call to the outside world that is not repeated, whatever dies in between."""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction

from workflows.engine.claims import Claim, LostLease, Unknown
from workflows.models import Effect, Step

Response = dict[str, Any]

# One statement: the intent is stored only while this worker holds the lease.
INTENT = """
WITH mine AS (
    SELECT s.id, s.tenant_id FROM workflows_step s
    WHERE s.id = %s AND s.state = 'running' AND s.lease_token = %s AND s.lease_until > wf_now()
), stored AS (
    INSERT INTO workflows_effect (tenant_id, step_id, provider, key, state, created_at)
    SELECT mine.tenant_id, mine.id, %s, %s, 'intent', wf_now() FROM mine
    ON CONFLICT (tenant_id, key) DO NOTHING RETURNING 1
)
SELECT EXISTS (SELECT FROM mine), EXISTS (SELECT FROM stored)
"""


def once(
    claim: Claim,
    step: Step,
    provider: str,
    call: Callable[[str], Response],
    *,
    look_up: Callable[[str], Response | None] | None = None,
    if_unknown: str = "again",
) -> Response:
    """Do `call(key)` and keep its answer; a later attempt gets that answer without calling.

    The key is the same in every attempt. When an earlier attempt died in the middle, the provider is asked first by
    `look_up(key)` (its answer, or None for "never heard of it"). Where it cannot say: `if_unknown="again"` calls with the
    same key, for providers that honour it; `"ask"` raises Unknown, and a person must say what happened.

    Raises LostLease when the step belongs to another worker by now, RuntimeError inside a transaction: the intent must be
    committed before the call.
    """
    key = f"{provider}:{step.public_id}"
    is_mine, is_first = _store_intent(claim, provider, key)
    if not is_mine:
        raise LostLease(key)
    response: Response | None = None
    if not is_first:
        known = Effect.objects.get(key=key)
        if known.state == Effect.State.DONE:
            return known.response or {}
        if look_up:
            response = look_up(key)
        elif if_unknown == "ask":
            raise Unknown(f"It is not known whether {provider} has done this already.")
    if response is None:
        response = call(key)
    Effect.objects.filter(key=key).update(state=Effect.State.DONE, response=response)
    return response


def _store_intent(claim: Claim, provider: str, key: str) -> tuple[bool, bool]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(INTENT, [claim.step_id, str(claim.token), provider, key])
        is_mine, is_first = cursor.fetchone()
    return is_mine, is_first

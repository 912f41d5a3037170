"""A worker performs a claimed step, in the tenant of the step, as the automation on behalf of whoever started the run."""

import logging
from dataclasses import replace

from django.db import InterfaceError, OperationalError, transaction

from freelance_hub.errors import Refusal
from freelance_hub.permissions import Refused
from freelance_hub.tenancy.context import current, tenant, use
from workflows import conditions
from workflows.actions import registry
from workflows.engine import parts, transitions
from workflows.engine.claims import Claim, LostLease, Unknown
from workflows.engine.finish import actor_of
from workflows.engine.pulse import pulse
from workflows.models import Step
from workflows.subjects import fact_of, subject_of

log = logging.getLogger(__name__)
# No second attempt can change the answer.
FINAL = (Refusal, Refused, registry.ActionError, conditions.ConditionError, LookupError)


def perform(claim: Claim) -> int:
    """Do one attempt of the claimed step. Returns how many steps became ready through it.

    What goes wrong is stored with the step. Raises only when the database is away: then the lease runs out by itself.
    """
    with tenant(claim.tenant_id):
        step = Step.objects.select_related("run__started_by__user", "run__version__definition").get(pk=claim.step_id)
    actor = actor_of(step.run)
    company = replace(current(), tenant_id=claim.tenant_id, tenant_slug=claim.tenant_slug)
    with use(replace(company, user_id=actor.user_id, actor=actor.label)):
        try:
            ready: int | None = _do(claim, step)
        except LostLease:
            log.info("lease_lost", extra={"step": claim.step_id, "attempt": claim.attempt})
            return 0
        except Unknown as question:
            transitions.ask_person(claim, str(question))
            return 0
        except (InterfaceError, OperationalError) as error:
            ready = transitions.fail(
                claim, _words(error)
            )  # a deadlock or time-out; raises too when the database is away
        except Exception as error:
            log.exception("step_failed", extra={"step": claim.step_id, "attempt": claim.attempt})
            ready = transitions.fail(claim, _words(error), is_final=isinstance(error, FINAL))
    return ready or 0


def _do(claim: Claim, step: Step) -> int:
    run = step.run
    if step.kind == Step.Kind.WORKFLOW:
        return _kept(parts.begin(claim))
    subject = subject_of(run)
    if step.kind == Step.Kind.DECISION:
        outcome = "yes" if conditions.holds(step.params["condition"], fact_of(run, subject)) else "no"
        return _kept(transitions.complete(claim, step, outcome=outcome))
    action = registry.find(step.action)
    work = registry.Work(step=step, run=run, subject=subject, actor=actor_of(run), claim=claim)
    params = step.params.get("params", {})
    with pulse.keeping(claim, at_most=action.longest.total_seconds()):
        if action.outside:
            return _kept(transitions.complete(claim, step, result=registry.perform(step.action, work, params)))
        with transaction.atomic():  # the rows of the action and the end of the step: both, or neither
            return _kept(transitions.complete(claim, step, result=registry.perform(step.action, work, params)))


def _kept(ready: int | None) -> int:
    if ready is None:
        raise LostLease
    return ready


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if not isinstance(error, Refusal | Refused) else str(error)

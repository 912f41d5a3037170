"""Do the engine's work here and now, for those who cannot wait for a worker: the demo and its kind."""

from workflows.engine import claims, sweeper, work
from workflows.services import starts


def work_off(worker: str) -> int:
    """Perform every step that is due, of all companies, until none is; returns how many were performed.

    Call it outside a tenant. Side effects: those of the steps' actions, each in its own tenant and transaction.
    """
    done = 0
    while True:
        sweeper.sweep()
        starts.sweep_schedules()
        claim = claims.claim(worker)
        if claim is None:
            return done
        work.perform(claim)
        done += 1

"""Seeded bugs of the engine. The state machine of `machine.py` must go red for every one of them."""

from tests.workflows.planting import Mutant
from workflows.engine import (
    activation,
    attention,
    claims,
    compensation,
    effects,
    finish,
    moves,
    parts,
    pauses,
    runs,
    sweeper,
    transitions,
)
from workflows.services import runs as runs_of_people

MUTANTS = [
    Mutant(
        "no fencing token",
        claims,
        "step.state == Step.State.RUNNING and step.lease_token == self.token",
        "True",
        also=("return Q(state=Step.State.RUNNING, lease_token=self.token)", "return Q()"),
    ),
    Mutant("attempt limit ignored on lease expiry", transitions, "if step.attempt < step.max_attempts and", "if"),
    Mutant(
        "attempt limit ignored on failure",
        transitions,
        "if is_final or step.attempt >= step.max_attempts or",
        "if is_final or",
    ),
    Mutant("child begins when any parent has ended", activation, " if deps_left == 0}", "}"),
    Mutant(
        "outcome of a parent ignored",
        activation,
        "(%s AND edge.outcome IN ('', %s))",
        "(%s OR edge.outcome IN ('', %s))",
    ),
    Mutant(
        "a step that is passed over leads on", activation, "release(run, child, is_taken=False)", "release(run, child)"
    ),
    Mutant("expired leases never reclaimed", sweeper, "_in_run(transitions.expire_lease)", "lambda _step: None"),
    Mutant(
        "a retry behind the clock stays hidden", sweeper, '"hidden": transitions.unhide', '"hidden": lambda _step: None'
    ),
    Mutant("a lease ahead of the clock is kept", transitions, " | Q(lease_until__gt=Now() + timedelta(hours=1))", ""),
    Mutant(
        "undo order not reversed",
        compensation,
        "parent=undo_of[child.pk], child=undo_of[step.pk]",
        "parent=undo_of[step.pk], child=undo_of[child.pk]",
    ),
    Mutant("late sibling not undone", transitions, "ready += compensation.undo(run)", "ready += 0"),
    Mutant(
        "undo does not wait for siblings",
        compensation,
        "(State.RUNNING, State.READY, State.WAITING, State.ATTENTION)",
        "()",
    ),
    Mutant("undo that fails for good ends as failed", transitions, "if is_undo or (", "if not is_undo and ("),
    Mutant("timers ignore their time", transitions, "DUE = Q(run_at__lte=Now())", "DUE = Q()"),
    Mutant(
        "new key per attempt", effects, "{provider}:{step.public_id}", "{provider}:{step.public_id}:{claim.attempt}"
    ),
    Mutant("ledger not consulted", effects, "if known.state == Effect.State.DONE:", "if False:"),
    Mutant("lost-lease check before the call dropped", effects, "if not is_mine:", "if False:"),
    Mutant("start is not idempotent", runs, "if not is_new:", "if False:"),
    Mutant(
        "cancelling leaves running steps",
        runs,
        "OPEN_STEPS, by=",
        'tuple(s for s in OPEN_STEPS if s != "running"), by=',
    ),
    Mutant("run ends while steps are open", finish, ".exclude(state__in=Step.ENDED)", '.filter(state="running")'),
    Mutant(
        "double approval accepted",
        transitions,
        "if step.state != State.WAITING or not step.is_for_people",
        "if not step.is_for_people",
    ),
    Mutant("failure does not start compensation", transitions, "return compensation.begin(run, by=by)", "return 0"),
    Mutant(
        "pending steps survive a failure",
        compensation,
        "(State.PENDING, State.READY, State.HELD, State.WAITING)",
        "(State.READY, State.HELD, State.WAITING)",
    ),
    Mutant("attempts not extended for a person's retry", attention, 'F("attempt") + EXTRA_ATTEMPTS', 'F("attempt")'),
    Mutant("timers never fire", sweeper, '"timer": _in_run(transitions.end_wait)', '"timer": lambda _step: None'),
    Mutant(
        "a step that is not needed waits all the same",
        activation,
        "if fact and fact_of(run, subject_of(run))(fact):",
        "if False:",
    ),
    # Pauses
    Mutant("resuming forgets steps on hold", pauses, "ready += _let_go(run, step, by=by)", "ready += 0"),
    Mutant(
        "resuming forgets parts",
        pauses,
        "ready = sum(resume(part, by=by) or 0 for part in open_parts(run))",
        "ready = 0",
    ),
    Mutant("a pause does not reach parts", pauses, "        pause(part, by=by)", "        pass"),
    Mutant("a pause leaves who waits", pauses, "state__in=(State.READY, State.WAITING)", "state__in=(State.READY,)"),
    Mutant("timers run on during a pause", pauses, "for name in _running(step)", "for name in ()"),
    Mutant("resuming starts a part again", pauses, " and not _has_part(step)", ""),
    Mutant(
        "steps begin in a paused run", moves, "Step.State.HELD if run.state == Run.State.PAUSED else state", "state"
    ),
    Mutant(
        "a failure leaves steps on hold",
        compensation,
        "State.READY, State.HELD, State.WAITING)",
        "State.READY, State.WAITING)",
    ),
    Mutant(
        "what came true in a pause is forgotten",
        runs_of_people,
        "    recheck(subject=subject_of(run), actor=actor)\n    run.refresh",
        "    run.refresh",
    ),
    # Parts
    Mutant("the end of a part is not told", finish, "if run.parent_step_id:", "if False:"),
    Mutant(
        "the end of a part is not told to a step on hold",
        finish,
        "(Step.State.WAITING, Step.State.HELD)",
        "(Step.State.WAITING,)",
    ),
    Mutant("a part begins in a paused run", parts, "if run.state == Run.State.PAUSED:", "if False:"),
    Mutant(
        "a part begins in a run that is being undone", parts, "if run.state == Run.State.COMPENSATING:", "if False:"
    ),
    Mutant(
        "a part is started again with its old key",
        parts,
        '{step.public_id}:{step.sub_runs.count()}"',
        '{step.public_id}"',
    ),
    Mutant("a part that failed counts as done", transitions, "if step.outcome == Run.State.DONE:", "if True:"),
    Mutant("cancelling leaves parts open", runs, "        cancel(part, actor=actor)", "        pass"),
    Mutant(
        "undoing does not reach parts",
        compensation,
        "ready = sum(begin(part, by=by) for part in parts if part.state in Run.OPEN)",
        "ready = 0",
    ),
    Mutant(
        "undo does not wait for parts",
        compensation,
        "(State.RUNNING, State.READY, State.WAITING, State.ATTENTION)",
        "(State.RUNNING, State.READY, State.ATTENTION)",
    ),
    Mutant(
        "undoing leaves steps with parts on hold",
        compensation,
        "filter(pk__in=of_parts, state=State.HELD)",
        "filter(pk__in=(), state=State.HELD)",
    ),
    # Skipping
    Mutant("skipping a step leaves its part", runs_of_people, "        runs.cancel(part, actor=actor)", "        pass"),
    Mutant(
        "skipping forgets what comes after", attention, "hints.after_commit(settle(run, step))", "hints.after_commit(0)"
    ),
    Mutant("an undo may be skipped", attention, " or step.compensates_id is not None", ""),
    Mutant("an approval may be skipped", runs_of_people, "if step.kind == Step.Kind.APPROVAL:", "if False:"),
]

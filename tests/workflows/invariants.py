"""What must hold in the engine's tables after every transition: each query finds violations."""

INVARIANTS = {
    "a step began before its parents had ended": """
        SELECT FROM workflows_edge e
        JOIN workflows_stepevent began ON began.step_id = e.child_id AND began.old_state = 'pending'
        WHERE began.new_state NOT IN ('skipped', 'cancelled') AND coalesce((
            SELECT v.new_state FROM workflows_stepevent v
            WHERE v.tenant_id = e.tenant_id AND v.step_id = e.parent_id AND v.id < began.id ORDER BY v.id DESC LIMIT 1
        ), 'pending') NOT IN ('done', 'skipped')
    """,
    "a step was done on a way that was not taken": """
        SELECT FROM workflows_step c
        WHERE c.state = 'done' AND EXISTS (SELECT FROM workflows_edge e WHERE e.child_id = c.id)
            AND NOT EXISTS (
                SELECT FROM workflows_edge e JOIN workflows_step p ON p.id = e.parent_id
                WHERE e.child_id = c.id AND (
                    (e.outcome IN ('', p.outcome) AND p.outcome <> 'passed_over')
                    OR EXISTS (SELECT FROM workflows_stepevent v WHERE v.step_id = p.id AND v.new_state = 'pending')
                )
            )
    """,
    "a lease without running": "SELECT FROM workflows_step WHERE (state = 'running') <> (lease_token IS NOT NULL)",
    "a step was completed twice": """
        SELECT FROM workflows_stepevent v JOIN workflows_step s ON s.id = v.step_id
        WHERE v.new_state = 'done' AND s.kind NOT IN ('approval', 'decision') GROUP BY s.id HAVING count(*) > 1
    """,
    "a step has two effects": "SELECT FROM workflows_effect GROUP BY step_id HAVING count(*) > 1",
    "a step that has had its effect was taken back": """
        SELECT FROM workflows_effect f JOIN workflows_step s ON s.id = f.step_id WHERE f.state = 'done' AND s.state = 'pending'
    """,
    "a run ended with open steps": """
        SELECT FROM workflows_run r JOIN workflows_step s ON s.run_id = r.id
        WHERE r.state NOT IN ('running', 'paused', 'compensating') AND s.state NOT IN ('done', 'skipped', 'cancelled', 'failed')
    """,
    "a run is open with nothing to do": """
        SELECT FROM workflows_run r WHERE r.state IN ('running', 'paused', 'compensating') AND NOT EXISTS (
            SELECT FROM workflows_step s
            WHERE s.run_id = r.id AND s.state IN ('ready', 'running', 'waiting', 'held', 'attention')
        )
    """,
    "a run is done though a step is not": """
        SELECT FROM workflows_run r JOIN workflows_step s ON s.run_id = r.id
        WHERE r.state = 'done' AND s.state NOT IN ('done', 'skipped')
    """,
    "a step is on hold in a run that is not paused": """
        SELECT FROM workflows_run r JOIN workflows_step s ON s.run_id = r.id WHERE s.state = 'held' AND r.state <> 'paused'
    """,
    "a step begins or waits in a paused run": """
        SELECT FROM workflows_run r JOIN workflows_step s ON s.run_id = r.id
        WHERE s.state IN ('ready', 'waiting') AND r.state = 'paused'
    """,
    "a part is at work though nothing waits for it": """
        SELECT FROM workflows_run r JOIN workflows_step s ON s.id = r.parent_step_id
        WHERE r.state IN ('running', 'paused', 'compensating') AND s.state NOT IN ('waiting', 'held')
    """,
    "a step waits for a part that is over": """
        SELECT FROM workflows_step s WHERE s.kind = 'workflow' AND s.state = 'waiting' AND s.run_at IS NULL AND NOT EXISTS (
            SELECT FROM workflows_run r
            WHERE r.parent_step_id = s.id AND r.state IN ('running', 'paused', 'compensating')
        )
    """,
    "a step is done though its part was not": """
        SELECT FROM workflows_step s JOIN workflows_stepevent v ON v.step_id = s.id
        WHERE s.kind = 'workflow' AND v.old_state = 'waiting' AND v.new_state = 'done'
            AND NOT EXISTS (SELECT FROM workflows_run r WHERE r.parent_step_id = s.id AND r.state = 'done')
    """,
    "a part goes on though its run is being undone": """
        SELECT FROM workflows_run r JOIN workflows_step s ON s.id = r.parent_step_id JOIN workflows_run o ON o.id = s.run_id
        WHERE o.state = 'compensating' AND r.state IN ('running', 'paused')
    """,
    "a step has two parts at once": """
        SELECT FROM workflows_run r WHERE r.state IN ('running', 'paused', 'compensating')
        GROUP BY r.parent_step_id HAVING count(r.parent_step_id) > 1
    """,
    "a timer fired early": """
        SELECT FROM workflows_step s JOIN workflows_stepevent v ON v.step_id = s.id
        WHERE s.kind = 'wait' AND s.state = 'done' AND v.new_state = 'done' AND v.actor = 'Sweeper' AND v.at < s.run_at
    """,
    "too many attempts": "SELECT FROM workflows_step WHERE attempt > max_attempts",
    "attempts were not counted": """
        SELECT FROM workflows_stepevent e JOIN workflows_step s ON s.id = e.step_id
        WHERE e.new_state = 'running' AND e.id > coalesce((
            SELECT max(v.id) FROM workflows_stepevent v
            WHERE v.tenant_id = s.tenant_id AND v.step_id = s.id AND v.new_state = 'pending'
        ), 0)
        GROUP BY s.id HAVING count(*) <> s.attempt
    """,
    "a step was undone before its child was": """
        SELECT FROM workflows_step u JOIN workflows_edge e ON e.parent_id = u.compensates_id
        JOIN workflows_step of_child ON of_child.compensates_id = e.child_id
        WHERE u.state NOT IN ('pending', 'cancelled') AND of_child.state NOT IN ('done', 'skipped')
    """,
    "undoing began while a sibling was at work": """
        SELECT FROM workflows_step u JOIN workflows_step s ON s.run_id = u.run_id
        WHERE u.compensates_id IS NOT NULL AND s.compensates_id IS NULL
            AND s.state IN ('running', 'ready', 'waiting', 'attention')
    """,
    "an undo was given up": "SELECT FROM workflows_step WHERE compensates_id IS NOT NULL AND state = 'failed'",
    "an approval stands on voided or missing decisions": """
        SELECT FROM workflows_step s WHERE s.kind = 'approval' AND s.state = 'done' AND s.outcome = 'approved' AND (
            SELECT count(*) FROM workflows_decision d WHERE d.step_id = s.id AND d.voided_at IS NULL AND d.outcome = 'approved'
        ) < coalesce(s.needed, 1)
    """,
    "an approval ended in another way than somebody decided": """
        SELECT FROM workflows_step s WHERE s.kind = 'approval' AND s.state = 'done' AND s.outcome <> 'approved' AND NOT EXISTS (
            SELECT FROM workflows_decision d
            WHERE d.step_id = s.id AND d.voided_at IS NULL AND d.outcome IN ('rejected', 'changes')
        )
    """,
    "somebody is asked though what comes before is asked again": """
        SELECT FROM workflows_edge e
        JOIN workflows_step p ON p.id = e.parent_id
        JOIN workflows_step c ON c.id = e.child_id
        WHERE p.state NOT IN ('done', 'skipped', 'failed', 'cancelled') AND c.state IN ('waiting', 'held')
            AND c.kind IN ('approval', 'task', 'form', 'document', 'wait') AND NOT EXISTS (
                SELECT FROM workflows_stepevent v WHERE v.step_id = c.id AND v.old_state = 'attention'
            )
    """,
    "an approval asks for other numbers than its mode says": """
        SELECT FROM workflows_step s WHERE s.kind = 'approval' AND s.state IN ('waiting', 'held', 'done')
            AND s.needed IS DISTINCT FROM CASE s.params ->> 'mode' WHEN 'quorum' THEN (s.params ->> 'quorum')::int
                WHEN 'all' THEN (SELECT count(*) FROM workflows_ask a WHERE a.step_id = s.id) END
    """,
    "an approval waits though enough have answered": """
        SELECT FROM workflows_step s JOIN workflows_decision d ON d.step_id = s.id
        WHERE s.state IN ('waiting', 'held') AND d.voided_at IS NULL
        GROUP BY s.id HAVING count(*) >= coalesce(s.needed, 1) OR bool_or(d.outcome <> 'approved')
    """,
    "a decision stands though what it was about has changed": """
        SELECT FROM workflows_decision d JOIN workflows_step s ON s.id = d.step_id JOIN workflows_run r ON r.id = s.run_id
        JOIN hub_legalentity e ON e.id = r.subject_id
        WHERE r.state IN ('running', 'paused') AND d.voided_at IS NULL AND d.outcome = 'approved'
            AND (d.content ->> 'name' <> e.name OR d.content ->> 'country' <> e.country)
    """,
    "one person decided twice in a run": """
        SELECT FROM workflows_decision d JOIN workflows_step s ON s.id = d.step_id
        WHERE d.voided_at IS NULL GROUP BY s.run_id, d.decided_by_id HAVING count(*) > 1
    """,
}
# For automations whose every attempt calls the provider, and which no person ends by hand.
WITHOUT_EFFECT = {
    "done without its effect": """
        SELECT FROM workflows_step s JOIN workflows_stepevent v ON v.step_id = s.id
        WHERE s.kind = 'automation' AND v.old_state = 'running' AND v.new_state = 'done'
            AND NOT EXISTS (SELECT FROM workflows_effect f WHERE f.step_id = s.id AND f.state = 'done')
    """,
}
# After the end of everything.
NOT_UNDONE = """
    SELECT FROM workflows_step s JOIN workflows_run r ON r.id = s.run_id
    WHERE r.state = 'compensated' AND s.state = 'done' AND s.compensator <> '' AND s.compensates_id IS NULL
        AND NOT EXISTS (SELECT FROM workflows_step u WHERE u.compensates_id = s.id AND u.state IN ('done', 'skipped'))
"""
LOG = """
    SELECT v.step_id, s.kind, v.old_state, v.new_state, s.state FROM workflows_stepevent v
    JOIN workflows_step s ON s.id = v.step_id ORDER BY v.step_id, v.id
"""


def violated(*more: dict[str, str]) -> str:
    """One query that tells which of the invariants do not hold."""
    asked = INVARIANTS | {words: sql for each in more for words, sql in each.items()}
    return " UNION ALL ".join(f"SELECT '{words}' WHERE EXISTS ({sql})" for words, sql in asked.items())


def _moves(text: str) -> set[tuple[str, str]]:
    return {
        (old, new)
        for line in text.strip().splitlines()
        for old, _, targets in [line.partition(":")]
        for new in targets.split()
        for old in [old.strip()]
    }


BY_WORKER = _moves("""
    pending: ready held skipped cancelled
    ready: running held skipped cancelled pending
    held: ready skipped cancelled pending
    running: done ready held failed attention cancelled
    attention: ready held done skipped cancelled
    skipped: pending
""")
BY_PERSON = _moves("""
    pending: waiting held skipped cancelled
    waiting: waiting done skipped failed attention cancelled held pending
    held: waiting skipped cancelled pending
    attention: waiting held done skipped cancelled
    skipped: pending
""")
PAST_BY = {("attention", "done"), ("attention", "skipped"), ("waiting", "skipped"), ("held", "skipped")}
# What the log of a step of each kind may say: approvals and decisions alone are asked again, and never passed by.
LEGAL = {
    "automation": BY_WORKER,
    "decision": (BY_WORKER - PAST_BY - {("ready", "skipped")}) | {("done", "pending"), ("running", "pending")},
    "workflow": (BY_WORKER - {("running", "done")})
    | _moves("running: waiting\nwaiting: done skipped failed attention cancelled held\nheld: waiting"),
    "task": BY_PERSON,
    "form": BY_PERSON,
    "document": BY_PERSON,
    "approval": (BY_PERSON - PAST_BY) | {("done", "pending"), ("held", "done")},
    "wait": (BY_PERSON - {("waiting", "waiting")}) | {("pending", "attention"), ("attention", "attention")},
}


def log_problems(lines: list[tuple[int, str, str, str, str]]) -> list[str]:
    """What is wrong with the log of the steps: gaps, moves that no step of the kind makes, another end than the row's."""
    found, at = [], {}
    for step, kind, old, new, state in lines:
        reached = at.get(step, ("pending", state))[0]
        if old != reached:
            found.append(f"the log of a {kind} has a gap: {reached}, then {old} → {new}")
        if (old, new) not in LEGAL[kind]:
            found.append(f"a {kind} went from {old} to {new}")
        at[step] = (new, state)
    found += [f"the log says {new}, the row {state}" for new, state in at.values() if new != state]
    return found

"""What must hold in the engine's tables after every transition: each query finds violations."""

INVARIANTS = {
    "a step began before its parents had ended": """
        SELECT FROM workflows_edge e
        JOIN workflows_step p ON p.id = e.parent_id
        JOIN workflows_step c ON c.id = e.child_id
        WHERE c.state IN ('ready', 'running', 'waiting', 'done', 'attention', 'failed') AND p.state NOT IN ('done', 'skipped')
    """,
    "a step was done on a way that was not taken": """
        SELECT FROM workflows_step c
        WHERE c.state = 'done' AND EXISTS (SELECT FROM workflows_edge e WHERE e.child_id = c.id)
            AND NOT EXISTS (
                SELECT FROM workflows_edge e JOIN workflows_step p ON p.id = e.parent_id
                WHERE e.child_id = c.id AND e.outcome IN ('', p.outcome) AND p.outcome <> 'passed_over'
            )
    """,
    "a lease without running": "SELECT FROM workflows_step WHERE (state = 'running') <> (lease_token IS NOT NULL)",
    "a step was completed twice": """
        SELECT FROM workflows_stepevent WHERE new_state = 'done' GROUP BY step_id HAVING count(*) > 1
    """,
    "a run ended with open steps": """
        SELECT FROM workflows_run r JOIN workflows_step s ON s.run_id = r.id
        WHERE r.state NOT IN ('running', 'compensating') AND s.state NOT IN ('done', 'skipped', 'cancelled', 'failed')
    """,
    "a run is done though a step is not": """
        SELECT FROM workflows_run r JOIN workflows_step s ON s.run_id = r.id
        WHERE r.state = 'done' AND s.state NOT IN ('done', 'skipped')
    """,
    "too many attempts": "SELECT FROM workflows_step WHERE attempt > max_attempts",
    "attempts were not counted": """
        SELECT FROM workflows_stepevent e JOIN workflows_step s ON s.id = e.step_id
        WHERE e.new_state = 'running' GROUP BY s.id HAVING count(*) <> s.attempt
    """,
    "a step was undone before its child was": """
        SELECT FROM workflows_step u JOIN workflows_edge e ON e.parent_id = u.compensates_id
        JOIN workflows_step of_child ON of_child.compensates_id = e.child_id
        WHERE u.state NOT IN ('pending', 'cancelled') AND of_child.state NOT IN ('done', 'skipped')
    """,
    "undoing began while a sibling was at work": """
        SELECT FROM workflows_step u JOIN workflows_step s ON s.run_id = u.run_id
        WHERE u.compensates_id IS NOT NULL AND s.compensates_id IS NULL AND s.state IN ('running', 'ready', 'attention')
    """,
    "an undo was given up": "SELECT FROM workflows_step WHERE compensates_id IS NOT NULL AND state = 'failed'",
    "done without its effect": """
        SELECT FROM workflows_step s JOIN workflows_stepevent v ON v.step_id = s.id AND v.new_state = 'done' AND v.actor = 'w'
        WHERE s.kind = 'automation'
            AND NOT EXISTS (SELECT FROM workflows_effect f WHERE f.step_id = s.id AND f.state = 'done')
    """,
}
# After the end of everything.
NOT_UNDONE = """
    SELECT FROM workflows_step s JOIN workflows_run r ON r.id = s.run_id
    WHERE r.state = 'compensated' AND s.state = 'done' AND s.compensator <> '' AND s.compensates_id IS NULL
        AND NOT EXISTS (SELECT FROM workflows_step u WHERE u.compensates_id = s.id AND u.state IN ('done', 'skipped'))
"""

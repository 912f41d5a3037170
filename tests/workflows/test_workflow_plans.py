"""What inbox, runs and monitoring cost when thousands of runs have gone through, as the web role."""

from functools import partial

import pytest
from django.db import connection

from tests import plans, servers
from tests.factories.programs import launch
from tests.factories.talent import ask
from tests.plans import pages
from tests.world import find_company
from workflows.access import visible_runs, visible_steps
from workflows.models import Run, Step
from workflows.people import inbox_of
from workflows.services.background import work_off

RUNS, STEPS = 20_000, 3
assert_cheap = partial(plans.assert_cheap, large={"workflows_run", "workflows_step", "workflows_decision"})

# Copies of the one run of each company with three steps each: every four-hundredth run still waits for an approver, the
# others are done. As superuser, without triggers.
MULTIPLY = """
SET session_replication_role = replica;
INSERT INTO workflows_run (tenant_id, public_id, version_id, program_id, title, subject_type, subject_id, state, context,
    idempotency_key, requested_by_id, started_by_id, started_at, finished_at)
SELECT tenant_id, gen_random_uuid(), version_id, program_id, 'Copy ' || n, subject_type, subject_id,
    CASE WHEN n % 400 = 0 THEN 'running' ELSE 'done' END, '{{}}', 'copy ' || n, requested_by_id, started_by_id,
    started_at - n * interval '1 hour', CASE WHEN n % 400 = 0 THEN NULL ELSE started_at END
FROM workflows_run, generate_series(1, {runs}) n;
INSERT INTO workflows_step (tenant_id, public_id, run_id, key, title, kind, position, state, since, params, deps_left,
    deps_taken, action, attempt, max_attempts, on_failure, worker, error, compensator, capability, currency, wait_event,
    outcome, comment)
SELECT r.tenant_id, gen_random_uuid(), r.id, 'step ' || n, 'Step', 'approval', n,
    CASE WHEN n = {steps} AND r.state = 'running' THEN 'waiting' ELSE 'done' END, r.started_at, '{{}}', 0, 0, '', 0, 8,
    'attention', '', '', '', 'requisition.approve', '', '', '', ''
FROM workflows_run r, generate_series(1, {steps}) n WHERE r.title LIKE 'Copy %';
INSERT INTO workflows_decision (tenant_id, step_id, decided_by_id, in_place_of_id, outcome, comment, content, content_hash,
    currency, via, decided_at, voided_because)
SELECT s.tenant_id, s.id, m.id, m.id, 'approved', '', '{{}}', '', '', 'page', s.since, ''
FROM workflows_step s JOIN LATERAL (
    SELECT id FROM hub_membership m WHERE m.tenant_id = s.tenant_id AND m.kind = 'staff' ORDER BY id LIMIT 1
) m ON true
WHERE s.key = 'step 1';
ANALYZE workflows_run, workflows_step, workflows_decision;
"""


@pytest.fixture
def large(transactional_db):
    """Two companies, each with some thousand runs behind it."""
    companies = [find_company("acme"), find_company("rival")]
    for company in companies:
        launch(company)
        with company.enter("hiring_manager"):
            ask(company, state="in_approval")
            work_off("plans")
    database = connection.settings_dict["NAME"]
    servers.the_servers().postgres.execute(MULTIPLY.format(runs=RUNS, steps=STEPS), database=database)
    servers.the_servers().postgres.execute("VACUUM", database=database)
    return companies[0]


def test_the_inbox_looks_at_what_waits_only(large):
    for role in ("approver", "program_manager", "hiring_manager", "finance"):
        with large.enter(role):
            inbox = inbox_of(large.actor(role))
            if role == "approver":
                assert inbox.count() == RUNS // 400 + 1
            for key, field in (("since", "since"), ("due", "due_at")):
                for number, page in enumerate(pages(inbox, key, field, is_descending=False)):
                    assert_cheap(page, (role, "inbox", key, number))
            assert_cheap(inbox.values("pk"), (role, "how many wait"))


def test_runs_and_steps_come_from_an_index(large):
    with large.enter("program_manager"):
        actor = large.actor("program_manager")
        runs = visible_runs(actor).select_related("version__definition", "program")
        for state in (Run.State.values, Run.OPEN, ("running",)):
            for number, page in enumerate(
                pages(runs.filter(state__in=state), "started", "started_at", is_descending=True)
            ):
                assert_cheap(page, ("runs", state, number))
    with large.enter("approver"):
        steps = visible_steps(large.actor("approver"))
        waiting = steps.filter(state=Step.State.WAITING).order_by("pk").first()
        assert_cheap(steps.filter(public_id=waiting.public_id), "one step")

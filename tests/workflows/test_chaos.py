"""Real workers, killed; a real broker, emptied; a real Postgres, crashed: no step is lost, none has its effect twice."""

import os
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.workflows.chaos import Stand
from tests.workflows.invariants import LOG, WITHOUT_EFFECT, log_problems, violated

RUNS, STEPS, PER_SECOND = int(os.environ.get("CHAOS_RUNS", "120")), 10, 15
STEPS_OF_PART, CALLS = 2, 8  # the run's own automations and those of its part
LONGEST = 90 + RUNS / 2


@pytest.fixture
def stand(django_db_setup):
    home = Path(tempfile.mkdtemp(prefix="fh-chaos-"))
    home.chmod(0o711)  # Postgres runs as an account of its own
    with Stand(home) as stand:
        yield stand


@pytest.mark.slow
def test_no_step_is_lost_and_no_effect_is_repeated(stand):
    """Runs of automations, a wait, a decision, a part, an approval for which two people race, and joins of them."""
    stand.start_all(runs=RUNS, per_second=PER_SECOND, graph="mixed")
    stand.start_people("ann", "bob")
    play(stand)

    assert stand.is_finished(RUNS), f"after {stand.faults}: {open_steps(stand)}\n{stand.logs()}"
    assert stand.query("SELECT state, count(*) FROM workflows_run GROUP BY 1") == [("done", 2 * RUNS)]
    steps = RUNS * (STEPS + STEPS_OF_PART)
    assert stand.query("SELECT state, count(*) FROM workflows_step GROUP BY 1") == [("done", steps)]
    assert stand.query("SELECT count(*) FROM workflows_stepevent WHERE new_state = 'done'") == [(steps,)]
    assert stand.query("SELECT count(*) FROM workflows_decision") == [(RUNS,)]
    assert stand.query(violated(WITHOUT_EFFECT)) == []
    assert log_problems(stand.query(LOG)) == []
    assert len(stand.effects()) == RUNS * CALLS
    repeated = Counter((stand.provider / "calls").read_text().split())
    assert len(repeated) == RUNS * CALLS
    # The same key, so without effect; only steps that were at work when their worker died.
    assert sum(repeated.values()) - len(repeated) <= 4 * stand.faults.total()


def play(stand):
    """Once workers are at work, a fault every few seconds while runs come in, then only waiting."""
    faults = [
        lambda: stand.kill_worker("one"),
        stand.empty_broker,
        stand.crash_postgres,
        lambda: stand.kill_worker("two"),
        stand.empty_broker,
    ]
    stand.wait_for_work()
    begun, next_fault = time.monotonic(), time.monotonic() + 1
    while time.monotonic() < begun + LONGEST:
        stand.supervise()
        if faults and time.monotonic() > next_fault:
            faults.pop(0)()
            next_fault = time.monotonic() + 2.5
        if not faults and stand.processes["producer"].poll() is not None and stand.is_finished(RUNS):
            return
        time.sleep(0.25)


def open_steps(stand):
    return stand.query(
        "SELECT key, state, attempt, error, count(*) FROM workflows_step WHERE state <> 'done' GROUP BY 1, 2, 3, 4"
    )


TIMERS = 200


@pytest.mark.slow
def test_no_timer_is_lost_or_early_while_the_broker_is_away(stand):
    stand.start_all(runs=TIMERS, per_second=50, graph="timers")
    away = [stand.empty_broker_for(seconds, once_done=done) for done, seconds in ((20, 2), (90, 1))]

    end = time.monotonic() + 60
    while time.monotonic() < end and not stand.is_finished(TIMERS + 1):
        time.sleep(0.25)

    assert stand.is_finished(TIMERS + 1), f"{open_steps(stand)}\n{stand.logs()}"
    for begun, ended in away:
        due = f"SELECT count(*) > 0 FROM workflows_step WHERE kind = 'wait' AND run_at BETWEEN '{begun}' AND '{ended}'"
        assert stand.query(due) == [(True,)], "no timer was due while the broker was away: this proves nothing"
    ends = stand.query(
        "SELECT count(*), count(DISTINCT v.step_id), count(*) FILTER (WHERE v.at < s.run_at) "
        "FROM workflows_stepevent v JOIN workflows_step s ON s.id = v.step_id "
        "WHERE s.kind = 'wait' AND v.new_state = 'done'"
    )
    assert ends == [(TIMERS + 1, TIMERS + 1, 0)]
    assert stand.query(violated(WITHOUT_EFFECT)) == []
    assert len(stand.effects()) == TIMERS + 1

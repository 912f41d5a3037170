"""Real workers, killed; a real broker, emptied; a real Postgres, crashed: no step is lost, none has its effect twice."""

import os
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.workflows.chaos import Stand

RUNS, STEPS, PER_SECOND = int(os.environ.get("CHAOS_RUNS", "200")), 10, 20
LONGEST = 90 + RUNS / 4


@pytest.mark.slow
def test_no_step_is_lost_and_no_effect_is_repeated(django_db_setup):
    home = Path(tempfile.mkdtemp(prefix="fh-chaos-"))
    home.chmod(0o711)  # Postgres runs as an account of its own
    with Stand(home) as stand:
        stand.start_all(runs=RUNS, per_second=PER_SECOND)
        play(stand)

        assert stand.is_finished(RUNS), f"after {stand.faults}: {open_steps(stand)}\n{stand.logs()}"
        assert stand.query("SELECT state, count(*) FROM workflows_step GROUP BY 1") == [("done", RUNS * STEPS)]
        assert (
            stand.query("SELECT FROM workflows_stepevent WHERE new_state = 'done' GROUP BY step_id HAVING count(*) > 1")
            == []
        )
        assert len(stand.effects()) == RUNS * STEPS
        repeated = Counter((stand.provider / "calls").read_text().split())
        assert len(repeated) == RUNS * STEPS
        # The same key, so without effect; only steps that were at work when their worker died.
        assert sum(repeated.values()) - len(repeated) <= 4 * stand.faults.total()


def play(stand):
    """One fault every few seconds while runs come in, then only waiting."""
    faults = [
        lambda: stand.kill_worker("one"),
        stand.empty_broker,
        stand.crash_postgres,
        lambda: stand.kill_worker("two"),
        stand.empty_broker,
    ]
    begun, next_fault = time.monotonic(), time.monotonic() + 5
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

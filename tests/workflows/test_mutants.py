"""Do the tests of the engine catch bugs? A handful of planted ones in CI; all of them with MUTANTS=all."""

import os

import pytest

from tests.workflows.machine import run_machine
from tests.workflows.mutants import MUTANTS, planted

# Those without which work would be lost or done twice.
IN_CI = {
    "no fencing token",
    "child begins when any parent has ended",
    "expired leases never reclaimed",
    "ledger not consulted",
    "run ends while steps are open",
}
CHOSEN = [mutant for mutant in MUTANTS if os.environ.get("MUTANTS") == "all" or mutant.name in IN_CI]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mutant", CHOSEN, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_caught(engine, mutant):
    with planted(mutant), pytest.raises(Exception):  # noqa: B017  whichever invariant or constraint finds it
        run_machine(engine, examples=150, steps=40)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_still_has_its_text(mutant):
    with planted(mutant):
        pass

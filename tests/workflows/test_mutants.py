"""Do the tests of the engine catch bugs? A handful of planted ones in CI; all of them with MUTANTS=all."""

import os

import pytest

from tests.workflows.machine import EngineMachine, run_machine
from tests.workflows.machine_approvals import ApprovalMachine
from tests.workflows.mutants import MUTANTS
from tests.workflows.mutants_of_approvals import MUTANTS_OF_APPROVALS
from tests.workflows.planting import planted

# Those without which work would be lost or done twice, or a decision counted that nobody made.
IN_CI = {
    "no fencing token",
    "child begins when any parent has ended",
    "expired leases never reclaimed",
    "ledger not consulted",
    "run ends while steps are open",
    "the end of a part is not told",
    "a void decision counts",
}
ALL = [(mutant, EngineMachine) for mutant in MUTANTS] + [(mutant, ApprovalMachine) for mutant in MUTANTS_OF_APPROVALS]
CHOSEN = [pair for pair in ALL if os.environ.get("MUTANTS") == "all" or pair[0].name in IN_CI]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("mutant", "machine"), CHOSEN, ids=lambda value: getattr(value, "name", ""))
def test_a_planted_bug_is_caught(engine, mutant, machine):
    found = (Exception, pytest.fail.Exception)  # whichever invariant, constraint or missing refusal finds it
    with planted(mutant), pytest.raises(found):
        run_machine(engine, machine=machine, examples=int(os.environ.get("EXAMPLES", "300")), steps=20)


@pytest.mark.parametrize("mutant", [mutant for mutant, _ in ALL], ids=lambda mutant: mutant.name)
def test_every_mutant_still_has_its_text(mutant):
    with planted(mutant):
        pass

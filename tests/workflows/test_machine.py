"""The state machines of `machine.py` and `machine_approvals.py`, played by hypothesis on a real Postgres."""

import pytest

from tests.workflows.machine import run_machine
from tests.workflows.machine_approvals import ApprovalMachine

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_step_is_lost_repeated_or_out_of_order_whatever_happens(engine):
    run_machine(engine)


def test_no_decision_is_lost_counted_twice_or_kept_about_what_has_changed(engine):
    run_machine(engine, machine=ApprovalMachine)

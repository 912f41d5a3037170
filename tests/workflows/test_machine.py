"""The state machine of `machine.py`, played by hypothesis on a real Postgres."""

import pytest

from tests.workflows.machine import run_machine


@pytest.mark.django_db(transaction=True)
def test_no_step_is_lost_repeated_or_out_of_order_whatever_happens(engine):
    run_machine(engine)

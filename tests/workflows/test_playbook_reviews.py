"""Accesses are reviewed each quarter, and who leaves without a successor gets one: run to each end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from programs.models import Program
from tests.factories.work import make_assignment
from tests.workflows.engine_room import drain
from workflows.engine.sweeper import sweep
from workflows.models import Campaign, Definition, Handover, Run, Step
from workflows.playbooks import shipped
from workflows.services.answers import complete_task
from workflows.services.definitions import install
from workflows.services.handovers import assign_successor
from workflows.services.starts import start_scheduled, start_triggered


def step(run, key):
    return Step.objects.get(run=run, key=key)


def test_each_live_program_is_reviewed_and_closed_after_two_weeks(acme):
    with acme.enter():
        program = make_assignment(acme).program
        Program.objects.create(
            number=99, name="Over", pack_key="pilot", pack_version=1, state="closed", currency="EUR",
            owner=program.owner, legal_entity=program.legal_entity,
        )  # fmt: skip
        definition = install(None, shipped()["access_recertification"], actor=acme.automation())
        Definition.objects.filter(pk=definition.pk).update(next_run_at=timezone.now() - timedelta(minutes=1))

        assert start_scheduled(definition.pk) == 1
        drain()
        run, campaign = Run.objects.get(), Campaign.objects.get()
        assert (campaign.program, campaign.state, step(run, "wait").state) == (program, "open", "waiting")
        Step.objects.filter(run=run, key="wait").update(run_at=timezone.now() - timedelta(minutes=1))
        sweep()
        drain()

        run.refresh_from_db()
        campaign.refresh_from_db()
        assert (run.state, campaign.state) == ("done", "closed")


@pytest.fixture
def orphaned(acme):
    """The hiring manager has left, and nobody takes over."""
    with acme.enter():
        handover = Handover.objects.create(leaver=acme.people["hiring_manager"])
        (run,) = start_triggered(
            trigger="handover.orphaned", subject=handover, key="left", actor=acme.automation(), payload={}
        )
        yield handover, run


def test_a_successor_is_named_in_the_orphan_queue_and_looks_at_what_is_theirs(acme, orphaned):
    handover, run = orphaned
    assert (step(run, "find").state, step(run, "find").capability) == ("waiting", "people.manage")

    assign_successor(handover=handover, successor=acme.people["teammate"], actor=acme.actor("owner"))
    drain()

    assert (step(run, "find").state, step(run, "look").assignee) == ("done", acme.people["teammate"])
    complete_task(step=step(run, "look"), actor=acme.actor("teammate"))
    run.refresh_from_db()
    assert run.state == Run.State.DONE

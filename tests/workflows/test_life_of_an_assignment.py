"""Onboarding opens, offboarding closes: the shipped playbooks with the real services, driven by the engine."""

import re

import pytest
from django.core import mail

from freelance_hub.errors import Refusal
from freelance_hub.models import Invitation, Membership, Notification, User
from freelance_hub.services import invitations
from freelance_hub.tenancy.context import current, use
from programs.access import visible_workspaces
from talent.models import Assignment
from talent.services.assignments import request_end, start_onboarding
from tests.factories.talent import add_freelancer, guest_freelancer, hire
from tests.workflows.engine_room import drain
from workflows.actions import onboarding as actions
from workflows.models import AccessGrant, Run, Step
from workflows.services.answers import complete_task

A = Assignment.State


def onboarding(company, **details):
    """An assignment whose onboarding has just begun, with its run."""
    assignment = hire(company, state="planned", **details)
    start_onboarding(assignment=assignment, actor=company.actor("program_manager"))
    return assignment, Run.objects.get(subject_id=assignment.pk, subject_type="talent.assignment")


def states(run):
    return dict(Step.objects.filter(run=run).values_list("key", "state"))


def finish(run, key, actor):
    return complete_task(step=Step.objects.get(run=run, key=key), actor=actor)


def test_a_new_freelancer_is_invited_joins_and_gets_in(acme, django_capture_on_commit_callbacks):
    with acme.enter():
        freelancer = add_freelancer(acme, "Nora New")
        assignment, run = onboarding(acme, freelancer=freelancer)
        with django_capture_on_commit_callbacks(execute=True):
            drain()
        assert states(run) == {
            "workspace": "done", "invite": "done", "accept": "waiting", "prepare": "waiting", "access": "pending",
            "activate": "pending",
        }  # fmt: skip
        sent = [message for message in mail.outbox if message.to == [freelancer.email]]
        assert len(sent) == 1
        secret = re.search(r"http\S+/([\w-]{40,})/", sent[0].body)[1]

        user = User.objects.create(email=freelancer.email, name="Nora New", password="!")
        context = current()
        membership = invitations.accept(secret=secret, user=user)
        assert current() == context
        assert Step.objects.get(run=run, key="accept").state == Step.State.DONE
        drain()
        assert AccessGrant.objects.filter(membership=membership, state="active").count() == 2
        assert states(run)["activate"] == "pending"

        finish(run, "prepare", acme.actor("hiring_manager"))
        drain()

        assignment.refresh_from_db()
        run.refresh_from_db()
        assert (assignment.state, run.state) == (A.ACTIVE, Run.State.DONE)
        acme.people["new"] = membership
        assert list(visible_workspaces(acme.actor("new"))) == [assignment.workspace]


def test_who_is_a_member_already_is_not_invited(acme):
    with acme.enter():
        assignment, run = onboarding(acme, freelancer=guest_freelancer(acme))
        drain()

        assert states(run)["accept"] == "skipped"
        assert not Invitation.objects.exists()
        finish(run, "prepare", acme.actor("hiring_manager"))
        drain()
        assignment.refresh_from_db()
        assert assignment.state == A.ACTIVE


def test_the_manager_is_told_of_their_task_and_only_they_complete_it(acme):
    with acme.enter():
        _, run = onboarding(acme, freelancer=guest_freelancer(acme))

        told = Notification.objects.filter(kind="workflow.waiting", title__startswith="Prepare")
        assert list(told.values_list("membership", flat=True)) == [acme.people["hiring_manager"].pk]
        with pytest.raises(Refusal, match="somebody else"):
            finish(run, "prepare", acme.actor("teammate"))


def test_the_invitation_is_accepted_by_joining_and_not_by_a_click(acme):
    with acme.enter():
        _, run = onboarding(acme, freelancer=add_freelancer(acme, "Nora New"))
        drain()

        with pytest.raises(Refusal, match="by itself"):
            finish(run, "accept", acme.actor("program_manager"))


def test_a_worker_that_died_after_inviting_sends_a_fresh_link_and_no_second_invitation(acme, monkeypatch):
    with acme.enter():
        _, run = onboarding(acme, freelancer=add_freelancer(acme, "Nora New"))
        monkeypatch.setattr(actions.Work, "once", _dying_once(actions.Work.once))
        with pytest.raises(SystemExit):
            drain()
        monkeypatch.undo()
        Step.objects.filter(run=run, state="running").update(state="ready", lease_token=None, lease_until=None)

        drain()

        invitation = Invitation.objects.get()
        assert invitation.sent_count == 2
        assert states(run)["invite"] == "done"


def _dying_once(once):
    """The effect happens, then the process dies before its answer is stored."""

    def dying(work, provider, call, **options):
        def call_and_die(key):
            call(key)
            raise SystemExit

        return once(work, provider, call_and_die, **options)

    return dying


def ended(company, **details):
    """An active assignment that its manager has just ended, with the offboarding run."""
    assignment, run = onboarding(company, freelancer=guest_freelancer(company), **details)
    drain()
    finish(run, "prepare", company.actor("hiring_manager"))
    drain()
    assignment.refresh_from_db()
    request_end(assignment=assignment, reason="The work is done.", actor=company.actor("program_manager"))
    return assignment, Run.objects.filter(subject_id=assignment.pk, subject_type="talent.assignment").latest("pk")


def test_the_end_closes_every_access_first_and_then_asks_for_the_rest(acme):
    with acme.enter():
        assignment, run = ended(acme)
        assert not visible_workspaces(acme.actor("freelancer")).exists()  # in the same transaction, before any worker
        drain()

        assert states(run) == {
            "access": "done", "accesses": "skipped", "equipment": "waiting", "handover": "waiting", "ip_return": "waiting",
            "workspace": "pending",
            "receipt": "pending", "close": "pending",
        }  # fmt: skip
        assert set(AccessGrant.objects.values_list("state", flat=True)) == {"revoked"}
        assert Membership.objects.get(pk=acme.people["freelancer"].pk).state == Membership.State.ENDED
        assignment.refresh_from_db()
        assert assignment.state == A.OFFBOARDING

        finish(run, "handover", acme.actor("hiring_manager"))
        finish(run, "ip_return", acme.actor("hiring_manager"))
        drain()
        assignment.workspace.refresh_from_db()
        assert assignment.workspace.state == "archived"
        finish(run, "equipment", acme.actor("hiring_manager"))
        drain()

        assignment.refresh_from_db()
        assert assignment.state == A.CLOSED


def test_a_second_assignment_keeps_the_person_in(acme):
    with acme.enter():
        freelancer = guest_freelancer(acme)
        other = hire(acme, freelancer=freelancer, state="onboarding")
        first, run = onboarding(acme, freelancer=freelancer)
        drain()
        finish(run, "prepare", acme.actor("hiring_manager"))
        drain()
        first.refresh_from_db()

        request_end(assignment=first, reason="Done.", actor=acme.actor("program_manager"))
        drain()

        assert Membership.objects.get(pk=acme.people["freelancer"].pk).state == Membership.State.ACTIVE
        assert not AccessGrant.objects.filter(assignment=first, state="active").exists()
        assert AccessGrant.objects.filter(assignment=other, state="active").count() == 2


def test_ending_during_onboarding_stops_the_onboarding(acme):
    with acme.enter():
        assignment, run = onboarding(acme, freelancer=add_freelancer(acme, "Nora New"))
        drain()
        assignment.refresh_from_db()

        request_end(assignment=assignment, reason="Changed plans.", actor=acme.actor("program_manager"))
        drain()

        run.refresh_from_db()
        assert run.state == Run.State.CANCELLED
        assert Invitation.objects.get().state == Invitation.State.REVOKED


def test_a_guest_gets_in_only_while_a_grant_stands(acme):
    with acme.enter():
        assignment, run = onboarding(acme, freelancer=guest_freelancer(acme))
        drain()
        finish(run, "prepare", acme.actor("hiring_manager"))
        drain()
        guest = acme.actor("freelancer")
        assert visible_workspaces(guest).exists()

        AccessGrant.objects.filter(assignment=assignment, system="workspace").update(state="suspended")

        assert not visible_workspaces(guest).exists()


def test_what_happens_in_one_company_does_not_happen_in_the_other(acme, rival):
    with rival.enter():
        bait, bait_run = onboarding(rival, freelancer=guest_freelancer(rival))
    with acme.enter():
        _, run = ended(acme)
    with use(current()):
        drain()

    with acme.enter():
        assert states(run)["access"] == "done"
        assert Run.objects.count() == 3
    with rival.enter():
        bait.refresh_from_db()
        assert bait.state == A.ONBOARDING
        assert states(bait_run)["workspace"] == "done"

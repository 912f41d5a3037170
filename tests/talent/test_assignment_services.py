"""Engaging, onboarding, ending: each step once, in order, with its reasons; and the guest's access following the state."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from freelance_hub import audit, gates
from freelance_hub.errors import Refusal
from freelance_hub.models import ApiToken, Event, Invitation, Membership, User
from freelance_hub.permissions import Refused
from freelance_hub.services import invitations
from programs.access import visible_workspaces
from talent.models import Assignment, Engagement, Freelancer, Submission
from talent.services import assignments
from talent.services.engaging import engage
from talent.services.submissions import add_submission
from talent.tasks import end_due_assignments
from tests.factories.programs import make_workspace
from tests.factories.talent import add_freelancer, ask, guest_freelancer, hire, invite_guest

State = Assignment.State


@pytest.fixture
def boss(acme):
    with acme.enter("program_manager"):
        yield acme.actor("program_manager")


def kinds(prefix):
    return list(Event.objects.filter(kind__startswith=prefix).order_by("id").values_list("kind", flat=True))


def test_engaging_makes_engagement_assignment_and_hired_candidate(acme, boss):
    requisition, person = ask(acme), add_freelancer(acme)
    submission = add_submission(requisition=requisition, freelancer=person, actor=boss)

    assignment = hire(acme, requisition=requisition, freelancer=person, state="planned")

    assert (assignment.ref, assignment.state, assignment.budget) == ("ASG-1", State.PLANNED, 20000)
    assert (assignment.currency, assignment.rate_unit) == ("EUR", "hour")
    assert assignment.engagement == Engagement.objects.get()
    submission.refresh_from_db()
    assert (submission.state, submission.rate) == (Submission.State.HIRED, 80)
    assert kinds("assignment.") == ["assignment.planned"]
    assert audit.history(assignment).get().operation == "insert"


def test_a_second_click_engages_nobody_twice(acme, boss):
    requisition, person = ask(acme), add_freelancer(acme)
    hire(acme, requisition=requisition, freelancer=person, state="planned", budget=Decimal(100))

    with pytest.raises(Refusal, match="already: ASG-1"):
        hire(acme, requisition=requisition, freelancer=person, state="planned", budget=Decimal(100))

    assert Assignment.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"rate": Decimal("90.01")}, "rate", "Agree on at most €90.00"),
        ({"rate": Decimal("59.99")}, "rate", "Pay at least €60.00"),
        ({"rate": Decimal(0)}, "rate", "above zero"),
        ({"budget": Decimal("20000.01")}, "budget", "Give at most €20,000.00"),
        ({"budget": Decimal(0)}, "budget", "above zero"),
        ({"ends_on": timezone.localdate() - timedelta(1)}, "ends_on", "later day"),
        ({"title": "  "}, "title", "title"),
    ],
)
def test_terms_outside_what_was_approved_are_refused_with_what_to_change(acme, boss, changes, field, words):
    with pytest.raises(Refusal, match=words) as refusal:
        hire(acme, state="planned", **changes)

    assert refusal.value.field == field
    assert not Assignment.objects.exists()


def test_two_engagements_never_spend_more_than_the_budget(acme, boss):
    requisition = ask(acme)
    hire(acme, requisition=requisition, state="planned", budget=Decimal(15000))

    with pytest.raises(Refusal, match="Give at most €5,000"):
        hire(acme, requisition=requisition, freelancer=add_freelancer(acme, "Two"), budget=Decimal(6000))
    hire(acme, requisition=requisition, freelancer=add_freelancer(acme, "Three"), state="planned")
    with pytest.raises(Refusal, match="Nothing is left"):
        hire(acme, requisition=requisition, freelancer=add_freelancer(acme, "Four"))


@pytest.mark.parametrize("state", ["draft", "in_approval"])
def test_nobody_is_engaged_before_the_approval(acme, boss, state):
    with pytest.raises(Refusal) as refusal:
        hire(acme, requisition=ask(acme, state=state))

    assert refusal.value.code == "not_open"


def test_blocked_unreachable_and_oneself_are_refused_with_a_remedy(acme, boss):
    requisition = ask(acme)

    for person, code in (
        (add_freelancer(acme, "Blocked", state="blocked"), "blocked"),
        (add_freelancer(acme, "Silent", email=""), "no_email"),
    ):
        with pytest.raises(Refusal) as refusal:
            hire(acme, requisition=requisition, freelancer=person)
        assert (refusal.value.code, bool(refusal.value.remedy)) == (code, True)

    me = add_freelancer(acme, "Moonlighter")
    user = acme.people["hiring_manager"].user
    me.membership = Membership.objects.create(user=user, kind=Membership.Kind.GUEST)
    me.save()
    with pytest.raises(Refusal, match="engages themselves"):
        hire(acme, requisition=requisition, freelancer=me)


def test_who_may_not_manage_the_request_engages_nobody_for_it(acme, boss):
    requisition, person = ask(acme), add_freelancer(acme)

    for role in ("teammate", "finance", "viewer", "freelancer"):
        with pytest.raises(Refused):
            engage(
                requisition=requisition,
                freelancer=person,
                rate=Decimal(80),
                starts_on=requisition.starts_on,
                ends_on=requisition.ends_on,
                title="x",
                manager=acme.people["hiring_manager"],
                actor=acme.actor(role),
            )


def test_the_whole_life_is_one_audit_entry_and_one_event_a_step(acme, boss):
    assignment = hire(acme, state="closed")

    assignment.refresh_from_db()
    assert assignment.state == State.CLOSED
    assert assignment.activated_at <= assignment.ended_at <= assignment.closed_at
    assert kinds("assignment.") == [
        "assignment.planned",
        "assignment.onboarding_started",
        "assignment.activated",
        "assignment.ending",
        "assignment.ended",
        "assignment.offboarding_started",
        "assignment.closed",
    ]
    assert len(audit.history(assignment)) == 7
    assert assignment.requisition.state == "filled"
    assert kinds("requisition.")[-1] == "requisition.filled"


def test_each_step_works_from_its_own_state_only(acme, boss):
    robot = acme.automation()
    steps = {
        assignments.start_onboarding: ({}, boss, {"planned"}),
        assignments.activate_assignment: ({}, robot, {"onboarding"}),
        assignments.suspend_assignment: ({"reason": "x"}, boss, {"active"}),
        assignments.resume_assignment: ({}, boss, {"suspended"}),
        assignments.request_end: ({"reason": "x"}, boss, {"planned", "onboarding", "active", "suspended"}),
        assignments.start_offboarding: ({}, robot, {"ended"}),
        assignments.close_assignment: ({}, robot, {"offboarding"}),
    }
    assignment = hire(acme, state="planned")
    for step, (extra, actor, sources) in steps.items():
        for state in State.values:
            if state in sources:
                continue
            Assignment.objects.update(state=state)
            with pytest.raises(Refusal) as refusal:
                step(assignment=assignment, actor=actor, **extra)
            assert refusal.value.code == "state_changed"
            assert Assignment.objects.get().state == state


def test_the_checklist_alone_activates_and_closes(acme, boss):
    assignment = hire(acme, state="onboarding")

    for step in (assignments.activate_assignment, assignments.start_offboarding, assignments.close_assignment):
        with pytest.raises(Refusal) as refusal:
            step(assignment=assignment, actor=boss)
        assert refusal.value.code == "automation_only"


def test_a_gate_stops_onboarding(acme, boss, monkeypatch):
    assignment = hire(acme, state="planned")
    monkeypatch.setitem(
        gates._checks, "assignment.start", [lambda subject, actor: [gates.Stop("No contract.", "contract", "Sign it.")]]
    )

    with pytest.raises(Refusal, match=r"No contract\. Sign it\."):
        assignments.start_onboarding(assignment=assignment, actor=boss)

    assert Assignment.objects.get().state == State.PLANNED


def test_ending_twice_ends_once(acme, boss):
    assignment = hire(acme)
    copy = Assignment.objects.get()

    assignments.request_end(assignment=assignment, reason="Project done", rehire=True, actor=boss)
    with pytest.raises(Refusal):
        assignments.request_end(assignment=copy, reason="Again", rehire=False, actor=boss)

    assignment.refresh_from_db()
    assert (assignment.state, assignment.end_reason, assignment.rehire) == (State.ENDED, "Project done", True)
    assert kinds("assignment.end") == ["assignment.ending", "assignment.ended"]


# The guest's access


@pytest.fixture
def at_work(acme, boss):
    """The freelancer of the world at work in a room."""
    person = guest_freelancer(acme)
    assignment = hire(acme, freelancer=person, state="onboarding")
    room = make_workspace(acme, assignment.program, "freelancer")
    assignments.attach_workspace(assignment=assignment, workspace=room, actor=acme.automation())
    assignments.activate_assignment(assignment=assignment, actor=acme.automation())
    return assignment


def rooms(acme):
    return list(visible_workspaces(acme.actor("freelancer")))


def test_the_room_is_open_only_while_the_assignment_is_at_work(acme, boss, at_work):
    for state in State.values:
        Assignment.objects.update(state=state)
        assert bool(rooms(acme)) == (state in {"active", "ending"}), state


def test_the_room_closes_with_the_end_before_any_checklist_ran(acme, boss, at_work):
    assert rooms(acme) == [at_work.workspace]

    assignments.request_end(assignment=at_work, reason="Done", actor=boss)

    assert rooms(acme) == []


def test_another_assignment_opens_only_its_own_room(acme, boss, at_work):
    other = hire(acme, freelancer=at_work.freelancer, requisition=ask(acme, title="Other"))
    other_room = make_workspace(acme, other.program, "freelancer", name="Other")
    assignments.attach_workspace(assignment=other, workspace=other_room, actor=acme.automation())

    assignments.request_end(assignment=at_work, reason="Done", actor=boss)

    assert rooms(acme) == [other_room]


def test_ended_access_takes_membership_room_and_tokens_and_twice_is_fine(acme, boss, at_work):
    guest = acme.people["freelancer"]
    assignments.request_end(assignment=at_work, reason="Done", actor=boss)
    robot = acme.automation()

    assert assignments.end_guest_access(assignment=at_work, actor=robot) is True
    again = Assignment.objects.select_related("freelancer__membership", "workspace").get()
    assert assignments.end_guest_access(assignment=again, actor=robot) is False

    guest.refresh_from_db()
    assert guest.state == Membership.State.ENDED
    assert not at_work.workspace.members.filter(membership=guest).exists()
    assert not ApiToken.objects.filter(membership=guest, revoked_at=None).exists()
    assert kinds("assignment.access_ended") == ["assignment.access_ended"]


def test_who_works_here_otherwise_stays_a_member(acme, boss, at_work):
    hire(acme, freelancer=at_work.freelancer, requisition=ask(acme, title="Other"))
    assignments.request_end(assignment=at_work, reason="Done", actor=boss)

    assignments.end_guest_access(assignment=at_work, actor=acme.automation())

    assert acme.people["freelancer"].state == Membership.State.ACTIVE
    assert not at_work.workspace.members.filter(membership=acme.people["freelancer"]).exists()


def test_an_open_invitation_dies_with_the_assignment(acme, boss):
    assignment = hire(acme, state="onboarding")
    invitation = invite_guest(acme, assignment.freelancer.email)
    assignments.attach_invitation(assignment=assignment, invitation=invitation, actor=acme.automation())
    assignments.request_end(assignment=assignment, reason="Changed plans", actor=boss)

    assert assignments.end_guest_access(assignment=assignment, actor=acme.automation()) is True

    invitation.refresh_from_db()
    assert invitation.state == Invitation.State.REVOKED


def accept(invitation):
    invitation.token_hash = invitations.hash_of("secret")
    invitation.save(update_fields=["token_hash"])
    user = User.objects.create(email=invitation.email, name="Fay Free", password="!")
    return invitations.accept(secret="secret", user=user)


def test_who_accepts_the_invitation_is_the_person_of_the_directory(acme, boss):
    assignment = hire(acme, state="onboarding")
    invitation = invite_guest(acme, "other.address@free.example")
    assignments.attach_invitation(assignment=assignment, invitation=invitation, actor=acme.automation())

    membership = accept(invitation)

    assert Freelancer.objects.get().membership == membership
    assert kinds("freelancer.joined") == ["freelancer.joined"]


def test_who_was_invited_by_hand_is_found_by_the_address(acme, boss):
    person = add_freelancer(acme)

    membership = accept(invite_guest(acme, person.email))

    person.refresh_from_db()
    assert person.membership == membership


def test_nobody_joins_for_work_that_is_over(acme, boss):
    assignment = hire(acme, state="onboarding")
    invitation = invite_guest(acme, assignment.freelancer.email)
    assignments.attach_invitation(assignment=assignment, invitation=invitation, actor=acme.automation())
    assignments.request_end(assignment=assignment, reason="Changed plans", actor=boss)

    with pytest.raises(Refusal, match="over by now"):
        accept(invitation)

    assert not Membership.objects.filter(user__email=assignment.freelancer.email).exists()


# The last day


def test_the_day_after_the_last_one_ends_it_by_the_companys_own_calendar(acme, rival, boss):
    today = timezone.localdate()
    due = hire(acme, ends_on=today)
    Assignment.objects.update(ends_on=today - timedelta(1), starts_on=today - timedelta(30))
    stays = hire(acme, freelancer=add_freelancer(acme, "Two"), ends_on=today + timedelta(2))
    with rival.enter("program_manager"):
        theirs = hire(rival)
        Assignment.objects.update(ends_on=today - timedelta(2), starts_on=today - timedelta(30))

    assert end_due_assignments() == 2
    assert end_due_assignments() == 0

    due.refresh_from_db()
    stays.refresh_from_db()
    assert (due.state, due.end_reason, stays.state) == (State.ENDED, "The last day has passed.", State.ACTIVE)
    event = Event.objects.get(kind="assignment.ended")
    assert event.actor == f"End date for {acme.people['hiring_manager'].user}"
    with rival.enter():
        theirs.refresh_from_db()
        assert theirs.state == State.ENDED


def test_midnight_comes_in_the_companys_zone(acme, boss):
    hire(acme)
    last = timezone.localdate() + timedelta(60)

    assert assignments.end_due(today=last) == 0
    assert assignments.end_due(today=last + timedelta(1)) == 1


def test_what_ending_closes_is_told_in_numbers(acme, boss, at_work):
    ending = assignments.what_ends(at_work)

    assert (ending.workspaces, ending.accesses, ending.people) == (1, 2, 1)
    hire(acme, freelancer=at_work.freelancer, requisition=ask(acme, title="Other"))
    ending = assignments.what_ends(at_work)
    assert (ending.workspaces, ending.accesses, ending.people) == (1, 1, 0)

"""The launch checklist and going live."""

import pytest

from freelance_hub import gates
from freelance_hub.errors import Refusal
from freelance_hub.gates import Stop
from freelance_hub.models import AuditEvent, Event, MembershipRole
from freelance_hub.permissions import Refused
from programs.models import Budget, LaunchItem, PageRead, Program
from programs.services import launch_checks
from programs.services.launch_checks import Answer
from programs.services.programs import go_live, tick_item, untick_item


def tick_all(company, program):
    for item in launch_checks.answered(program):
        if not item.is_automatic:
            tick_item(item=item, actor=company.actor("program_manager"))


def line(program, key) -> LaunchItem:
    return {item.key: item for item in launch_checks.answered(program)}[key]


def test_facts_tick_themselves_and_say_why_not(acme, program):
    with acme.enter():
        assert line(program, "budget").is_done
        assert line(program, "approvers").note == "2 people may approve."
        assert line(program, "finance").is_done
        MembershipRole.objects.filter(role__key="finance").delete()
        Budget.objects.update(amount=0)
        program = Program.objects.get()
        assert line(program, "finance").note == "Nobody may release invoices yet."
        assert line(program, "budget").note == "There is no budget yet."


def test_one_approver_is_not_enough(acme, program):
    with acme.enter():
        MembershipRole.objects.filter(role__key="approver").delete()

        found = line(program, "approvers")

    assert (found.is_done, found.note) == (False, "One person may approve; a second is needed.")


def test_approvers_of_other_programs_do_not_count(acme, program):
    with acme.enter():
        MembershipRole.objects.filter(role__key="approver").update(program_ids=[program.pk + 1])

        assert not line(program, "approvers").is_done


def test_reading_counts_people_and_pages_of_today(acme, program):
    with acme.enter():
        page = program.pages.get(slug="writing-a-good-brief")
        before = line(program, "reading").note
        PageRead.objects.create(page=page, membership=acme.people["hiring_manager"], version=1)
        PageRead.objects.create(page=page, membership=acme.people["viewer"], version=1)  # nobody asked them to

        assert (before, line(program, "reading").note) == ("0 of 18 readings done.", "1 of 18 readings done.")


def test_a_check_of_a_higher_app_ticks_its_line(acme, program, monkeypatch):
    monkeypatch.setitem(
        launch_checks._checks, "has_freelancers", lambda _program: Answer(done=True, note="12 are here.")
    )
    with acme.enter():
        found = line(program, "freelancers")

    assert (found.is_automatic, found.is_done, found.note) == (True, True, "12 are here.")


def test_a_line_whose_check_no_app_knows_is_ticked_by_a_person(acme, program, monkeypatch):
    monkeypatch.delitem(launch_checks._checks, "has_freelancers", raising=False)
    with acme.enter("program_manager"):
        tick_item(item=line(program, "freelancers"), actor=acme.actor("program_manager"))

        assert line(program, "freelancers").is_done


def test_tick_keeps_who_and_when_and_twice_changes_nothing(acme, program):
    with acme.enter("program_manager"):
        item = tick_item(item=line(program, "contract"), actor=acme.actor("program_manager"))
        first = item.done_at
        again = tick_item(item=line(program, "contract"), actor=acme.automation())

        assert (again.done_at, again.done_by) == (first, acme.people["program_manager"])
        assert Event.objects.filter(kind="launch_item.ticked").count() == 1
        assert (
            AuditEvent.objects.filter(table_name="programs_launchitem", row_id=item.pk, operation="update").count() == 1
        )

        untick_item(item=item, actor=acme.actor("program_manager"))
        untick_item(item=item, actor=acme.actor("program_manager"))
        assert not line(program, "contract").is_done
        assert Event.objects.filter(kind="launch_item.unticked").count() == 1


def test_a_line_that_ticks_itself_cannot_be_ticked(acme, program):
    with acme.enter(), pytest.raises(Refusal, match="ticks itself"):
        tick_item(item=line(program, "budget"), actor=acme.actor("program_manager"))


def test_live_needs_every_required_line(acme, program):
    with acme.enter("program_manager"):
        with pytest.raises(Refusal) as refusal:
            go_live(program=program, actor=acme.actor("program_manager"))
        assert refusal.value.code == "launch_incomplete"
        assert "Agree the contract with Legal" in refusal.value.remedy

        tick_all(acme, program)
        go_live(program=program, actor=acme.actor("program_manager"))

        program.refresh_from_db()
        assert (program.state, program.live_at is None) == (Program.State.LIVE, False)
        assert Event.objects.filter(kind="program.went_live", subject_id=program.pk).count() == 1


def test_live_only_once(acme, program):
    with acme.enter("program_manager"):
        tick_all(acme, program)
        stale = Program.objects.get(pk=program.pk)
        go_live(program=program, actor=acme.actor("program_manager"))

        with pytest.raises(Refusal, match="“Live” by now"):
            go_live(program=stale, actor=acme.actor("program_manager"))
        assert Event.objects.filter(kind="program.went_live").count() == 1


def test_a_gate_can_hold_it_back(acme, program, monkeypatch):
    stop = Stop("Legal objects.", "legal", "Ask Legal.")
    monkeypatch.setitem(gates._checks, "program.go_live", [lambda _subject, _actor: [stop]])
    with acme.enter("program_manager"):
        tick_all(acme, program)
        with pytest.raises(Refusal, match="Legal objects"):
            go_live(program=program, actor=acme.actor("program_manager"))


@pytest.mark.parametrize("role", ["owner", "hiring_manager", "viewer"])
def test_others_neither_tick_nor_go_live(acme, program, role):
    with acme.enter():
        item = line(program, "contract")
        for act in (
            lambda: tick_item(item=item, actor=acme.actor(role)),
            lambda: untick_item(item=item, actor=acme.actor(role)),
            lambda: go_live(program=program, actor=acme.actor(role)),
        ):
            with pytest.raises(Refused):
                act()

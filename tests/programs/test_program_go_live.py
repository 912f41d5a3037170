"""POST programs/<number>/live/ and POST programs/<number>/checklist/<key>/."""

import pytest

from programs.models import LaunchItem, Program
from tests.factories.programs import url


@pytest.fixture
def address(acme, program):
    return url(acme, "program_go_live", number=program.number)


def tick(company, program, key, **data):
    return url(company, "launch_item_tick", number=program.number, key=key), data


def state(company):
    with company.enter():
        return Program.objects.get().state


def test_not_before_the_checklist_is_done(acme, program, address):
    response = acme.client("program_manager").post(address, follow=True)

    assert "Agree the contract with Legal" in response.content.decode()
    assert state(acme) == Program.State.DRAFT


def test_ticks_open_the_way_and_it_goes_live_once(acme, program, address):
    client = acme.client("program_manager")
    for key in ("pages", "contract"):
        where, data = tick(acme, program, key, done="on")
        assert client.post(where, data).status_code == 303
    assert address in client.get(url(acme, "program_detail", number=1)).content.decode()

    assert "Design pilot is live." in client.post(address, follow=True).content.decode()
    assert state(acme) == Program.State.LIVE
    assert "no longer possible" in client.post(address, follow=True).content.decode()


def test_a_tick_can_be_taken_back(acme, program):
    client = acme.client("program_manager")
    client.post(*tick(acme, program, "contract", done="on"))
    client.post(*tick(acme, program, "contract"))

    with acme.enter():
        assert LaunchItem.objects.get(key="contract").done_at is None


def test_what_ticks_itself_is_said(acme, program):
    response = acme.client("program_manager").post(*tick(acme, program, "budget", done="on"), follow=True)

    assert "ticks itself" in response.content.decode()


@pytest.mark.parametrize("role", ["owner", "hiring_manager", "viewer"])
def test_without_the_right_it_is_refused(acme, program, address, role):
    client = acme.client(role)
    assert client.post(address).status_code == 403
    assert client.post(*tick(acme, program, "contract", done="on")).status_code == 403


def test_guests_and_strangers_do_not_find_it(acme, rival, program, address):
    for client in (acme.client("freelancer"), rival.client("program_manager")):
        assert client.post(address).status_code == 404
        assert client.post(*tick(acme, program, "contract", done="on")).status_code == 404
    with acme.enter():
        assert not LaunchItem.objects.exclude(done_at=None).exists()


def test_unknown_programs_and_lines_are_not_found(acme, program):
    client = acme.client("program_manager")
    assert client.post(url(acme, "program_go_live", number=99)).status_code == 404
    assert client.post(*tick(acme, program, "no-such-line", done="on")).status_code == 404


def test_reading_changes_nothing(acme, program, address):
    client = acme.client("program_manager")
    assert client.get(address).status_code == 405
    assert client.get(tick(acme, program, "contract")[0]).status_code == 405

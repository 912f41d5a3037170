"""`make up` before anything runs: what it refuses, what it says, what it does again."""

import json
import socket

import pytest
from django.core.management.base import CommandError

from freelance_hub.management.commands import up


@pytest.fixture(autouse=True)
def local(tmp_path, monkeypatch):
    """A `.local` of this test's own."""
    monkeypatch.setattr(up, "LOCAL_DIR", tmp_path)
    monkeypatch.setattr(up, "DEMO_FILE", tmp_path / "demo.json")
    return tmp_path


def test_a_taken_port_is_named_with_a_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CommandError) as caught:
            up.require_free("127.0.0.1", port)

    assert str(caught.value).startswith(f"Port {port} cannot be used (Address already in use)")
    assert str(caught.value).endswith(f"PORT={port + 1} make up")


def test_a_port_of_root_is_explained_like_any_other(monkeypatch):
    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)

    with pytest.raises(CommandError, match=r"Port 80 cannot be used \(Permission denied\)"):
        up.require_free("127.0.0.1", 80)


def test_a_second_one_in_the_same_directory_is_refused():
    with up.only_one(), pytest.raises(CommandError, match="runs already from this directory"), up.only_one():
        pass


def test_it_can_run_again_after_it_ended(local):
    with up.only_one():
        pass
    with up.only_one():
        assert (local / "up").read_text().startswith("process ")


@pytest.mark.django_db
def test_the_demo_is_made_once(acme):
    assert not up.has_demo()

    up.DEMO_FILE.write_text("[]")
    assert not up.has_demo()  # written for another database

    type(acme.tenant).objects.filter(pk=acme.tenant.pk).update(slug="demo")
    assert up.has_demo()


def test_sign_ins_stand_in_columns():
    people = json.loads(
        '[{"role": "Owner", "email": "o@x.example", "password": "p", "where": "/t/demo/"}, {"role": "Finance"}]'
    )

    assert up.sign_ins(people) == ["    Owner    o@x.example  p  /t/demo/", "    Finance"]


def test_the_address_is_printed_when_it_answers():
    told = []
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        look = up.when_open("127.0.0.1", other.getsockname()[1], lambda: told.append("hello"))

        look()
        assert told == []
        other.listen()
        look()
        look()

    assert told == ["hello"]

"""A system outside, as small as it can be, with a memory: who is in which resource, which keys it has seen, what it refuses."""

from dataclasses import dataclass, field

from workflows.connectors import base
from workflows.models import Connection
from workflows.services.connections import logged_call, secret_of

GOOD_SECRET = "let me in"


@dataclass
class System:
    """The other side. `faults`: errors for the next calls that change something, in their order."""

    rooms: dict[str, dict[str, str]] = field(default_factory=dict)  # resource → account → name
    seen: list[tuple[str, str, str]] = field(default_factory=list)  # (what, resource, key) of every call
    effects: list[tuple[str, str, str]] = field(default_factory=list)  # what really changed: (what, resource, account)
    gone: list[str] = field(default_factory=list)  # accounts that were disabled
    faults: list[Exception] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    settles: bool = True

    def room(self, resource):
        return self.rooms.setdefault(resource.external_id, {})


class SystemConnector:
    """A connector as `connectors/base.py` describes it."""

    can_list = True

    def __init__(self, connection, system):
        self.connection, self.system = connection, system

    def test(self):
        with logged_call(self.connection, "GET", "/me?secret=no") as answer:
            answer.status = 200 if secret_of(self.connection) == GOOD_SECRET else 401
        if answer.status == 401:
            return base.TestResult(is_working=False, error="The secret is wrong.")
        return base.TestResult(is_working=not self.system.missing, missing=self.system.missing)

    def open(self, resource, person, *, account, key):
        self._call("open", resource, key)
        room, account = self.system.room(resource), account or f"id-{person.email}"
        if account not in room:
            room[account] = person.name
            self.system.effects.append(("open", resource.external_id, account))
        return base.Opened(account, is_settled=self.system.settles)

    def close(self, resource, person, *, account, key):
        self._call("close", resource, key)
        if self.system.room(resource).pop(account or f"id-{person.email}", None):
            self.system.effects.append(("close", resource.external_id, account))

    def members(self, resource):
        with logged_call(self.connection, "GET", f"/rooms/{resource.external_id}") as answer:
            answer.status = 200
        return [base.Account(account, name=name) for account, name in self.system.room(resource).items()]

    def leave(self, person, *, account, key):
        self.system.seen.append(("leave", "", key))
        if account not in self.system.gone:
            self.system.gone.append(account)

    def _call(self, what, resource, key):
        self.system.seen.append((what, resource.external_id, key))
        with logged_call(self.connection, "POST", f"/rooms/{resource.external_id}/{what}") as answer:
            if self.system.faults:
                fault = self.system.faults.pop(0)
                answer.status = 503
                raise fault
            answer.status = 204


def plug_in(monkeypatch, kind=Connection.Kind.SCIM):
    """Register it in the place of a kind for one test; returns the other side."""
    system = System()
    made = base.Kind(
        lambda connection: SystemConnector(connection, system),
        settings=(
            base.Setting("url", "Address", is_url=True),
            base.Setting("note", "Note", is_required=False),
        ),
    )
    monkeypatch.setitem(base._kinds, kind, made)
    return system

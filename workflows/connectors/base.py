"""What a connector must do, and how it says what went wrong.

A connector is made for one Connection and used by a worker for some seconds. It keeps no state of its own: what must be
remembered stands in AccessGrant, Effect and ConnectorCall. Every method may be called again after a crash: opening what
is open, and closing what is closed, succeeds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from workflows.models import Connection, Resource


@dataclass(frozen=True)
class Person:
    """Whom the access is for."""

    email: str
    name: str
    company: str = ""  # of the tenant, for the words of an invitation


@dataclass(frozen=True)
class Account:
    """One identity in the connected system. `id` is what it calls it, and what AccessGrant.account keeps."""

    id: str
    email: str = ""
    name: str = ""
    is_guest: bool = True


@dataclass(frozen=True)
class Opened:
    """What `open` found or made. `is_settled` False: accepted, but not to be seen yet; the reconciler looks again.

    `again`: the other side works on it; it is asked again after so many seconds, unless it says before that it is done.
    """

    account: str
    is_settled: bool = True
    again: float | None = None


@dataclass(frozen=True)
class TestResult:
    """What a look at the connection found. `missing` names permissions, as the system calls them."""

    __test__ = False  # no test case, whatever pytest thinks

    is_working: bool
    missing: tuple[str, ...] = ()
    error: str = ""
    details: dict[str, str] = field(default_factory=dict)


class ConnectorError(Exception):
    """The system said no, and a repetition will not change that. The text is for people and holds no secret."""


class NotAllowed(ConnectorError):  # noqa: N818
    """A permission or a credential is missing; `missing` names it where the system tells."""

    def __init__(self, text: str, missing: Iterable[str] = ()) -> None:
        super().__init__(text)
        self.missing = tuple(missing)


class TryLater(ConnectorError):  # noqa: N818
    """Too many calls, a server that is away, a time-out. `seconds` is when to ask again (Retry-After), if it is known.

    Whether what was asked has happened is unknown: ask again, `open` and `close` find out.
    """

    def __init__(self, text: str, seconds: float | None = None) -> None:
        super().__init__(text)
        self.seconds = seconds


class Awaited(TryLater):
    """The other side has accepted it, works on it, and is asked again after `again` seconds unless it says before that it is
    done. No failure."""

    def __init__(self, text: str, again: float) -> None:
        super().__init__(text)
        self.again = again


class Connector(Protocol):
    """One kind of system. Methods raise ConnectorError, NotAllowed or TryLater."""

    connection: Connection
    can_list: bool  # whether `members` tells the truth; without it there is no drift to find

    def test(self) -> TestResult:
        """Look whether credentials and permissions are right. Changes nothing outside, raises nothing."""
        ...

    def open(self, resource: Resource, person: Person, *, account: str, key: str) -> Opened:
        """Let the person into the resource; invite them first where they are unknown. `account`: theirs, if known already.
        `key` is the same for every attempt of one grant."""
        ...

    def close(self, resource: Resource, person: Person, *, account: str, key: str) -> None:
        """Take the person out of the resource. Who is not in it (any more), is fine."""
        ...

    def members(self, resource: Resource) -> list[Account]:
        """Who is in the resource now."""
        ...

    def leave(self, person: Person, *, account: str, key: str) -> None:
        """The person has no grant left in this system: disable and remove the guest that was made for them."""
        ...


@dataclass(frozen=True)
class Closing:
    """One person who is to be taken out of one resource. `id` tells the results apart."""

    id: str
    resource: Resource
    person: Person
    account: str


@runtime_checkable
class ClosesMany(Protocol):
    """A connector that takes many people out with few calls."""

    def close_many(self, closings: Sequence[Closing]) -> dict[str, ConnectorError | None]:
        """What went wrong with each by its id, None for closed; who is not in it (any more) is fine. Raises what concerns the
        call as a whole: then any of them may have happened, and all are asked again."""
        ...


@runtime_checkable
class TellsActivity(Protocol):
    """A connector that knows when accounts were last used."""

    def last_activity(self, accounts: Iterable[str]) -> dict[str, datetime]:
        """The last use of each account that was ever used. Raises NotAllowed where it may not be read."""
        ...


Maker = Callable[[Connection], Connector]


@dataclass(frozen=True)
class Setting:
    """One setting of a kind of connection: a key of `Connection.settings`, always a text, and how its form asks for it."""

    name: str
    label: str
    help: str = ""
    is_required: bool = True
    is_url: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of connection: how it is made to work, and what its form asks for."""

    maker: Maker
    settings: tuple[Setting, ...] = ()
    secret_label: str = ""
    secret_help: str = ""
    tells_activity: bool = False  # its connector is a TellsActivity


_kinds: dict[str, Kind] = {}


def register(
    kind: str,
    maker: Maker,
    *,
    settings: Iterable[Setting] = (),
    secret_label: str = "",
    secret_help: str = "",
    tells_activity: bool = False,
) -> None:
    """Make a kind of connection work. Called in `apps.ready()`."""
    _kinds[kind] = Kind(maker, tuple(settings), secret_label, secret_help, tells_activity)


def kinds() -> dict[str, Kind]:
    """Every kind that works, by its value in Connection.Kind."""
    return dict(_kinds)


def connector_for(connection: Connection) -> Connector:
    """The connector of a connection; LookupError for a kind that nobody registered.

    The connection may not be saved yet: credentials are tested before they are kept.
    """
    return _kinds[connection.kind].maker(connection)

"""Calls to addresses that people have typed in: the one way out.

https only, to addresses that are public; the name is resolved once and that very address is connected to, so that a second
answer of the name server changes nothing; no redirects, no proxy from the environment, 10 seconds in all, 1 MB.
`docs/security.md` has the threats; `settings.OUTGOING_LOOPBACK` opens this machine for development and tests.
"""

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

SECONDS = 10.0
MAX_BYTES = 1_000_000
CHUNK = 65_536

# What Python calls global but is not: ways to write an IPv4 address in IPv6, relays, and multicast.
NEVER = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "224.0.0.0/4",
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
    )
)
UNICAST = ip_network("2000::/3")  # all else in IPv6 is mapped IPv4, NAT64, site-local, multicast or unassigned


class OutgoingRefused(requests.RequestException):
    """The address may not be called, or its answer may not be read. The text names no address inside."""


class NameUnknown(OutgoingRefused):
    """The name server knows no such host, or does not answer: this may be over in a minute."""


def session() -> requests.Session:
    """A session of `requests` that keeps the rules above, for code that wants one. Close it."""
    return _GuardedSession()


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: bytes | Mapping[str, str] | None = None,
    json: Any = None,
) -> requests.Response:
    """Call `url`; the answer's body has been read. Raises requests.RequestException: OutgoingRefused when a rule says no."""
    with session() as opened:
        return opened.request(method, url, headers=headers, data=data, json=json)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is somebody else's on the open internet."""
    if address.version == 6 and address not in UNICAST:
        return False
    return address.is_global and not any(address in network for network in NEVER)


def check_url(url: str) -> None:
    """Raise OutgoingRefused for what is no plain https address; loopback http only where the settings allow it.

    Whether the name leads to a public address is decided when it is called, not here.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise OutgoingRefused("This is no address.") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.OUTGOING_LOOPBACK):
        raise OutgoingRefused("Only https addresses are called.")
    if not host or port == 0:
        raise OutgoingRefused("The address names no host.")
    if parts.username is not None or parts.password is not None:
        raise OutgoingRefused("An address with a password in it is not called.")


def _resolve(host: str, port: int, *, is_tls: bool) -> list[tuple[Any, ...]]:
    """What the name leads to; OutgoingRefused unless every address may be called."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NameUnknown("The name of the host leads nowhere.") from error
    for *_, place in found:
        address = ip_address(str(place[0]).partition("%")[0])
        loopback = settings.OUTGOING_LOOPBACK and address.is_loopback
        if not loopback and not (is_tls and is_public(address)):
            raise OutgoingRefused("The address is not public.")
    return found


class _Deadline:
    """Shuts the connection when the time is up, wherever it hangs: name, handshake, headers or a dripping body."""

    def __init__(self) -> None:
        self.at = time.monotonic() + SECONDS
        self.refusal: OutgoingRefused | None = None  # urllib3 would wrap it beyond recognition
        self._handles: list[socket.socket] = []
        self._timer = threading.Timer(SECONDS, self._shut)
        self._timer.daemon = True
        self._lock = threading.Lock()

    def watch(self, sock: socket.socket) -> None:
        # A duplicate: TLS takes the descriptor of the first over, and a number may be given to somebody else.
        with self._lock:
            self._handles.append(sock.dup())

    def _shut(self) -> None:
        with self._lock:
            for handle in self._handles:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for handle in self._handles:
                handle.close()
            self._handles.clear()


_deadline: ContextVar[_Deadline] = ContextVar("outgoing_deadline")


def _connect(host: str, port: int, *, is_tls: bool) -> socket.socket:
    """A connection to an address that has been checked: the name is not asked again."""
    deadline = _deadline.get()
    failure: OSError | None = None
    try:
        places = _resolve(host, port, is_tls=is_tls)
    except OutgoingRefused as refusal:
        deadline.refusal = refusal
        raise
    for family, kind, protocol, _, place in places:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(max(0.1, deadline.at - time.monotonic()))
            sock.connect(place)
        except OSError as error:
            failure = error
            sock.close()
        else:
            deadline.watch(sock)
            return sock
    raise failure or OSError("No address answered.")


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port, is_tls=False)


class _TlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port, is_tls=True)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _GuardedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        check_url(request.url or "")
        request.headers["Connection"] = "close"  # each call is resolved, checked and timed on its own
        kwargs |= {"stream": True, "timeout": Timeout(total=SECONDS), "verify": True, "proxies": None}
        with _Deadline() as deadline:
            token = _deadline.set(deadline)
            try:
                response = super().send(request, **kwargs)
                try:
                    _read(response, deadline)
                finally:
                    response.raw.close()
            except (HTTPError, OSError) as error:
                if deadline.refusal:
                    raise deadline.refusal from error
                if time.monotonic() >= deadline.at:
                    raise requests.Timeout("The call took longer than 10 seconds.") from error
                if isinstance(error, requests.RequestException):
                    raise
                raise requests.ConnectionError("The call failed.") from error
            finally:
                _deadline.reset(token)
        if response.is_redirect or response.is_permanent_redirect:
            raise OutgoingRefused("The address answers with a redirect.")
        return response


def _read(response: requests.Response, deadline: _Deadline) -> None:
    body = bytearray()
    while chunk := response.raw.read1(CHUNK, decode_content=True):
        body += chunk
        if len(body) > MAX_BYTES:
            raise OutgoingRefused("The answer is larger than 1 MB.")
    if time.monotonic() >= deadline.at:  # cut off: what came so far looks like an answer
        raise requests.Timeout
    # What `stream=False` would have done, without its patience.
    response._content = bytes(body)  # noqa: SLF001
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001


class _GuardedSession(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # neither a proxy nor a password from the environment
        self.max_redirects = 0
        self.adapters.clear()
        self.mount("https://", _GuardedAdapter())
        self.mount("http://", _GuardedAdapter())  # refused by `check_url` unless loopback is open

    def request(self, method: Any, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        check_url(url if isinstance(url, str) else url.decode("ascii", "replace"))  # as it was typed
        return super().request(method, url, *args, **kwargs)

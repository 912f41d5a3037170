"""Calls to addresses that people type in reach the public internet only, or nothing."""

import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest
import requests

from freelance_hub import outgoing

NASTY = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "fc00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
)
ODD_SPELLINGS = ("2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "localhost.", "[::1]", "[::ffff:7f00:1]")


@pytest.fixture
def names(monkeypatch):
    """Answers of the name server by host; everything that is looked up is kept in `asked`."""

    class Names(dict):
        asked = []

    found, real = Names(), socket.getaddrinfo

    def lookup(host, port, *args, **kwargs):
        found.asked.append(host)
        if host not in found:
            return real(host, port, *args, **kwargs)
        places = []
        for address in found[host]:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            places.append((family, socket.SOCK_STREAM, 6, "", (address, port)))
        return places

    found.asked = []
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return found


@pytest.fixture
def loopback(settings):
    settings.OUTGOING_LOOPBACK = True


class Answers(BaseHTTPRequestHandler):
    """What a hostile or broken server may do, by path."""

    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        getattr(self, f"answer_{self.path.strip('/')}")()

    do_POST = do_GET  # noqa: N815  http.server calls it so

    def answer_ok(self):
        self.send(b'{"fine": true}')

    def answer_redirect(self):
        self.send_response(302)
        self.send_header("Location", "/ok")
        self.end_headers()

    def answer_large(self):
        self.send(b"x" * (outgoing.MAX_BYTES + 1))

    def answer_full(self):
        self.send(b"x" * outgoing.MAX_BYTES)

    def answer_bomb(self):
        import gzip

        self.send(gzip.compress(b"x" * 50_000_000), encoding="gzip")

    def answer_drip(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.drip(b"x")

    def answer_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self.drip(b"x")

    def drip(self, what):
        while not self.server.stopping.wait(0.1):
            try:
                self.wfile.write(what)
            except OSError:
                return

    def send(self, body, encoding=""):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def running(handler=Answers):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.seen, server.stopping = [], threading.Event()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def server():
    with running() as started:
        yield started


def url(server, path, host="127.0.0.1"):
    return f"http://{host}:{server.server_port}/{path}"


@pytest.mark.parametrize("address", NASTY)
def test_address_that_is_not_public_is_not_called(names, address):
    names["inside.example"] = [address]

    assert not outgoing.is_public(ip_address(address))
    with pytest.raises(outgoing.OutgoingRefused, match="not public"):
        outgoing.fetch("GET", "https://inside.example/")


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_public_address_is_public(address):
    assert outgoing.is_public(ip_address(address))


@pytest.mark.parametrize("host", ODD_SPELLINGS)
def test_odd_spelling_of_this_machine_is_not_called(host):
    with pytest.raises(outgoing.OutgoingRefused):
        outgoing.fetch("GET", f"https://{host}/")


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "example.com",
        "https://",
        "https://user:password@example.com/",
        "https://user@example.com/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://[::1",
        "",
    ],
)
def test_what_is_no_plain_https_address_is_not_called(names, address):
    with pytest.raises(requests.RequestException):
        outgoing.fetch("GET", address)
    with pytest.raises(outgoing.OutgoingRefused):
        outgoing.check_url(address)
    assert names.asked == []


def test_one_inside_address_among_public_ones_spoils_the_name(names):
    names["mixed.example"] = ["8.8.8.8", "127.0.0.1"]

    with pytest.raises(outgoing.OutgoingRefused, match="not public"):
        outgoing.fetch("GET", "https://mixed.example/")


def test_name_is_asked_once_and_that_address_is_connected_to(names, monkeypatch):
    """A second answer (DNS rebinding) has no chance: nobody asks for it."""
    connected = []

    def connect(self, place):
        connected.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    names["public.example"] = ["8.8.8.8"]

    with pytest.raises(requests.ConnectionError):
        outgoing.fetch("GET", "https://public.example/")

    assert names.asked == ["public.example"]
    assert connected == [("8.8.8.8", 443)]


def test_name_that_leads_nowhere_is_told(names, monkeypatch):
    def nowhere(*args, **kwargs):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)

    with pytest.raises(outgoing.OutgoingRefused, match="nowhere"):
        outgoing.fetch("GET", "https://nowhere.example/")


def test_this_machine_is_called_only_where_the_settings_open_it(server, settings):
    with pytest.raises(outgoing.OutgoingRefused):
        outgoing.fetch("GET", url(server, "ok"))
    settings.OUTGOING_LOOPBACK = True

    assert outgoing.fetch("GET", url(server, "ok")).json() == {"fine": True}


def test_open_loopback_opens_nothing_else(names, loopback):
    names["inside.example"] = ["10.0.0.1"]

    for scheme in ("http", "https"):
        with pytest.raises(outgoing.OutgoingRefused):
            outgoing.fetch("GET", f"{scheme}://inside.example/")
    names["public.example"] = ["8.8.8.8"]
    with pytest.raises(outgoing.OutgoingRefused):
        outgoing.fetch("GET", "http://public.example/")


def test_redirect_is_not_followed(server, loopback):
    with pytest.raises(outgoing.OutgoingRefused, match="redirect"):
        outgoing.fetch("GET", url(server, "redirect"))

    assert [path for path, _ in server.seen] == ["/redirect"]


def test_answer_of_one_megabyte_is_read_and_a_larger_one_is_not(server, loopback):
    assert len(outgoing.fetch("GET", url(server, "full")).content) == outgoing.MAX_BYTES
    with pytest.raises(outgoing.OutgoingRefused, match="1 MB"):
        outgoing.fetch("GET", url(server, "large"))


def test_small_answer_that_unpacks_to_a_large_one_is_not_read(server, loopback):
    with pytest.raises(outgoing.OutgoingRefused, match="1 MB"):
        outgoing.fetch("GET", url(server, "bomb"))


@pytest.mark.parametrize("path", ["drip", "headers"])
def test_server_that_never_ends_is_cut_off(server, loopback, monkeypatch, path):
    monkeypatch.setattr(outgoing, "SECONDS", 0.6)
    started = time.monotonic()

    with pytest.raises(requests.RequestException):
        outgoing.fetch("GET", url(server, path))

    assert time.monotonic() - started < 3


def test_proxy_and_password_of_the_environment_are_not_used(server, loopback, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert outgoing.fetch("GET", url(server, "ok")).status_code == 200

    assert "Authorization" not in server.seen[0][1]


def test_body_and_headers_are_sent(server, loopback):
    outgoing.fetch("POST", url(server, "ok"), json={"a": 1}, headers={"X-Signature": "s"})

    assert server.seen[0][1]["X-Signature"] == "s"
    assert server.seen[0][1]["Content-Type"] == "application/json"


def test_certificate_of_another_name_is_refused(loopback, tmp_path):
    """TLS is checked against the name that was asked for, although an address is connected to."""
    with pytest.raises(requests.RequestException), running() as plain:
        outgoing.fetch("GET", f"https://localhost:{plain.server_port}/ok")


def test_every_caller_of_the_network_goes_through_this_door():
    """No other module of ours opens connections to addresses by itself."""
    from pathlib import Path

    root = Path(outgoing.__file__).parent.parent
    words = ("requests.get(", "requests.post(", "requests.Session(", "urlopen(", "http.client", "httpx.")
    allowed = {"freelance_hub/outgoing.py", "freelance_hub/management", "freelance_hub/embedded"}
    callers = [
        str(path.relative_to(root))
        for app in ("freelance_hub", "programs", "talent", "workflows", "analytics")
        for path in (root / app).rglob("*.py")
        if any(word in path.read_text() for word in words)
        and not any(str(path.relative_to(root)).startswith(place) for place in allowed)
    ]

    assert callers == []

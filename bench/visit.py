"""The first visit in a real browser: requests, bytes over the wire, hosts."""

import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from bench.stand import Sized, environment
from bench.table import Row, judged

CHROMIUM = Path("/usr/bin/chromium")


def measure(stands: list[Sized]) -> list[Row]:
    """The sign-in page with an empty cache, served by granian with compressed files as in production."""
    if not CHROMIUM.exists():
        print("first visit: left out, there is no /usr/bin/chromium on this machine", file=sys.stderr)
        return []
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where a browser is

    port = _free_port()
    address = f"http://localhost:{port}"
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--port",
            str(port),
            "--no-ws",
            "freelance_hub.wsgi:application",
        ],
        env={**environment(), "PUBLIC_URL": address, "ALLOWED_HOSTS": "localhost"},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(port)
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            )
            page = browser.new_page()
            cdp = page.context.new_cdp_session(page)
            cdp.send("Network.enable")
            sizes: list[float] = []
            hosts: set[str] = set()
            cdp.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
            page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
            page.goto(f"{address}/accounts/login/", wait_until="networkidle")
            browser.close()
        return [
            judged("first visit: requests", len(sizes), "requests", at_most=15),
            judged("first visit: over the wire", sum(sizes) / 1000, "kB", at_most=400),
            judged("first visit: other hosts", len(hosts - {"localhost", ""}), "hosts", at_most=0),
        ]
    finally:
        server.terminate()
        server.wait(30)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(port: int) -> None:
    for _ in range(150):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    sys.exit("The web server did not start.")

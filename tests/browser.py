"""A real browser for journeys: Debian's Chromium, driven by Playwright. A page that complains fails its test."""

import os
import shutil
from contextlib import contextmanager

import pytest

ARGUMENTS = [
    "--no-sandbox",  # CI is root in a container; only our own pages are opened
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Nothing but this machine has an address: a page that asks a third party for something fails its test.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
# Console lines that are no fault of the page.
HARMLESS = ("Failed to load resource: the server responded with a status of 4",)  # the test asked for the 4xx


@pytest.fixture(scope="session")
def chromium() -> str:
    return find_chromium()


def find_chromium() -> str:
    """Path of Chromium. Skips where there is none; with REQUIRE_BROWSER=1, as in CI, that is a failure."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path:
        return path
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail("Chromium is missing, and REQUIRE_BROWSER=1 asks for it. Run .ci/run, or: apt-get install chromium")
    pytest.skip("Chromium is not installed (Debian: apt-get install chromium).")


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium):
    return {"executable_path": chromium, "args": ARGUMENTS, "headless": True}


@pytest.fixture(scope="session")
def browser_context_args():
    return {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "timezone_id": "Europe/Berlin"}


@pytest.fixture
def complaints():
    """What the browser had to say about the pages so far. A test that provokes some takes them out again."""
    return []


@pytest.fixture
def page(context, live_server, complaints):
    """A page at the live server. The test fails when any of its pages breaks the security policy or has an error."""
    with no_complaints(context, complaints=complaints):
        page = context.new_page()
        yield page
        page.close()


@contextmanager
def no_complaints(*contexts, complaints=None):
    """The pages of these browser contexts break no security policy and have no error, or the test fails at the end."""
    complaints = [] if complaints is None else complaints
    for context in contexts:
        watch(context, complaints)
    yield
    assert not complaints, "The browser complained:\n" + "\n".join(complaints)


def watch(context, complaints):
    """Write what the pages of a context complain about into the list."""
    context.on("weberror", lambda error: complaints.append(f"page error: {error.error}"))
    context.on("console", lambda message: complaints.extend(complaint_of(message)))
    context.add_init_script(
        "document.addEventListener('securitypolicyviolation', event => "
        "console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))"
    )
    context.set_default_timeout(10_000)


def complaint_of(message) -> list[str]:
    """What a console message blames the page for; empty when nothing."""
    if message.type != "error" or message.text.startswith(HARMLESS):
        return []
    return [f"console: {message.text} ({message.location.get('url', '')})"]

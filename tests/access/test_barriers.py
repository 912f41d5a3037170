"""Every page of the application, as somebody who may see it, through axe-core: light at a desk, dark on a phone.

The browser asks the test client instead of a server, so each page shows the fixture's objects and leaves nothing behind.
"""

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles import finders

from tests.access import matrix, outside
from tests.access.browsing import LETTERS
from tests.access.routes import all_routes
from tests.browser import no_complaints

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GRAVE = {"serious", "critical"}
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
HOST = "http://localhost"
PARTS = 4  # so that workers share the work


def pages():
    """(name, how to see it) of every page that a person opens in a company, and of those of one's account."""
    for route in all_routes():
        row = matrix.ROWS.get(route.key) if route.zone in {"console", "portal"} else None
        if row and "GET" in row.verbs:
            see = [letter for letter in LETTERS if matrix.wanted(route.zone, row, "GET", letter) == "shown"]
            if see:
                yield route.key, route, row.at, LETTERS[see[0]]
        elif route.key in outside.FOR_EVERYBODY | outside.FOR_ONESELF and not route.arguments:
            yield route.key, route, {}, "owner"


PAGES = sorted(pages(), key=lambda page: page[0])


def test_nothing_of_the_console_and_the_portal_is_left_out():
    """The page of each list and of each single thing is among them."""
    names = {name for name, *_ in PAGES}

    assert len(names) > 100
    assert {"dashboard", "inbox", "run_detail", "portal_home", "portal_workspace_detail", "assignment_detail"} <= names


def answer(route, client):
    """What the browser gets: a file of ours, or the page from the test client."""
    where = urlsplit(route.request.url)
    if where.path.startswith(settings.STATIC_URL):
        found = finders.find(where.path.removeprefix(settings.STATIC_URL))
        kind = mimetypes.guess_type(where.path)[0] or "application/octet-stream"
        route.fulfill(status=200 if found else 404, body=Path(found).read_bytes() if found else b"", content_type=kind)
        return
    headers = {"HTTP_HX_REQUEST": "true"} if route.request.headers.get("hx-request") else {}
    got = client.get(f"{where.path}?{where.query}", **headers)
    body = b"".join(got.streaming_content) if got.streaming else got.content
    kept = {name: got[name] for name in ("Content-Security-Policy", "Location", "Content-Type") if name in got}
    route.fulfill(status=got.status_code, headers=kept, body=body)


def barriers(page):
    found = Axe().run(page).response["violations"]
    return {one["id"]: [node["target"] for node in one["nodes"]][:3] for one in found if one["impact"] in GRAVE}


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_a_grave_barrier(stand, browser, settings, part):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    found = {}
    for name, route, at, who in PAGES[part::PARTS]:
        url = route.url("acme", stand.refs(), at)
        client = stand.browser(who)
        with stand.rolled_back():
            first = client.get(url)
        if first.status_code != 200 or "html" not in first["Content-Type"] or b"<html" not in first.content[:400]:
            continue  # a file, a redirect, a part of a page
        context = browser.new_context(viewport=DESK, locale="en-GB", reduced_motion="reduce")
        with stand.rolled_back(), no_complaints(context):
            context.route("**/*", lambda one, _request, client=client: answer(one, client))
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.goto(HOST + url, wait_until="load")
            found |= {(name, who, "light", rule): where for rule, where in barriers(page).items()}
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            page.set_viewport_size(PHONE)
            found |= {(name, who, "dark phone", rule): where for rule, where in barriers(page).items()}
            if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
                found[name, who, "phone", "scrolls sideways"] = []
            context.close()

    assert found == {}

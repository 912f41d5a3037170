"""The browser of the journeys: it notices what a person would not, and reaches nobody outside."""

import pytest

from tests import browser

pytestmark = pytest.mark.browser


@pytest.fixture
def sign_in_page(page, live_server):
    page.goto(f"{live_server}/accounts/login/")
    return page


def test_a_sound_page_has_no_complaints(sign_in_page, complaints):
    assert sign_in_page.get_by_role("main").is_visible()
    assert complaints == []


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("console.error('broken')", "console: broken"),
        ("setTimeout(() => { throw new Error('thrown') })", "page error: thrown"),
        ("document.body.setAttribute('style', 'color: red')", "style-src"),
        (
            "document.body.append(Object.assign(document.createElement('img'), {src: 'https://example.com/x.png'}))",
            "img-src",
        ),
        ("document.head.append(Object.assign(document.createElement('script'), {text: 'window.x = 1'}))", "script-src"),
    ],
)
def test_a_fault_is_noticed(sign_in_page, complaints, fault, complaint):
    sign_in_page.evaluate(f"() => {{ {fault} }}")
    sign_in_page.wait_for_timeout(200)

    assert complaint in " ".join(complaints)
    complaints.clear()


def test_tests_in_the_browser_run_as_the_web_role(live_server):
    """The live server's own thread has a connection of its own."""
    from django.db import connection

    assert connection.settings_dict["USER"] == "fh_app"


@pytest.fixture
def without_chromium(monkeypatch):
    monkeypatch.setattr(browser.shutil, "which", lambda _name: None)


def test_missing_browser_skips(without_chromium, monkeypatch):
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)

    with pytest.raises(pytest.skip.Exception, match="not installed"):
        browser.find_chromium()


def test_missing_browser_fails_where_one_is_required(without_chromium, monkeypatch):
    monkeypatch.setenv("REQUIRE_BROWSER", "1")

    with pytest.raises(pytest.fail.Exception, match="REQUIRE_BROWSER=1"):
        browser.find_chromium()

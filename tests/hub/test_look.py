"""The style guide in a real browser: readable for everyone, light and dark, on a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from freelance_hub.views.styleguide import PAGES

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.guide_urls")]

GRAVE = {"serious", "critical"}
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
ADDRESSES = [*(f"/styleguide/{name}/" for name in PAGES), "/styleguide/forms/?state=errors"]
# Everything to hit that is lower than `least`, words within a sentence aside.
LOW_TARGETS = """least => [...document.querySelectorAll('a, button, select, textarea, summary')]
  .filter(e => e.checkVisibility() && getComputedStyle(e).display !== 'inline' && !e.closest('thead, .page-title, [hidden]'))
  .filter(e => e.getBoundingClientRect().height < least - 0.5)
  .map(e => `${e.tagName} ${e.className} ${e.textContent.trim()} ${e.getBoundingClientRect().height}`)"""


def show(page, live_server, address, theme):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(live_server.url + address)
    page.evaluate("document.fonts.ready")


@pytest.mark.parametrize(("theme", "size"), [("light", DESK), ("dark", PHONE)], ids=["light-desk", "dark-phone"])
def test_guide_has_no_grave_barrier(page, live_server, theme, size):
    page.set_viewport_size(size)
    found = {}
    for address in ADDRESSES:
        show(page, live_server, address, theme)
        violations = Axe().run(page).response["violations"]
        found |= {(address, v["id"]): [n["target"] for n in v["nodes"]] for v in violations if v["impact"] in GRAVE}

    assert found == {}


def test_phone_never_scrolls_sideways_and_targets_fit_a_thumb(page, live_server):
    page.set_viewport_size(PHONE)
    wide, low = [], {}
    for address in ADDRESSES:
        show(page, live_server, address, "light")
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            wide.append(address)
        low[address] = page.evaluate(LOW_TARGETS, 44)

    assert wide == []
    assert {address: targets for address, targets in low.items() if targets} == {}


def test_first_visit_is_small(page, live_server):
    answers = []
    page.on("response", lambda answer: answers.append(answer))

    show(page, live_server, "/styleguide/list/", "light")
    page.wait_for_load_state("networkidle")

    assert len(answers) <= 15, [answer.url for answer in answers]
    assert sum(len(answer.body()) for answer in answers) <= 400_000
    assert all(answer.url.startswith(live_server.url) for answer in answers)


def test_theme_is_kept_without_a_flash(page, live_server):
    show(page, live_server, "/styleguide/overview/", "light")

    page.click("summary[aria-label^='Your account']")
    page.click("[data-theme-choice=dark]")
    html = page.request.get(live_server.url + "/styleguide/overview/").text()

    assert '<html lang="en" data-theme="dark">' in html
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 17, 21)"


def test_palette_opens_by_key_and_closes_by_escape(page, live_server):
    show(page, live_server, "/styleguide/overview/", "light")

    page.keyboard.press("/")
    page.locator("#palette-input").fill("ana")
    page.wait_for_selector("#palette-results a:has-text('Ana Ruiz')")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.hash") == "#ana"
    page.keyboard.press("Escape")

    assert not page.locator("#palette").evaluate("dialog => dialog.open")


def test_confirm_link_opens_as_a_dialog_and_cancel_leads_back(page, live_server):
    show(page, live_server, "/styleguide/components/", "light")

    page.click("a[data-dialog]:has-text('End')")
    page.wait_for_selector("#page-dialog h1:has-text('End this assignment?')")
    form = page.locator("#page-dialog form")
    assert form.get_attribute("action").endswith("/styleguide/confirm/")
    page.click("#page-dialog a:has-text('Cancel')")

    assert page.url.endswith("/styleguide/components/")
    assert not page.locator("#page-dialog").evaluate("dialog => dialog.open")


def test_selecting_rows_shows_what_can_be_done_with_them(page, live_server):
    show(page, live_server, "/styleguide/list/", "light")
    bar = page.locator(".bulk-bar")
    assert not bar.is_visible()

    page.check("[data-select-all]")

    assert bar.is_visible()
    assert "8 selected" in bar.inner_text()


def test_phone_navigation_opens_from_the_tab_bar(page, live_server):
    page.set_viewport_size(PHONE)
    show(page, live_server, "/styleguide/overview/", "light")
    assert not page.locator("#console-nav").is_visible()

    page.click(".tab-bar button")

    assert page.locator("#console-nav a:has-text('Audit log')").is_visible()

"""The inbox without a mouse: walk, select, open, decide, ask for the keys; never while somebody types."""

import pytest
from playwright.sync_api import expect

from freelance_hub.links import tenant_url
from tests.factories.talent import ask
from tests.factories.work import make_program
from workflows.models import Step

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def inbox(acme, page, live_server):
    """Three approvals that wait; the approver is at the browser."""
    with acme.enter():
        make_program(acme, settings={"approval_limit": "50000"})
        for number in range(3):
            ask(acme, state="in_approval", title=f"Request {number}")
        address = live_server.url + tenant_url("inbox")
    cookie = acme.client("approver").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(address)
    return page


def rows(page):
    return page.locator("#list tbody tr")


def link(page, number):
    return rows(page).nth(number).get_by_role("link")


def box(page, number):
    return rows(page).nth(number).get_by_role("checkbox")


def test_j_and_k_walk_and_stop_at_both_ends(inbox):
    inbox.keyboard.press("j")
    expect(link(inbox, 0)).to_be_focused()
    for _ in range(4):
        inbox.keyboard.press("j")
    expect(link(inbox, 2)).to_be_focused()
    for _ in range(4):
        inbox.keyboard.press("k")

    expect(link(inbox, 0)).to_be_focused()


def test_x_selects_and_keeps_the_place(inbox):
    inbox.keyboard.press("j")
    inbox.keyboard.press("x")
    expect(box(inbox, 0)).to_be_checked()
    expect(link(inbox, 0)).to_be_focused()
    inbox.keyboard.press("j")
    expect(link(inbox, 1)).to_be_focused()
    inbox.keyboard.press("k")
    inbox.keyboard.press("x")

    expect(box(inbox, 0)).not_to_be_checked()


def test_question_mark_shows_the_keys_and_escape_leads_back(inbox):
    inbox.keyboard.press("j")
    inbox.keyboard.press("?")
    expect(inbox.get_by_role("dialog", name="Keys")).to_be_visible()
    inbox.keyboard.press("x")  # nothing happens behind the dialog
    inbox.keyboard.press("Escape")

    expect(inbox.get_by_role("dialog", name="Keys")).to_be_hidden()
    expect(link(inbox, 0)).to_be_focused()
    expect(box(inbox, 0)).not_to_be_checked()


def test_letters_are_letters_in_a_field(inbox):
    search = inbox.locator("#list-filters [name=q]")
    search.focus()
    inbox.keyboard.type("jxar?")

    expect(search).to_have_value("jxar?")
    expect(search).to_be_focused()
    expect(inbox.locator("#list tbody input:checked")).to_have_count(0)
    expect(inbox.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_r_on_a_row_asks_for_the_reason_and_decides(acme, inbox):
    inbox.keyboard.press("j")
    inbox.keyboard.press("r")
    inbox.get_by_label("Reason").fill("Not this year.")
    inbox.get_by_role("button", name="Reject", exact=True).click()
    expect(inbox.locator("main")).to_contain_text("Rejected")

    with acme.enter():
        decided = Step.objects.get(key="approve", outcome="rejected")
        assert decided.run.title.endswith("Request 0")


def test_a_decision_is_made_without_a_mouse(acme, inbox):
    inbox.keyboard.press("j")
    inbox.keyboard.press("o")
    expect(inbox.get_by_role("heading", level=1)).to_contain_text("Request 0")
    inbox.keyboard.press("c")
    reason = inbox.get_by_label("Comment")
    expect(reason).to_be_focused()
    inbox.keyboard.type("Shorter, please: a, r and c are only letters here.")
    inbox.keyboard.press("Control+Enter")
    inbox.wait_for_url("**/inbox/")

    with acme.enter():
        decided = Step.objects.get(key="approve", outcome="changes")
        assert decided.comment.startswith("Shorter, please")

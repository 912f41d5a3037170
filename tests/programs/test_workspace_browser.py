"""The room in a real browser: with scripts nothing reloads, without them everything works."""

import pytest
from django.conf import settings
from django.db.models import Q
from playwright.sync_api import expect

from freelance_hub import access
from tests.factories.programs import launch, make_workspace, say, url
from tests.world import find_company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def acme(transactional_db):
    return find_company("acme")


@pytest.fixture
def workspace(acme, monkeypatch):
    monkeypatch.setitem(access._conditions, "workspace", [lambda _actor: Q()])
    return make_workspace(acme, launch(acme), "freelancer")


def sign_in(context, live_server, company, role):
    cookie = company.client(role).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])


def test_a_message_is_sent_without_reloading_and_answers_come_by_themselves(page, live_server, acme, workspace):
    sign_in(page.context, live_server, acme, "freelancer")
    page.clock.install()
    page.goto(live_server.url + url(acme, "portal_workspace_detail", public_id=workspace.public_id))
    page.evaluate("document.body.dataset.same = 'yes'")

    page.get_by_label("Message", exact=True).fill("Here is the **draft**.")
    page.get_by_label("Files", exact=True).set_input_files(
        {"name": "draft.txt", "mimeType": "text/plain", "buffer": b"Draft"}
    )
    page.get_by_role("button", name="Send").click()
    thread = page.locator("#thread")
    thread.get_by_text("draft", exact=True).wait_for()
    expect(thread.get_by_role("link", name="draft.txt", exact=True)).to_have_count(1)
    expect(page.get_by_label("Message", exact=True)).to_have_value("")

    page.get_by_label("Message", exact=True).fill("Half a thought")
    say(acme, workspace, "Thank you, Freelancer!")
    page.clock.fast_forward(16_000)
    thread.get_by_text("Thank you, Freelancer!").wait_for()
    expect(page.get_by_label("Message", exact=True)).to_have_value("Half a thought")
    assert page.evaluate("document.body.dataset.same") == "yes"


def test_a_refusal_is_shown_in_place_and_keeps_the_text(page, live_server, acme, workspace):
    sign_in(page.context, live_server, acme, "hiring_manager")
    page.goto(live_server.url + url(acme, "workspace_detail", public_id=workspace.public_id))

    page.get_by_label("Message", exact=True).fill("Run this")
    page.get_by_label("Files", exact=True).set_input_files(
        {"name": "run.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"}
    )
    page.get_by_role("button", name="Send").click()

    page.get_by_role("alert").get_by_text("Programs are not accepted.").wait_for()
    expect(page.get_by_label("Message", exact=True)).to_have_value("Run this")


def test_without_scripts_it_works_as_well(browser, live_server, acme, workspace):
    context = browser.new_context(java_script_enabled=False)
    sign_in(context, live_server, acme, "freelancer")
    page = context.new_page()
    page.goto(live_server.url + url(acme, "portal_workspace_detail", public_id=workspace.public_id))

    page.get_by_label("Message", exact=True).fill("Plain and simple")
    page.get_by_role("button", name="Send").click()

    page.locator("#thread").get_by_text("Plain and simple").wait_for()
    context.close()

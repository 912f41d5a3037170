"""The list page as people use it: typing, sorting, paging and the way back, without loading the whole page."""

import re

import pytest
from playwright.sync_api import expect

from freelance_hub.models import Job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def jobs_page(acme, page, live_server):
    """The list of sixty pieces of work, seen by who started them."""
    with acme.enter():
        for number in range(1, 61):
            Job.objects.create(kind="test", title=f"Job {number:02}", started_by=acme.people["program_manager"])
    cookie = acme.client("program_manager").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page.goto(f"{live_server.url}/t/acme/jobs/")
    return page


def titles(page):
    return page.locator("#list tbody [data-cell=title]").all_inner_texts()


def test_typing_narrows_the_list_keeps_the_focus_and_the_address(jobs_page):
    box = jobs_page.locator("#list-filters input[name=q]")
    box.press_sequentially("job 07")

    expect(jobs_page.locator("#list tbody tr")).to_have_count(1)
    assert titles(jobs_page) == ["Job 07"]
    expect(box).to_be_focused()
    expect(jobs_page).to_have_url(re.compile(r"q=job\+07"))

    jobs_page.reload()
    assert titles(jobs_page) == ["Job 07"]
    jobs_page.get_by_role("link", name="Clear all").click()
    expect(jobs_page.locator("#list tbody tr")).to_have_count(50)


def test_next_previous_and_the_browsers_way_back(jobs_page):
    jobs_page.get_by_role("link", name="Next").click()
    expect(jobs_page.locator("#list tbody tr")).to_have_count(10)
    assert titles(jobs_page)[-1] == "Job 01"

    jobs_page.get_by_role("link", name="Previous").click()
    expect(jobs_page.locator("#list tbody tr")).to_have_count(50)
    jobs_page.go_back()
    expect(jobs_page.locator("#list tbody tr")).to_have_count(10)
    assert jobs_page.locator(".console-nav").count() == 1  # the whole page, not a fragment


def test_view_is_saved_and_used(jobs_page):
    jobs_page.locator("#list-filters input[name=q]").fill("job 1")
    expect(jobs_page.locator("#list tbody tr")).to_have_count(15)

    jobs_page.get_by_label("Saved views").click()
    jobs_page.get_by_label("Save this list as").fill("Teens")
    jobs_page.get_by_role("button", name="Save view").click()
    jobs_page.goto(jobs_page.url.split("?")[0])
    jobs_page.get_by_label("Saved views").click()
    jobs_page.get_by_role("link", name="Teens", exact=True).click()

    expect(jobs_page.locator("#list tbody tr")).to_have_count(15)


def test_phone_sorts_by_a_select_and_nothing_is_wider_than_the_screen(jobs_page):
    jobs_page.set_viewport_size({"width": 390, "height": 844})
    jobs_page.get_by_label("Sort by").select_option("Start, reversed")

    expect(jobs_page.locator("#list tbody [data-cell=title]").first).to_have_text("Job 01")
    assert jobs_page.evaluate("document.documentElement.scrollWidth") <= 390

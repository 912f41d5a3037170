"""PM2 and PM5: a request that a stand-in decides, and an amendment whose money is changed while it is in approval."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories.programs import launch
from tests.factories.work import make_assignment
from tests.journeys.people import look, workers

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def row(someone, words):
    """The row of a list that says so."""
    return someone.page.locator("#list tbody tr").filter(has_text=words)


def card(someone, title):
    """The card with this heading."""
    heading = someone.page.get_by_role("heading", name=title, exact=True)
    return someone.page.locator("main section, main .card").filter(has=heading).last


def inbox(someone):
    """Open the inbox, and wait until its keys are heard."""
    someone.go("Inbox").is_at("Inbox").page.wait_for_load_state()
    return someone


def name_of(company, key):
    return company.people[key].user.name


# PM2


def test_a_request_above_the_limit_is_decided_by_who_stands_in_for_finance(acme, person):
    launch(acme, name="Mobile pilot")
    manager, approver = person("hiring_manager").take_session(acme), person("approver").take_session(acme)
    finance, deputy = person("finance").take_session(acme), person("teammate").take_session(acme)

    read_what_is_required(manager)
    write_a_request(manager)
    hand_over_for_a_week(acme, finance, deputy)
    workers(acme)
    deputy.go("Inbox").sees_not("Android payments")
    approver.go("Inbox").follow("Android payments").sees("€12,000.00").write("Comment", "Before the summer.")
    approver.press("Approve")
    workers(acme)
    decide_by_keyboard(acme, deputy)
    workers(acme)

    manager.go("Requests").follow("Android payments").state("Open")
    both_names_are_shown(acme, manager)
    finance.go("Inbox").sees_not("Android payments")


def read_what_is_required(manager):
    """The page comes first among those to be read, and is done once it has been."""
    manager.go("How we work").follow("Writing a good brief").sees("Your role asks for it.")
    manager.press("I have read this").sees("You have read this version.")
    manager.go("How we work")
    expect(row(manager, "Writing a good brief").locator(".chip")).to_have_text("Read")


def write_a_request(manager):
    """12,000 EUR where 10,000 are the limit, with a range of rates."""
    manager.go("Requests").follow("New request")
    manager.write("Title", "Android payments").choose("Program", "Mobile pilot").write("Skills needed", "Kotlin")
    today = timezone.localdate()
    manager.write("First day", today).write("Last day", today + timedelta(days=60))
    manager.write("Budget", 12000).write("Rate from", 50).write("Rate up to", 80)
    manager.press("Save the draft").is_at("Android payments").state("Draft")
    manager.press("Submit for approval").state("In approval").sees("€50.00", "€80.00")


def hand_over_for_a_week(acme, finance, deputy):
    """Finance is away from today on; both sides see it."""
    today, deputys_name = timezone.localdate(), name_of(acme, "teammate")
    finance.go("Inbox").follow("Standing in").sees("Nobody stands in for you").follow("Let somebody stand in")
    finance.choose("Who stands in", deputys_name).write("From", today).write("To", today + timedelta(days=6))
    look(finance, "delegation-form")
    finance.write("Reason", "Away until Friday").press("Let them stand in").is_at("Standing in")
    expect(card(finance, "Who stands in for you")).to_contain_text(deputys_name)
    look(finance, "delegations")
    deputy.go("Inbox").follow("Standing in")
    expect(card(deputy, "You stand in for")).to_contain_text(name_of(acme, "finance"))


def decide_by_keyboard(acme, deputy):
    """j walks to the row, o opens it; back in the list x selects and a approves."""
    keys = inbox(deputy).page.keyboard
    waits = row(deputy, "Android payments")
    expect(waits).to_contain_text(f"In place of {name_of(acme, 'finance')}")
    look(deputy, "inbox-in-place")
    keys.press("j")
    expect(waits.get_by_role("link").first).to_be_focused()
    keys.press("o")
    deputy.is_at("Android payments").sees("In somebody's place", "€12,000.00", "Approve the money")
    look(deputy, "step-in-place")
    inbox(deputy)
    keys.press("j")
    expect(waits.get_by_role("link").first).to_be_focused()
    keys.press("x")
    expect(waits.get_by_role("checkbox")).to_be_checked()
    look(deputy, "inbox-selected")
    keys.press("a")
    deputy.page.get_by_role("button", name="Approve", exact=True).wait_for()
    look(deputy, "bulk-approve")
    deputy.press("Approve").sees("Approved")
    look(deputy, "bulk-done")


def both_names_are_shown(acme, manager):
    """On the page of the workflow, who answered and in whose place."""
    deputy, finance = name_of(acme, "teammate"), name_of(acme, "finance")
    card(manager, "Approve a request").get_by_role("link", name="Open").click()
    manager.page.locator("#summary-approve_money").click()
    expect(manager.page.locator("#step-approve_money")).to_contain_text(f"{deputy} in place of {finance}")
    look(manager, "run")


# PM5


def test_an_edit_of_the_money_voids_its_approval_and_keeps_the_other(acme, person):
    with acme.enter():
        make_assignment(acme)
    asks, boss = person("program_manager").take_session(acme), person("hiring_manager").take_session(acme)
    legal, finance = person("approver").take_session(acme), person("finance").take_session(acme)

    amend(acme, asks)
    legal.go("Inbox").follow("Brand design").sees("Approve dates and scope", "Milestone 4").press("Approve")
    finance.go("Inbox").follow("Brand design").sees("Approve the money", "€11,800.00").press("Approve")
    workers(acme)
    edit_the_money(acme, asks)
    ask_about_the_money_again(acme, legal, finance)
    boss.go("Inbox").follow("Brand design").sees("Agree as manager of the work").press("Approve")
    workers(acme)
    accept_on_the_phone(person("freelancer", is_mobile=True, has_touch=True).take_session(acme).takes_the_phone())
    workers(acme)
    read_both_versions(asks)


def amend(acme, asks):
    """A milestone more, worth 18 %."""
    asks.go("Assignments").follow("Brand design").follow("Extend or change").is_at("Change the terms")
    asks.write("New whole budget, in EUR", 11800).write("Added or changed work", "Milestone 4: a shop in French")
    look(asks, "amendment-form")
    asks.write("Why?", "The market opens.").press("Save").state("Draft").sees("€10,000.00", "€11,800.00", "+18 %")
    asks.press("Send for approval").state("In approval")
    workers(acme)


def edit_the_money(acme, asks):
    asks.open(asks.page.url).follow("Edit").sees("This is in approval")
    asks.write("New whole budget, in EUR", 12000).press("Save").state("In approval").sees("+20 %")
    workers(acme)
    look(asks, "amendment-in-approval")


def ask_about_the_money_again(acme, legal, finance):
    """Finance reads old and new in the list and on the page; legal's answer stands."""
    change = "Budget: €11,800.00 → €12,000.00"
    legal.go("Inbox").sees_not("Brand design")
    finance.go("Inbox")
    expect(row(finance, "Brand design")).to_contain_text(change)
    look(finance, "inbox-difference")
    finance.follow("Brand design").sees("What has changed", "that approval is void now")
    changed = card(finance, "What has changed")
    expect(changed.locator("del")).to_have_text("€11,800.00")
    expect(changed.locator("ins")).to_have_text("€12,000.00")
    expect(card(finance, "Answers so far")).to_contain_text(change)
    look(finance, "step-difference")
    finance.press("Approve")
    workers(acme)


def accept_on_the_phone(guest):
    """The freelancer reads the difference and says yes; until then v1 is in force."""
    guest.open("/t/acme/portal/").follow("Brand design").follow("AMD-1").is_at("Brand design")
    guest.sees("Your answer is needed", "€10,000.00", "€12,000.00", "+20 %", "Milestone 4: a shop in French")
    look(guest, "portal-amendment")
    guest.press("Accept the new terms").state("In force")
    guest.follow("ASG-1")
    reads_versions(guest)
    look(guest, "portal-assignment")


def read_both_versions(asks):
    asks.go("Assignments").follow("Brand design")
    reads_versions(asks)
    look(asks, "assignment-versions")
    asks.follow("v2").sees("€10,000.00", "€12,000.00")
    look(asks, "amendment-agreed")
    card(asks, "Amend an assignment").get_by_role("link", name="Open").click()
    asks.page.locator("#summary-money").click()
    expect(asks.page.locator("#step-money")).to_contain_text("No longer counts: Budget: €11,800.00 → €12,000.00")
    asks.page.locator("#summary-terms").click()
    expect(asks.page.locator("#step-terms .answers li")).to_have_count(1)
    expect(asks.page.locator("#step-terms")).not_to_contain_text("No longer counts")
    look(asks, "run-amendment")


def reads_versions(someone):
    """The first version stands beside the second, each with its money."""
    rows = card(someone, "Terms").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("v2")
    expect(rows.nth(0)).to_contain_text("€12,000.00")
    expect(rows.nth(1)).to_contain_text("v1")
    expect(rows.nth(1)).to_contain_text("€10,000.00")

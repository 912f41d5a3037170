"""The main job by clicking, as each of its people: from the launch of a program to the figures on the dashboard."""

import csv
import hashlib
import io
import re
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urljoin

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from playwright.sync_api import expect

from tests.factories.programs import launch
from tests.factories.talent import add_freelancer
from tests.journeys.keys import Typist
from tests.journeys.people import Person, link_in_mail, workers

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

HEADER = "Ref;Title;Full name;Mail;Based in;Main skill;Hourly price"
PEOPLE = f"""{HEADER}
L1;Ms;Nora Lindqvist;nora@lindqvist.example;Sweden;Kotlin;60 €
L2;Mr;Ben Okoye;ben@okoye.example;Nigeria;Kotlin, Payments;"€ 72,50"
L3;;Chloé Martin;chloe@martin.example;FR;Figma;$55
L4;Mr;;nobody@nowhere.example;Spain;Kotlin;40
L5;Ms;"=HYPERLINK(""http://evil.example"")";no mail;Spain;QA;50
"""
MORE = f"{HEADER}\nL9;Mr;Max Weber;max@weber.example;Germany;QA;45\n"
HANDS = [pytest.param(Person, id="by mouse and touch"), pytest.param(Typist, id="by keyboard alone")]
GUEST, PASSWORD = "nora@lindqvist.example", "a long enough secret 42"
IBAN = "SE4550000000058398257466"


@pytest.mark.parametrize("kind", HANDS)
def test_a_program_is_launched_and_its_people_are_imported(acme, person, kind):
    manager = person("program_manager", kind=kind).sign_in(acme)
    manager.sees("No program yet").follow("Launch a program")
    manager.follow("Use “Pilot”")
    manager.write("Name", "Mobile pilot").write("Budget", 100000).write("Second approval above", 10000)
    manager.choose("Cost centre", "4711 Marketing").press("Set it up").is_at("Mobile pilot").state("Being set up")
    workers(acme)
    manager.go("Overview").go("Programs").follow("Mobile pilot").sees("Before it goes live", "How we work")
    done = manager.page.locator("#checklist").get_by_role("button", name="Done", exact=True)
    for left in range(done.count(), 0, -1):
        manager.click(done.first)
        expect(done).to_have_count(left - 1)
    manager.press("Go live").state("Live")

    manager.go("Freelancers").follow("Import").upload("CSV file", "people.csv", PEOPLE).press("Look at the file")
    manager.is_at("Match the columns")
    assert manager.field("Title").input_value() == "headline"  # "Ms" and "Mr" are nobody's headline
    assert manager.field("Hourly price").input_value() == "hourly_rate"
    manager.choose("Title", "Do not import").press("Check 5 rows")
    workers(acme)
    manager.is_at("What this file would do").sees("Nora Lindqvist", "Rejected").press("Import 3 freelancers")
    workers(acme)
    manager.is_at("people.csv").state("Imported")
    rejected = table(manager.download("Rejected rows as CSV"))
    assert [(row["Ref"], bool(row["Reason"])) for row in rejected] == [("L4", True), ("L5", True)]
    assert rejected[1]["Full name"].startswith("'=")

    manager.go("Freelancers").follow("Import").upload("CSV file", "again.csv", PEOPLE).press("Look at the file")
    manager.choose("Title", "Do not import").press("Check 5 rows")
    workers(acme)
    manager.sees("Nothing to import: no row is new or changed.")

    manager.go("Freelancers").follow("Import").upload("CSV file", "more.csv", MORE).press("Look at the file")
    manager.press("Check 1 row")
    workers(acme)
    manager.press("Import 1 freelancer")
    workers(acme)
    manager.state("Imported").go("Freelancers").sees("Max Weber", "Nora Lindqvist")
    manager.follow("Import").follow("more.csv").dialog("Take back", "1 new row will be removed again")
    manager.confirm("Take it back")
    workers(acme)
    manager.state("Taken back").go("Freelancers").sees("Nora Lindqvist", "Chloé Martin").sees_not("Max Weber")


@pytest.mark.parametrize("kind", HANDS)
def test_an_engagement_lives_from_the_request_to_the_figures(acme, person, kind):
    launch(acme, name="Mobile pilot")
    with acme.enter():
        add_freelancer(acme, "Nora Lindqvist", skills=("Kotlin",), email=GUEST, hourly_rate=Decimal(60))
        add_freelancer(acme, "Clara Martin", skills=("Figma",))
    manager = person("program_manager", kind=kind).sign_in(acme)
    finance = person("finance", kind=kind).sign_in(acme)
    touch = {"is_mobile": True, "has_touch": True} if kind is Person else {}
    guest = person("guest", kind=kind, **touch).takes_the_phone()

    ask(acme, manager)
    approve(acme, person("approver", kind=kind).sign_in(acme), finance)
    engage(acme, manager)
    join(acme, manager, guest)
    work(acme, manager, guest)
    accept(acme, manager, guest)
    invoice(acme, manager, guest, finance)
    pay(finance)
    places = everything_open_to(guest)
    end(acme, manager, guest, places)
    see(manager)


def table(content):
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def last_monday():
    today = timezone.localdate()
    return today - timedelta(days=today.weekday() + 7)


def ask(acme, manager):
    """A request above the limit of 10,000 EUR."""
    manager.go("Requests").follow("New request")
    manager.write("Title", "Android payments").choose("Program", "Mobile pilot").write("Skills needed", "Kotlin")
    manager.write("First day", last_monday()).write("Last day", timezone.localdate() + timedelta(days=60))
    manager.write("Budget", 12000).write("Rate from", 50).write("Rate up to", 80)
    manager.press("Save the draft").is_at("Android payments").state("Draft")
    manager.press("Submit for approval").state("In approval")
    workers(acme)


def approve(acme, approver, finance):
    """Two people in turn; finance is asked only after the first has said yes."""
    finance.go("Inbox").sees_not("Android payments")
    approver.go("Inbox").follow("Android payments").is_at("Android payments").sees("€12,000.00", "Approve the request")
    approver.write("Comment", "We need this before the summer.").press("Approve")
    workers(acme)
    finance.go("Inbox").follow("Android payments").sees("Approve the money").press("Approve")
    workers(acme)


def engage(acme, manager):
    manager.go("Requests").follow("Android payments").state("Open").sees("People who fit", "Nora Lindqvist")
    manager.sees_not("Clara Martin").follow("Engage").is_at("Engage Nora Lindqvist")
    manager.write("First day", last_monday()).press("Engage").is_at("Android payments").state("Planned")
    manager.press("Start onboarding").state("Onboarding")
    workers(acme)


def join(acme, manager, guest):
    """The link in the mail, on a phone; the checklist goes on by itself and ends with the manager's own task."""
    guest.open(link_in_mail(GUEST)).is_at("Join Acme GmbH")
    guest.write("Name", "Nora Lindqvist").write("Password", PASSWORD).press("Join")
    guest.is_at("Nora").sees("Android payments", "Onboarding")
    workers(acme)
    manager.go("Inbox").follow("Android payments").sees("Prepare tools and a welcome call").press("Done")
    workers(acme)
    guest.tap("Home").sees("Active").tap("Workspaces").sees("Android payments")
    expect(guest.page.locator("main tbody tr")).to_have_count(1)
    guest.open("/t/acme/portal/profile/").write("Account holder", "Nora Lindqvist").write("IBAN", IBAN)
    guest.press("Save the account").sees("•••• 7466")


def work(acme, manager, guest):
    """A message with a file and its answer, a deliverable, and a week of time from the phone."""
    manager.go("Workspaces").follow("Android payments").follow("New deliverable")
    manager.write("Title", "Threat model").write("Due on", timezone.localdate()).write("Amount in EUR", 500)
    manager.press("Agree on it").is_at("Threat model").state("To do")

    guest.tap("Workspaces").follow("Android payments").write("Message", "Here is the **first sketch**.")
    guest.upload("Files", "sketch.txt", "Boxes and arrows", "text/plain").press("Send").sees("first sketch")
    manager.go("Workspaces").follow("Android payments")
    assert manager.download("sketch.txt") == b"Boxes and arrows"
    manager.write("Message", "Looks good, Nora!").press("Send").sees("Looks good, Nora!")
    guest.open(guest.page.url).sees("Looks good, Nora!").follow("Threat model")
    guest.write("Note", "Please read chapter 2.")
    guest.upload("Files", "threats.txt", "=1+1", "text/plain").press("Hand in").state("Handed in")

    guest.tap("Time").follow(f"Week of {date_format(last_monday(), 'j F')}")
    for at, hours in enumerate(("8", "7,5", "6:30")):
        day = last_monday() + timedelta(days=at)
        guest.write(f"{date_format(day, 'D j M')}, hours", hours)
        guest.write(f"What you did on {date_format(day, 'l j F')}", f"Payments, part {at + 1}")
    guest.press("Hand in week").sees("Handed in")
    workers(acme)


def accept(acme, manager, guest):
    """One day comes back with a reason and is corrected; the rest is right at once."""
    manager.go("Work to accept").follow("Threat model").dialog("Accept")
    manager.tick(manager.page.locator("#page-dialog").get_by_label("5 – excellent"))
    manager.confirm("Accept").state("Accepted")
    week = f"/t/acme/assignments/1/time/{last_monday()}/"
    manager.go("Assignments").follow("Android payments").follow("Timesheet").open(week)
    days = [date_format(last_monday() + timedelta(days=at), "l j F") for at in range(3)]
    for day in days[:2]:
        manager.tick(manager.page.get_by_role("checkbox", name=day, exact=True), on=False)
    manager.write("Reason, if you return days", "That was a holiday.").press("Return selected").sees("1 day returned.")
    manager.press("Accept selected").sees("2 days accepted.")
    workers(acme)
    guest.tap("Time").follow("the week of").sees("That was a holiday.")
    guest.write(f"{date_format(last_monday() + timedelta(days=2), 'D j M')}, hours", "6").press("Hand in week")
    manager.open(week).press("Accept selected").sees("1 day accepted.")
    workers(acme)


TOTAL = "1,790.00"  # 8 + 7.5 + 6 hours at 60, and 500


def invoice(acme, manager, guest, finance):
    guest.tap("Invoices").follow("Create invoice").sees(f"€{TOTAL}").press("Create invoice").is_at("INV-1")
    guest.state("With the manager")
    workers(acme)
    manager.go("Invoices").follow("Nora Lindqvist").sees(f"€{TOTAL}").press("Approve").state("With finance")
    workers(acme)
    finance.go("Invoices").follow("Nora Lindqvist").press("Release for payment").state("To be paid")
    workers(acme)


def pay(finance):
    """A numbered file with control totals leaves once."""
    finance.go("Payments").follow("New batch").sees("1 invoice").press("Export 1 invoice").is_at("PAY-1")
    finance.sees(TOTAL)
    content = finance.download("Download CSV")
    rows = table(content)
    paid = [(row["invoice"], row["payee"], row["iban"], row["amount"], row["currency"]) for row in rows]
    assert paid == [("INV-1", "Nora Lindqvist", IBAN, "1790.00", "EUR")]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    finance.click(finance.page.locator("summary").filter(has_text="More files"))
    control = table(finance.download("Control totals"))[0]
    assert (control["rows"], control["total"], control["currency"]) == ("1", "1790.00", "EUR")
    assert control["sha256"] == hashlib.sha256(content).hexdigest()
    finance.go("Payments").follow("New batch").sees("Nothing to export")


def everything_open_to(guest):
    """Every address of the company that answers the guest: where they have been, and whatever links from there."""
    found, to_do = set(), [urljoin(guest.url, "/t/acme/portal/"), *guest.opened]
    while to_do:
        address = to_do.pop().partition("#")[0].partition("?")[0]
        if address in found or not address.startswith(f"{guest.url}/t/acme/"):
            continue
        answer = guest.page.request.get(address, max_redirects=0)
        if answer.status != 200:
            continue
        found.add(address)
        if "html" in answer.headers["content-type"] and "/time/" not in address:  # whose weeks go back for ever
            to_do += [urljoin(address, link) for link in re.findall(r'(?:href|hx-get)="([^"]+)"', answer.text())]
    assert len(found) >= 15
    assert any("/files/" in address for address in found)
    return found


def end(acme, manager, guest, places):
    """Access is gone with the click; the checklist does the rest, and ends."""
    manager.go("Assignments").follow("Android payments").dialog("End", "closes 1 workspace", "of 1 person")
    manager.write("Why does it end?", "The work is done.").choose("Would you engage them again?", "Yes, gladly")
    manager.confirm("End it now")
    room = next(one for one in places if re.search(r"/portal/workspaces/[^/]+/$", one))
    assert guest.page.request.get(room).status == 404
    workers(acme)
    answers = {address: guest.page.request.get(address, max_redirects=0) for address in places}
    still_open = {at for at, answer in answers.items() if answer.status != 404 and not asks_to_sign_in(answer)}
    assert still_open == set()
    manager.open("/t/acme/inbox/")
    for task in (
        "Get devices and documents back",
        "Confirm the handover",
        "Confirm that all results and rights are with us",
    ):
        manager.go("Inbox").follow(task).press("Done")
        workers(acme)
    manager.go("Assignments").follow("Android payments").state("Closed")


def asks_to_sign_in(answer):
    return answer.status == 302 and "/accounts/login/" in answer.headers["location"]


def see(manager):
    """Six figures, each with the rows it is made of."""
    manager.go("Overview")
    figures = manager.page.get_by_role("region", name="Key figures").get_by_role("article")
    expect(figures).to_have_count(6)
    for at in range(6):
        name = figures.nth(at).get_by_role("heading").inner_text()
        value, note = (figures.nth(at).locator(f".kpi-{part}").inner_text() for part in ("value", "note"))
        assert value not in {"–", "0", ""} or "Too few to say yet" in note, name  # a rate of one is no rate
        manager.click(figures.nth(at).get_by_role("link"))
        manager.is_at(name)
        rows = manager.page.locator("main tbody tr").filter(has_text=re.compile("Android payments|Threat model"))
        expect(rows.first, name).to_be_visible()
        manager.go("Overview")

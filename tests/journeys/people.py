"""A person at a browser, and the workers in the background."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail
from playwright.sync_api import expect

from analytics.demo.story import settle
from freelance_hub.models import Job
from freelance_hub.services import jobs
from freelance_hub.tenancy.context import tenant
from tests.world import PASSWORD

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
LINK = re.compile(r"https?://\S+/invitations/\S+")


class Person:
    """Somebody who clicks. `opened` are the addresses that answered them with 200, in the order of their visits."""

    def __init__(self, name, context, url):
        self.name, self.url = name, url
        self.opened = {}
        context.on("response", self._remember)
        self.page = context.new_page()

    def _remember(self, response):
        path = urlsplit(response.url).path
        if response.request.method == "GET" and response.status == 200 and not path.startswith("/static/"):
            self.opened.setdefault(response.url)

    # What hands do. `tests/journeys/keys.py` does the same without a mouse.

    def click(self, target):
        target.click()
        return self

    def fill(self, target, text):
        target.fill(text)

    def pick(self, target, option):
        target.select_option(label=option)

    def tick(self, target, *, on=True):
        target.set_checked(on)
        return self

    # What people do.

    def takes_the_phone(self):
        self.page.set_viewport_size(PHONE)
        return self

    def open(self, path):
        path = path.partition("#")[0]  # with it the browser would stay where it is
        self.page.goto(path if path.startswith("http") else self.url + path)
        return self

    def sign_in(self, company):
        """Through the form, as everybody. Lands on the first page of the company."""
        self.open("/accounts/login/")
        self.write("E-mail", company.people[self.name].user.email)
        self.write("Password", PASSWORD)
        self.press("Sign in")
        self.page.wait_for_url(f"**/t/{company.slug}/**")
        return self

    def take_session(self, company):
        """As if signed in before: for journeys that are about something else."""
        cookie = company.client(self.name).cookies[settings.SESSION_COOKIE_NAME].value
        self.page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.url}])
        return self.open(f"/t/{company.slug}/")

    def go(self, place):
        """By the navigation of the shell."""
        return self.click(self.page.get_by_role("navigation", name="Main").get_by_role("link", name=place).first)

    def tap(self, place):
        """By the tab bar of the phone."""
        return self.click(self.page.get_by_role("navigation", name="Shortcuts").get_by_role("link", name=place))

    def follow(self, words, *, inside=None):
        return self.click((inside or self.page.locator("main")).get_by_role("link", name=words).first)

    def press(self, words, *, inside=None):
        return self.click((inside or self.page).get_by_role("button", name=words, exact=True).first)

    def confirm(self, words):
        """In the dialog that a link has opened; answers with the page behind it."""
        dialog = self.page.locator("#page-dialog")
        expect(dialog).to_be_visible()
        with self.page.expect_navigation():
            self.click(dialog.get_by_role("button", name=words))
        return self

    def dialog(self, words, *sees):
        """Open the dialog behind a link, and read in it."""
        self.click(self.page.locator("main").get_by_role("link", name=words, exact=True))
        for one in sees:
            expect(self.page.locator("#page-dialog").get_by_text(one).first).to_be_visible()
        return self

    def field(self, label):
        """The input that is called so; optional ones say it behind their name."""
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}(\s+optional)?\s*$")).locator("visible=true")

    def write(self, label, text):
        self.fill(self.field(label), str(text))
        return self

    def choose(self, label, option):
        self.pick(self.field(label), option)
        return self

    def upload(self, label, name, text, kind="text/csv"):
        file = {"name": name, "mimeType": kind, "buffer": text.encode() if isinstance(text, str) else text}
        self.field(label).set_input_files(file)
        return self

    def download(self, words):
        """The bytes of the file behind a link."""
        with self.page.expect_download() as download:
            self.follow(words)
        return download.value.path().read_bytes()

    def sees(self, *words):
        """Each of the words stands on the page, or comes by itself."""
        for one in words:
            expect(self.page.locator("main").get_by_text(one).locator("visible=true").first).to_be_visible()
        return self

    def sees_not(self, *words):
        for one in words:
            expect(self.page.locator("main").get_by_text(one)).to_have_count(0)
        return self

    def is_at(self, heading):
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)
        return self

    def state(self, word):
        """What the chip beside the heading says."""
        expect(self.page.locator(".page-head .chip").first).to_contain_text(word)
        return self


def workers(company):
    """Do what waits for the workers: long work, workflow steps, deliveries, mails."""
    with tenant(company.tenant):
        waiting = list(Job.objects.filter(state=Job.State.QUEUED).values_list("pk", flat=True))
    for pk in waiting:
        with tenant(company.tenant):
            jobs.run(job_id=pk)
    settle(company.tenant)


def link_in_mail(address):
    """The newest invitation that was mailed to the address."""
    mails = [message for message in mail.outbox if message.to == [address]]
    return next(found[0] for message in reversed(mails) if (found := LINK.search(message.body)))


def look(someone, name):
    """Keep a picture of the page where PICTURES says so."""
    if folder := os.environ.get("PICTURES"):
        for scheme in ("light", "dark"):
            someone.page.emulate_media(color_scheme=scheme)
            someone.page.screenshot(path=Path(folder) / f"{name}-{scheme}.png", full_page=True)
        someone.page.emulate_media(color_scheme="light")
        size = someone.page.viewport_size
        someone.page.set_viewport_size(PHONE)
        someone.page.screenshot(path=Path(folder) / f"{name}-phone.png", full_page=True)
        someone.page.set_viewport_size(size)

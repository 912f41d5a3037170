"""How tests of access walk: as anybody of either company, by session or by token, and what an answer means."""

import json
from contextlib import contextmanager

from django.db import transaction
from django.test import Client

from freelance_hub.models import AuditEvent
from freelance_hub.tenancy.context import tenant
from tests.world import find_company

LOGIN = "/accounts/login/"


class Stand:
    """Both companies as `tests/access/conftest.py` made them."""

    def __init__(self, addresses):
        self.addresses = addresses
        self.companies = {slug: find_company(slug) for slug in addresses}
        self.acme, self.rival = self.companies["acme"], self.companies["rival"]

    def refs(self, slug="acme"):
        return self.addresses[slug]["refs"]

    def browser(self, who, slug="acme"):
        """The browser of a person, signed in; `None` is signed out."""
        client = Client(raise_request_exception=False)
        if who is not None:
            client.cookies["sessionid"] = self.addresses[slug]["sessions"][who]
        return client

    def program(self, who, slug="acme"):
        """A program that calls the API with the person's token; `None` has none."""
        client = Client(raise_request_exception=False)
        if who is not None:
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {self.addresses[slug]['tokens'][who]}"
        return client

    @contextmanager
    def rolled_back(self):
        """What happens inside did not happen; yields a function that tells whether anything was written so far."""
        with transaction.atomic():
            before = self._last_entries()
            yield lambda: self._last_entries() != before
            transaction.set_rollback(True)

    def _last_entries(self):
        found = []
        for company in self.companies.values():
            with tenant(company.tenant):
                found.append(AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first())
        return found


def outcome(response, wrote):
    """One word for an answer: done (something was written), shown, rule (a rule refused), 401, 403, 404, 405, login or 5xx."""
    status = response.status_code
    if status in (301, 302, 303) and response["Location"].startswith(LOGIN):
        return "login"
    if status in (401, 403, 404, 405) or status >= 500:
        return str(status)
    if wrote:
        return "done"
    return "rule" if status >= 400 else "shown"


LETTERS = {
    "O": "owner",
    "P": "program_manager",
    "H": "hiring_manager",
    "T": "teammate",
    "A": "approver",
    "F": "finance",
    "C": "compliance",
    "V": "viewer",
    "f": "freelancer",
    "o": "other_freelancer",
    "a": "agency",
}
EMPLOYEES = "OPHTAFCV"
GUESTS = "foa"


def call(client, method, url, body, *, is_api):
    """One request with a body as a form, or as JSON for the API."""
    if method == "GET":
        return client.get(url)
    if is_api:
        return client.generic(method, url, json.dumps(body), content_type="application/json")
    return client.post(url, body) if method == "POST" else client.generic(method, url)


def whole(response):
    """The body, also of a download that streams; read where the context still stands."""
    return b"".join(response.streaming_content) if response.streaming else response.content

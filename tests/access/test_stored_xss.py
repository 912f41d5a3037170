"""What somebody typed is shown as text: a payload in every text column, every page of everybody, no tag of it in the answer."""

import re

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import DatabaseError, models, transaction
from django.db.models.expressions import Value
from django.db.models.functions import Concat
from django.urls import reverse

from freelance_hub.tenancy.models import TenantModel
from programs.models import Workspace
from programs.services import messages, pages
from tests.access import matrix
from tests.access.browsing import LETTERS, whole
from tests.access.routes import all_routes

PAYLOAD = "\"'><xss onload=a()>{{7*7}}"
# As a tag, an attribute or an address that runs; or worked out by a template. The same words as text do no harm.
BAD = re.compile(
    rb"""<xss|<script>alert|<img[^>]*onerror|(?:href|src|action)=["']?\s*(?:javascript|data:text)|a\(\)(?:&gt;|>)49""",
    re.IGNORECASE,
)
MARKDOWN = """[a](javascript:alert(1)) <javascript:alert(2)> ![b](x" onerror="alert(3)) <script>alert(4)</script>
<img src=x onerror=alert(5)> [c]: javascript:alert(6)

    ```"><xss>

[a]( javascript:alert(7)) [d](data:text/html;base64,PHNjcmlwdD4=) <xss onload=a()>"""
# Columns with a meaning of their own, which a machine writes and reads.
STRUCTURAL = re.compile(
    r"(^|_)(key|slug|state|kind|hash|prefix|sha256|currency|country|type|operation|table_name|spec|source|system|name_key|"
    r"storage_name|owner_kind|subject_type|trigger|action|outcome|capability|code|iban|bic|sealed|last4|link|issuer|"
    r"email|visibility|unit|url|path|series|dedupe_key|list_key|query|provider|worker|reference|external_id|key_id)$"
)


def text_columns():
    """Every column of a company's tables in which words of people can stand."""
    for model in apps.get_models():
        if not issubclass(model, TenantModel) or model._meta.abstract or not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
            if is_text and not STRUCTURAL.search(field.name) and (field.max_length or 99) >= len(PAYLOAD):
                yield model, field


def plant(company):
    """Write the payload into every row of every text column that lets itself be written; returns what was written."""
    planted = []
    with company.enter("owner"):
        for model, field in text_columns():
            room = (field.max_length or 300) - len(PAYLOAD)
            words = Concat(Value(PAYLOAD), models.functions.Left(field.name, room)) if room else Value(PAYLOAD)
            try:
                with transaction.atomic():
                    rows = model._base_manager.filter(tenant=company.tenant).update(**{field.name: words})
            except (DatabaseError, FieldDoesNotExist):  # append-only, or held by a rule of the database
                continue
            if rows:
                planted.append(f"{model.__name__}.{field.name}")
        company.people["freelancer"].user.__class__.objects.filter(memberships__tenant=company.tenant).update(
            name=PAYLOAD
        )
        company.tenant.__class__.objects.filter(pk=company.tenant.pk).update(name=PAYLOAD)
    return planted


@pytest.mark.parametrize("letter", "OPHFfo")
def test_no_page_runs_what_somebody_typed(stand, letter):
    who = LETTERS[letter]
    planted = plant(stand.acme)
    with stand.acme.enter("hiring_manager"):
        room = Workspace.objects.get(public_id=stand.refs()["workspace"])
        messages.post_message(workspace=room, body=MARKDOWN, actor=stand.acme.actor("hiring_manager"))
        page = pages.create_page(
            program=None, title=PAYLOAD, body=MARKDOWN, required_roles=[], review_on=None,
            actor=stand.acme.actor("program_manager"),
        )  # fmt: skip
    browser, found, shown = stand.browser(who), {}, 0
    urls = [reverse("page_detail", kwargs={"tenant": "acme", "slug": page.slug})] if letter.isupper() else []
    for route in all_routes():
        row = matrix.ROWS.get(route.name)
        if route.zone not in {"console", "portal"} or row is None or "GET" not in row.verbs:
            continue
        if matrix.wanted(route.zone, row, "GET", letter) == "shown":
            urls.append(route.url("acme", stand.refs(), row.at))
    for url in urls:
        with stand.rolled_back():
            answer = browser.get(url)
            content = whole(answer)
        assert answer.status_code in {200, 302, 303, 404}, (url, answer.status_code)
        assert "Content-Security-Policy" in answer.headers, url
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        shown += content.count(b"&lt;xss")
        if bad := [content[max(0, at.start() - 60) : at.end() + 60] for at in BAD.finditer(content)]:
            found[url] = bad[:3]

    assert found == {}
    assert len(planted) > 40, planted
    assert shown > 20  # it is there, as text


def test_every_answer_has_a_policy_and_forbids_sniffing(stand):
    """Also errors, redirects, the API, downloads and pages of no company."""
    refs = stand.refs()
    urls = [
        "/", "/accounts/login/", "/no-such-page/", "/t/acme/", "/t/rival/", "/t/acme/payments/", "/admin/", "/api/v1/me/",
        "/api/v1/schema/", "/api/v1/docs/", f"/t/acme/files/{refs['message_file']}/", "/t/acme/people/?format=csv",
        f"/invitations/{refs['invitation_secret']}/",
    ]  # fmt: skip
    for who in (None, "program_manager", "owner"):
        for url in urls:
            answer = stand.browser(who).get(url)
            policy = answer.headers.get("Content-Security-Policy", "")
            assert "default-src" in policy, url
            assert "unsafe-inline" not in policy, url
            assert "unsafe-eval" not in policy, url
            assert answer.headers.get("X-Content-Type-Options") == "nosniff", url
            whole(answer)

"""A body with every column of the model changes only what the operation says it takes. Made from the models."""

import json
import re
from datetime import datetime
from uuid import UUID

import pytest
from django.db import models
from drf_spectacular.generators import SchemaGenerator

from freelance_hub.models import Invitation, Membership, OrgUnit, Role, Tenant
from freelance_hub.tenancy.context import tenant
from programs.models import Budget, KnowledgePage, Message, Program
from talent.models import Assignment, Deliverable, Freelancer, Invoice, PaymentBatch, Requisition, TimeLine
from tests.access import matrix
from tests.access.bodies import BODIES, sent
from tests.access.browsing import LETTERS, call
from tests.access.routes import all_routes
from workflows.models import Step

# What an operation writes, by the beginning of its route's name; the longest that fits.
MODELS = {
    "freelancer": Freelancer, "portal_profile": Freelancer, "requisition": Requisition, "assignment": Assignment,
    "submission": Requisition, "deliverable": Deliverable, "portal_deliverable": Deliverable, "timesheet": TimeLine,
    "portal_time": TimeLine, "time_line": TimeLine, "invoice": Invoice, "portal_invoice": Invoice,
    "payment_batch": PaymentBatch, "program": Program, "program_budget": Budget, "page": KnowledgePage,
    "message": Message, "workspace_message": Message, "portal_workspace_message": Message, "step": Step, "task": Step,
    "member": Membership, "role": Role, "invitation": Invitation, "company_settings": Tenant,
    "unit": OrgUnit,
}  # fmt: skip
FORM_STANDS_ON = {"portal_profile_edit": "portal_profile"}
ALIEN_UUID = UUID("a11e0000-0000-4000-8000-000000000000")


def model_of(route):
    name = route.removeprefix("api_")
    fits = [start for start in MODELS if name.startswith(start)]
    return MODELS[max(fits, key=len)] if fits else None


def alien(field, company):
    """A value that the column could take and nothing else would give it."""
    if isinstance(field, models.ForeignKey):
        stranger = field.related_model._base_manager
        with tenant(company.tenant):
            return str(stranger.order_by("-pk").values_list("pk", flat=True).first() or 987654)
    if field.choices:
        return str(list(dict(field.flatchoices))[-1])
    kinds = (
        (models.BooleanField, "true"), (models.DateTimeField, "1999-12-31T23:59:59Z"), (models.DateField, "1999-12-31"),
        (models.UUIDField, str(ALIEN_UUID)), (models.DecimalField, "9876.54"), (models.IntegerField, "987654"),
    )  # fmt: skip
    return next((value for kind, value in kinds if isinstance(field, kind)), "alien")


def columns(model):
    return [field for field in model._meta.concrete_fields if not isinstance(field, models.JSONField)]


def taken_by_forms(browser, url, route):
    """Names of what the page's own form offers, and of what the matrix sends."""
    page = browser.get(url)
    offered = re.findall(r'name="([^"]+)"', page.content.decode()) if page.status_code == 200 else []
    return (
        {*offered, *sent(route, {}).keys()}
        if isinstance(BODIES.get(route), str)
        else {*offered, *BODIES.get(route, {})}
    )


def rows(model, company):
    """What stands in the table, without what differs from one moment to the next."""
    with tenant(company.tenant):
        found = list((Tenant.objects.filter(pk=company.tenant.pk) if model is Tenant else model._base_manager).values())
    moving = {"id", "public_id", "token_hash", "sha256", "file_id", "engagement_id"}
    stable = [
        {
            name: value
            for name, value in row.items()
            if name not in moving and (not isinstance(value, datetime) or value.year < 2000)
        }
        for row in found
    ]
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in stable)


def everything(model, company, taken):
    """A value for every column, by its name and by its key, except those that the operation takes."""
    body = {}
    for field in columns(model):
        for name in {field.name, field.attname}:
            if name not in taken:
                body[name] = alien(field, company)
    return body | {"tenant": str(company.tenant.pk), "is_staff": "true", "is_superuser": "true", "is_system": "true"}


def writes(zone):
    for route in all_routes():
        model = model_of(route.name) if route.zone in zone else None
        if model is None:
            continue
        for verb, said in matrix.ROWS[route.name].verbs.items():
            if verb != "GET" and said and ":" not in said.split()[0]:
                yield pytest.param(route, verb, model, id=f"{verb} {route.name}")


def attack(stand, route, verb, model, taken, *, is_api):
    """The table after the plain body, and after the same with every column of the model."""
    letter = next(one for one in LETTERS if one in matrix.ROWS[route.name].verbs[verb].split()[0])
    client = (stand.program if is_api else stand.browser)(LETTERS[letter])
    url = route.url("acme", stand.refs(), matrix.ROWS[route.name].at)
    after = []
    for extra in ({}, everything(model, stand.rival, taken)):
        with stand.rolled_back():
            body = {**extra, **sent(route.name, stand.refs())}
            answer = call(client, verb, url, body, is_api=is_api)
            assert answer.status_code < 400, (answer.status_code, answer.content[:500])
            after.append(rows(model, stand.acme))
    return after


@pytest.mark.parametrize(("route", "verb", "model"), [*writes({"api"})])
def test_the_api_takes_what_its_document_says(stand, route, verb, model):
    document = SchemaGenerator().get_schema(request=None, public=True)
    path = re.sub(r"<\w+:(\w+)>", r"{\1}", "/" + route.path)
    body = document["paths"][path][verb.lower()].get("requestBody")
    taken = set()
    if body:
        schema = document["components"]["schemas"][body["content"]["application/json"]["schema"]["$ref"].split("/")[-1]]
        taken = set(schema["properties"])

    plain, attacked = attack(stand, route, verb, model, taken, is_api=True)

    assert attacked == plain


@pytest.mark.parametrize(("route", "verb", "model"), [*writes({"console", "portal"})])
def test_a_form_takes_what_its_page_offers(stand, route, verb, model):
    letter = next(one for one in LETTERS if one in matrix.ROWS[route.name].verbs[verb].split()[0])
    page = next(one for one in all_routes() if one.name == FORM_STANDS_ON.get(route.name, route.name))
    url = page.url("acme", stand.refs(), matrix.ROWS[page.name].at)
    taken = taken_by_forms(stand.browser(LETTERS[letter]), url, route.name)

    plain, attacked = attack(stand, route, verb, model, taken, is_api=False)

    assert attacked == plain

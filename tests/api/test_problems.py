"""Every error is a problem detail: what, why, where, and how to mend it."""

import pytest

from talent.models import Freelancer
from tests.factories.talent import add_freelancer, ask, hire


def problem(answer, status):
    """The body of a problem with that status."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail"} <= set(body)
    assert body["status"] == status
    return body


def test_a_bad_body_names_each_field(acme, fh):
    body = problem(fh.send("freelancers/", {"name": "", "hourly_rate": "many", "skills": [""]}), 422)

    assert body["type"] == "urn:freelance-hub:invalid"
    assert {line["field"].split("[")[0].split(".")[0] for line in body["errors"]} == {"name", "hourly_rate", "skills"}
    assert all(line["message"] for line in body["errors"])


def test_a_services_refusal_of_a_field_names_the_field(acme, fh):
    with acme.enter():
        add_freelancer(acme, "Fay Free")
        email = Freelancer.objects.get().email

    body = problem(fh.send("freelancers/", {"name": "Other", "email": email}), 422)

    assert body["errors"][0]["field"] == "email"


def test_a_rule_that_says_no_is_a_conflict(acme, fh):
    with acme.enter():
        requisition = ask(acme, by="program_manager", state="in_approval")

    body = problem(fh.send(f"requisitions/{requisition.number}/submit/"), 409)

    assert body["detail"]


def test_a_missing_scope_is_named(acme, fh):
    body = problem(fh.send("payment-batches/", {"currency": "EUR"}), 403)

    assert body["scope"] == "payment.export"
    assert body["remedy"]


@pytest.mark.parametrize(
    "path",
    [
        "programs/999999/",
        "assignments/0/",
        "jobs/00000000-0000-0000-0000-000000000000/",
        "jobs/none/",
        "no-such-thing/",
    ],
)
def test_what_is_not_there_is_not_found(acme, fh, path):
    problem(fh.read(path), 404)


def test_another_companys_object_is_not_there(acme, rival, fh):
    with rival.enter():
        bait = hire(rival)
        person = bait.freelancer.public_id

    problem(fh.read(f"freelancers/{person}/"), 404)
    problem(fh.read(f"assignments/{bait.number}/"), 404)
    problem(fh.send(f"freelancers/{person}/", {"name": "Mine"}, method="PATCH"), 404)
    with rival.enter():
        assert Freelancer.objects.get(public_id=person).name == "Fay Free"


def test_broken_json_is_a_bad_request(acme, fh):
    answer = fh.generic("POST", "/api/v1/freelancers/", "{", content_type="application/json")

    problem(answer, 400)


def test_another_media_type_is_refused(acme, fh):
    problem(fh.generic("POST", "/api/v1/freelancers/", "<x/>", content_type="application/xml"), 415)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "freelancers/"),
        ("PUT", "requisitions/1/"),
        ("PATCH", "invoices/1/"),
        ("POST", "me/"),
        ("DELETE", "jobs/"),
    ],
)
def test_a_verb_that_is_not_offered_is_405(acme, fh, method, path):
    body = problem(fh.send(path, method=method), 405)

    assert body["title"]


def test_a_null_character_is_refused_and_not_an_error(acme, fh):
    problem(fh.send("freelancers/", {"name": "A\x00B"}), 422)

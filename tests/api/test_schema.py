"""The OpenAPI document: valid, complete, with words and examples."""

import json
import re

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

VERBS = {"get", "post", "put", "patch", "delete"}
ALWAYS = {"401", "403", "429"}


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(scope="module")
def operations(document):
    """(verb path, operation) of each."""
    return [
        (f"{verb.upper()} {path}", operation)
        for path, found in document["paths"].items()
        for verb, operation in found.items()
        if verb in VERBS
    ]


def test_the_document_is_valid_openapi_3_1(document):
    validate_schema(document)
    assert document["openapi"].startswith("3.1")


def test_it_is_served_to_everybody_as_json(client, db):
    answer = client.get("/api/v1/schema/")

    assert answer.status_code == 200
    assert json.loads(answer.content)["info"]["title"] == "Freelance Hub API"


def test_making_it_leaves_no_warning(capsys):
    SchemaGenerator().get_schema(request=None, public=True)

    assert capsys.readouterr().err == ""


def test_every_operation_has_words_and_security(operations):
    assert [name for name, one in operations if not one.get("summary")] == []
    assert [
        name for name, one in operations if not re.search(r"Needs (the scope `|no scope)", one.get("description", ""))
    ] == []
    assert [name for name, one in operations if one.get("security") != [{"token": []}]] == []


def test_no_two_operations_have_one_summary(operations):
    summaries = [one["summary"] for _, one in operations]

    assert sorted({one for one in summaries if summaries.count(one) > 1}) == []


def test_every_operation_says_what_can_go_wrong(operations):
    for name, one in operations:
        said = set(one["responses"])
        assert said >= ALWAYS, name
        if "{" in name:
            assert "404" in said, name
        if not name.startswith("GET"):
            assert said >= {"400", "409", "422"}, name
        for code in said:
            if code >= "400":
                assert set(one["responses"][code]["content"]) == {"application/problem+json"}, (name, code)


def test_every_body_that_is_sent_has_an_example(operations):
    without = [
        name
        for name, one in operations
        if "requestBody" in one and not one["requestBody"]["content"]["application/json"].get("examples")
    ]

    assert without == []


def test_every_post_offers_an_idempotency_key(operations):
    for name, one in operations:
        headers = {parameter["name"] for parameter in one.get("parameters", ()) if parameter["in"] == "header"}
        assert headers == ({"Idempotency-Key"} if name.startswith("POST") else set()), name

"""What a log line holds, and what it never holds."""

import io
import json
import logging
import logging.config

import pytest
import structlog

from freelance_hub import logs
from freelance_hub.tenancy.context import Context, use


@pytest.fixture
def lines():
    """The lines that a JSON log would have, as dictionaries."""
    configuration = logs.configuration(json=True, level="INFO")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatter = dict(configuration["formatters"]["event"])
    handler.setFormatter(formatter.pop("()")(**formatter))
    logger = logging.getLogger("freelance_hub.tests.logs")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    structlog.contextvars.clear_contextvars()


def log():
    """Fresh each time: a logger keeps the configuration of its first use."""
    return structlog.get_logger("freelance_hub.tests.logs")


def test_line_names_request_tenant_and_user(lines):
    structlog.contextvars.bind_contextvars(request_id="r-1")

    with use(Context(tenant_id=7, tenant_slug="northwind", user_id=42)):
        log().info("invoice_paid", invoice=3)

    (line,) = lines()
    assert (line["event"], line["invoice"], line["level"]) == ("invoice_paid", 3, "info")
    assert (line["request_id"], line["tenant"], line["user_id"]) == ("r-1", "northwind", 42)


def test_plain_logging_has_the_same_shape(lines):
    with use(Context(tenant_id=7)):
        logging.getLogger("freelance_hub.tests.logs").warning("Late by %s s", 5)

    (line,) = lines()
    assert (line["event"], line["tenant"], line["level"]) == ("Late by 5 s", 7, "warning")


def test_exceptions_are_one_line(lines):
    try:
        int("no")
    except ValueError:
        log().exception("failed")

    (line,) = lines()
    assert line["exception"][0]["exc_type"] == "ValueError"


@pytest.mark.parametrize(
    "name", ["password", "new_password1", "api_key", "Authorization", "sessioncookie", "totp_secret"]
)
def test_values_under_secret_names_are_removed(lines, name):
    log().info("seen", **{name: "hunter2"})

    assert lines()[0][name] == "[removed]"


def test_traceback_shows_no_local_variables(lines):
    def sign_in(password):
        raise ValueError("no")

    try:
        sign_in("hunter2" + "hunter2")
    except ValueError:
        log().exception("failed")

    assert "hunter2hunter2" not in json.dumps(lines())


@pytest.mark.parametrize(
    ("request_line", "written"),
    [
        ("GET /t/acme/people/?q=Jane+Doe&page=2", "GET /t/acme/people/?q=…&page=…"),
        (f"GET /invitations/{'k' * 43}/", "GET /invitations/[key]/"),
        (
            "GET /t/acme/jobs/0b7c8c58-6f0e-4a7f-9d3c-6a1e52f1a001/",
            "GET /t/acme/jobs/0b7c8c58-6f0e-4a7f-9d3c-6a1e52f1a001/",
        ),
    ],
)
def test_links_lose_their_keys_and_queries(lines, request_line, written):
    log().info("request_finished", request=request_line)

    assert lines()[0]["request"] == written


def test_ticks_of_the_scheduler_are_quiet(lines):
    log().info("task_succeeded", task="hub.heartbeat")
    log().info("task_succeeded", task="talent.import")
    log().info("task_revoked", task="hub.heartbeat", expired=True)
    log().info("task_failed", task="hub.heartbeat")

    assert [(line["event"], line["task"]) for line in lines()] == [
        ("task_succeeded", "talent.import"),
        ("task_failed", "hub.heartbeat"),
    ]

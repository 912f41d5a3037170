"""Rate limits: for each token, and for strangers by address; a broker that is down neither opens nor closes the API."""

import pytest
from redis.exceptions import ConnectionError as BrokerDown

from freelance_hub.api import throttling
from tests.api.conftest import Program, program_of


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Three a minute for tokens, two for strangers."""
    monkeypatch.setattr(throttling.TokenThrottle, "THROTTLE_RATES", {"token": "3/min", "stranger": "2/min"})
    throttling._local.clear()


def statuses(program, times):
    return [program.read("me/").status_code for _ in range(times)]


def test_a_token_that_asks_too_often_is_told_when_to_come_back(acme, fh):
    assert statuses(fh, 3) == [200, 200, 200]

    answer = fh.read("me/")

    assert answer.status_code == 429
    assert answer["Content-Type"] == "application/problem+json"
    assert 0 < int(answer["Retry-After"]) <= 61


def test_one_tokens_haste_does_not_slow_another(acme, fh):
    statuses(fh, 4)

    assert program_of(acme, "owner").read("me/").status_code == 200


def test_strangers_are_counted_by_address(acme):
    assert statuses(Program("fh_wrong"), 3) == [401, 401, 429]


def test_without_the_broker_this_process_counts(acme, fh, monkeypatch):
    class Broker:
        def get(self, *args):
            raise BrokerDown

    monkeypatch.setattr(throttling.TokenThrottle, "cache", Broker())

    assert statuses(fh, 4) == [200, 200, 200, 429]
    assert int(fh.read("me/")["Retry-After"]) > 0


def test_guessing_tokens_is_bounded_too(acme):
    assert statuses(Program("fh_guess"), 4)[-1] == 429

"""The effect ledger: one call a key, whatever dies in between."""

import pytest
from django.db import transaction

from tests.workflows.engine_room import start, step_of, tick
from workflows.engine import claims, effects, sweeper
from workflows.models import Effect

pytestmark = pytest.mark.django_db(transaction=True)


class Provider:
    """Counts calls; dies in the middle of one when told to."""

    def __init__(self):
        self.keys = []
        self.dies = False

    def call(self, key):
        self.keys.append(key)
        if self.dies:
            raise ConnectionError
        return {"number": len(self.keys)}


@pytest.fixture
def provider():
    return Provider()


def second_attempt():
    tick(61)
    sweeper.sweep()
    return claims.claim("second")


def test_a_later_attempt_gets_the_answer_without_a_call(engine, provider):
    run = start({"key": "a"})
    first = claims.claim("first")
    assert effects.once(first, step_of(run, "a"), "mail", provider.call) == {"number": 1}

    answer = effects.once(second_attempt(), step_of(run, "a"), "mail", provider.call)

    assert answer == {"number": 1}
    assert len(provider.keys) == 1


def test_a_call_that_died_is_repeated_with_the_same_key(engine, provider):
    run = start({"key": "a"})
    provider.dies = True
    with pytest.raises(ConnectionError):
        effects.once(claims.claim("first"), step_of(run, "a"), "mail", provider.call)
    provider.dies = False

    effects.once(second_attempt(), step_of(run, "a"), "mail", provider.call)

    assert len(provider.keys) == 2
    assert len(set(provider.keys)) == 1


def test_the_provider_is_asked_first_when_it_can_say(engine, provider):
    run = start({"key": "a"})
    provider.dies = True
    with pytest.raises(ConnectionError):
        effects.once(claims.claim("first"), step_of(run, "a"), "mail", provider.call)

    answer = effects.once(
        second_attempt(), step_of(run, "a"), "mail", provider.call, look_up=lambda key: {"found": key in provider.keys}
    )

    assert answer == {"found": True}
    assert len(provider.keys) == 1


def test_a_provider_that_has_never_heard_of_it_is_called(engine, provider):
    run = start({"key": "a"})
    provider.dies = True
    with pytest.raises(ConnectionError):
        effects.once(claims.claim("first"), step_of(run, "a"), "mail", provider.call)
    provider.dies = False
    ask = {"look_up": lambda _key: None, "if_unknown": "ask"}

    assert effects.once(second_attempt(), step_of(run, "a"), "mail", provider.call, **ask) == {"number": 2}


def test_where_nobody_can_say_a_person_is_asked_instead_of_calling_twice(engine, provider):
    run = start({"key": "a"})
    provider.dies = True
    with pytest.raises(ConnectionError):
        effects.once(claims.claim("first"), step_of(run, "a"), "payment", provider.call, if_unknown="ask")

    with pytest.raises(claims.Unknown):
        effects.once(second_attempt(), step_of(run, "a"), "payment", provider.call, if_unknown="ask")

    assert len(provider.keys) == 1


def test_a_worker_without_the_lease_does_not_call(engine, provider):
    run = start({"key": "a"})
    slow = claims.claim("slow")
    tick(61)

    with pytest.raises(claims.LostLease):
        effects.once(slow, step_of(run, "a"), "mail", provider.call)

    assert provider.keys == []
    assert not Effect.objects.exists()


def test_an_effect_inside_a_transaction_is_refused(engine, provider):
    run = start({"key": "a"})
    claim = claims.claim("w")

    with pytest.raises(RuntimeError), transaction.atomic():
        effects.once(claim, step_of(run, "a"), "mail", provider.call)

    assert provider.keys == []

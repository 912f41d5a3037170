"""The same key and body: the same answer, one effect."""

import threading
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from freelance_hub.models import IdempotencyKey
from talent.models import Freelancer
from tests.api.conftest import program_of

BODY = {"name": "Gil Free", "email": "gil@free.example"}


def count(company):
    with company.enter():
        return Freelancer.objects.count()


def test_the_same_request_again_is_answered_and_not_done(acme, fh):
    first = fh.send("freelancers/", BODY, **{"Idempotency-Key": "a"})
    second = fh.send("freelancers/", BODY, **{"Idempotency-Key": "a"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second["Idempotent-Replay"] == "true"
    assert count(acme) == 1


def test_another_body_with_the_key_is_a_conflict(acme, fh):
    fh.send("freelancers/", BODY, **{"Idempotency-Key": "a"})

    answer = fh.send("freelancers/", {**BODY, "name": "Other"}, **{"Idempotency-Key": "a"})

    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert count(acme) == 1


def test_a_refusal_is_kept_too(acme, fh):
    first = fh.send("freelancers/", {"name": ""}, **{"Idempotency-Key": "a"})
    second = fh.send("freelancers/", {"name": ""}, **{"Idempotency-Key": "a"})

    assert (first.status_code, second.status_code) == (422, 422)
    assert second.json() == first.json()
    assert second["Content-Type"] == "application/problem+json"


def test_keys_of_two_tokens_are_two_keys(acme, fh):
    fh.send("freelancers/", BODY, **{"Idempotency-Key": "a"})

    answer = program_of(acme).send("freelancers/", {"name": "Other"}, **{"Idempotency-Key": "a"})

    assert answer.status_code == 201
    assert count(acme) == 2


def test_a_key_is_forgotten_after_a_day(acme, fh):
    fh.send("freelancers/", BODY, **{"Idempotency-Key": "a"})
    with acme.enter():
        IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert fh.send("freelancers/", {"name": "Other"}, **{"Idempotency-Key": "a"}).status_code == 201


def test_without_a_key_each_request_counts(acme, fh):
    fh.send("freelancers/", {"name": "One"})
    fh.send("freelancers/", {"name": "One"})

    assert count(acme) == 2


def test_a_request_that_is_still_at_work_is_not_begun_again(acme, fh):
    fh.send("freelancers/", BODY, **{"Idempotency-Key": "a"})
    with acme.enter():
        IdempotencyKey.objects.update(status=None)

    answer = fh.send("freelancers/", BODY, **{"Idempotency-Key": "a"})

    assert answer.status_code == 409
    assert answer["Retry-After"] == "1"


def test_a_key_that_is_too_long_is_refused(acme, fh):
    assert fh.send("freelancers/", BODY, **{"Idempotency-Key": "a" * 256}).status_code == 400


def test_two_at_once_make_one_row(transactional_db, acme):
    fh = program_of(acme)
    start, answers = threading.Barrier(2), []

    def send():
        try:
            start.wait(timeout=10)
            answers.append(fh.send("freelancers/", BODY, **{"Idempotency-Key": "a"}))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    # The second gets the first one's answer, or hears that it is still at work.
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses in ([201, 201], [201, 409])
    assert count(acme) == 1

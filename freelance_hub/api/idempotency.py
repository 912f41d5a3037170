"""Idempotency-Key on POST: the same key and body get the same answer and one effect; another body gets 409."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from freelance_hub.api.problems import CONTENT_TYPE, problem
from freelance_hub.models import ApiToken, IdempotencyKey

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
STALE = timedelta(minutes=2)  # a first request that has not answered by then has died


def token_of(request: Request) -> ApiToken:
    """The token that TokenAuthentication put into the request."""
    token = request.auth
    assert isinstance(token, ApiToken)
    return token


def answer_once(request: Request, key: str, answer: Callable[[], Response]) -> Response:
    """Run `answer` once for a key of a token and keep what it says for a day.

    409 when the key came with another body before, or its first request is still at work. Answers of 500 and above are
    not kept: a repeat may try again. Side effect: one IdempotencyKey row.
    """
    if len(key) > 255:
        return problem(400, "The key is too long", detail=f"{HEADER} has at most 255 characters.")
    digest = _digest(request)
    try:
        with transaction.atomic():
            IdempotencyKey.objects.filter(
                token=token_of(request), key=key, created_at__lt=timezone.now() - KEPT
            ).delete()
            IdempotencyKey.objects.filter(
                token=token_of(request), key=key, status=None, created_at__lt=timezone.now() - STALE
            ).delete()
            row = IdempotencyKey.objects.create(token=token_of(request), key=key, request_hash=digest)
    except IntegrityError:
        return _again(request, key, digest)
    response = answer()
    if response.status_code >= 500:
        row.delete()
        return response
    row.status, row.body = response.status_code, _plain(response)
    row.save(update_fields=["status", "body"])
    return response


def _again(request: Request, key: str, digest: str) -> Response:
    row = IdempotencyKey.objects.filter(token=token_of(request), key=key).first()
    if row is None or row.status is None:
        response = problem(409, "Still at work", detail="The first request with this key has not answered yet.")
        response["Retry-After"] = "1"
        return response
    if row.request_hash != digest:
        return problem(
            409,
            "The key was used before",
            detail="This Idempotency-Key came with another body.",
            remedy="Use a fresh key for each thing you want done.",
        )
    content_type = CONTENT_TYPE if row.status >= 400 else None
    response = Response(row.body, status=row.status, content_type=content_type)
    response["Idempotent-Replay"] = "true"
    return response


def _digest(request: Request) -> str:
    raw = request._request  # noqa: SLF001  the body as it came
    return hashlib.sha256(f"{raw.method} {raw.get_full_path()}\n".encode() + raw.body).hexdigest()


def _plain(response: Response) -> object:
    return json.loads(response.accepted_renderer.render(response.data)) if response.data is not None else None

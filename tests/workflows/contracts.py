"""Microsoft's own description of Graph, to which every request and answer is held. GRAPH_OPENAPI names its file."""

import json
import os
import warnings
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from werkzeug.datastructures import ImmutableMultiDict

HOST = "https://graph.microsoft.com"
FILE = os.environ.get("GRAPH_OPENAPI", "")
needs_contract = pytest.mark.skipif(
    not FILE, reason="GRAPH_OPENAPI names no file: set it to Microsoft's OpenAPI description of Graph v1.0."
)


@cache
def contract():
    """The description; None where there is none, then the behaviour is tested all the same."""
    if not FILE:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return OpenAPI.from_dict(json.loads(Path(FILE).read_text()))


def hold_to_contract(method, url, body, status, answer, headers):
    """Raise when request or answer is not as described. `body` and `answer` are objects or None."""
    described = contract()
    if described is None:
        return
    parts = urlsplit(url)
    data = json.dumps(body).encode() if body is not None else None
    request = MockRequest(
        HOST,
        method.lower(),
        parts.path,
        args=ImmutableMultiDict(parse_qsl(parts.query)),
        data=data,
        content_type="application/json" if data else "",
    )
    said = json.dumps(answer).encode() if answer is not None else b""
    response = MockResponse(said, status_code=status, headers=headers, content_type="application/json")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        described.validate_request(request)
        described.validate_response(request, response)

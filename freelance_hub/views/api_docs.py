"""The API reference: the OpenAPI document as a page."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

VERBS = ("get", "post", "put", "patch", "delete")


@require_safe
@cache_control(max_age=3600, public=True)
def api_docs(request: HttpRequest) -> HttpResponse:
    """Public: it tells what exists, not what anybody has."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return render(request, "hub/api_docs.html", {"groups": groups(schema), "version": schema["info"]["version"]})


def groups(schema: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Operations by the first segment of their path: (noun, [{verb, path, summary, description}])."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in schema["paths"].items():
        noun = path.removeprefix("/api/v1/").split("/", 1)[0]
        for verb in VERBS:
            if operation := operations.get(verb):
                words = operation.get("description") or operation["operationId"].replace("_", " ")
                found.setdefault(noun, []).append({"verb": verb.upper(), "path": path, "words": words})
    return sorted(found.items())

"""The OpenAPI document: what every operation of this API says besides its own answer."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema_serializer

from freelance_hub.api.idempotency import HEADER
from freelance_hub.api.permissions import scopes_of
from freelance_hub.api.problems import CONTENT_TYPE
from freelance_hub.permissions import Capability

T = TypeVar("T")
PROBLEM = "Problem"
BAD = ("400", "Bad request", "The request cannot be read, for example because its JSON is broken.")
STRANGER = ("401", "No valid token", "Send `Authorization: Bearer fh_…`; the token may have expired or been revoked.")
LACKING = ("403", "The token lacks a scope", "The token or its person may not do this.")
HIDDEN = ("404", "Not found", "There is nothing here that this token may see.")
CONFLICT = ("409", "This is not possible", "A rule says no, or the Idempotency-Key came with another body.")
INVALID = ("422", "Some fields need mending", "Nothing was changed; `errors` names the fields.")
TOO_MANY = ("429", "Too many requests", "Wait as many seconds as `Retry-After` says.")
LARGE_BODY = ("415", "This media type is not understood", "Send JSON.")
NO_SUCH_FORM = ("406", "This form is not offered", "Accept JSON.")


class HubSchema(AutoSchema):  # type: ignore[no-untyped-call]
    """Adds the problems that every operation may answer with, the summary, the scope, and Idempotency-Key."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)  # type: ignore[no-untyped-call]
        if operation is None or not hasattr(self.view, "scopes"):
            return operation
        for code, title, detail in self._problems():
            operation["responses"].setdefault(code, _answer(int(code), title, detail))
        return operation

    def get_override_parameters(self) -> Any:
        if self.method != "POST":
            return []
        return [
            OpenApiParameter(
                HEADER,
                str,
                OpenApiParameter.HEADER,
                description="The same key and body within a day: the same answer, and only one effect.",
            )
        ]

    def get_summary(self) -> str | None:
        """The first sentence of the action, or verb and noun."""
        words = self._own_words()
        if words:
            return re.split(r"(?<=[^.])[.;:](?:\s|$)", words, maxsplit=1)[0]
        noun = re.sub(r"(?<!^)(?=[A-Z])", " ", type(self.view).__name__.removesuffix("ViewSet")).lower()
        return {"list": f"List {_plural(noun)}", "retrieve": f"One {noun}"}.get(getattr(self.view, "action", ""))

    def get_description(self) -> str:  # type: ignore[override]  # the stubs mix two classes up
        described: str = super().get_description()  # type: ignore[no-untyped-call]
        wanted = getattr(self.view, "scopes", {}).get(getattr(self.view, "action", ""))
        if wanted is None:
            return described
        words = [f"`{scope}`: {Capability(scope).label}" for scope in scopes_of(wanted)]
        return f"{described}\n\nNeeds the scope {' or '.join(words)}" if words else f"{described}\n\nNeeds no scope."

    def _own_words(self) -> str:
        action = getattr(type(self.view), getattr(self.view, "action", "") or "", None)
        return "" if action is None else " ".join((action.__doc__ or "").split())

    def _problems(self) -> list[tuple[str, str, str]]:
        found = [STRANGER, LACKING, NO_SUCH_FORM, TOO_MANY]
        if "{" in self.path or getattr(self.view, "action", "") == "list":  # a cursor that is none is not found either
            found.append(HIDDEN)
        if self.method != "GET":
            found += [BAD, HIDDEN, CONFLICT, LARGE_BODY, INVALID]
        elif getattr(self.view, "action", "") == "list":
            found.append(INVALID)
        return found


def example(title: str, /, **value: Any) -> Callable[[type[T]], type[T]]:
    """`@example("A designer", name="Ana Ruiz")` on the serializer of a body: what the document shows of it."""
    return extend_schema_serializer(examples=[OpenApiExample(title, value=value, request_only=True)])


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}es" if noun.endswith(("s", "ch")) else f"{noun}s"


def _answer(code: int, title: str, detail: str) -> dict[str, Any]:
    example = {"type": "about:blank", "title": title, "status": code, "detail": detail}
    return {
        "description": title,
        "content": {CONTENT_TYPE: {"schema": {"$ref": f"#/components/schemas/{PROBLEM}"}, "example": example}},
    }


def add_problem(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Postprocessing hook: the schema of a problem (RFC 9457)."""
    text = {"type": "string"}
    result.setdefault("components", {}).setdefault("schemas", {})[PROBLEM] = {
        "type": "object",
        "description": "Problem details (RFC 9457): what, why, where, and how to mend it.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "remedy": {**text, "description": "What to do about it."},
            "scope": {**text, "description": "The scope that is missing (403)."},
            "errors": {
                "type": "array",
                "description": "One line for each field (422).",
                "items": {
                    "type": "object",
                    "required": ["field", "message"],
                    "properties": {"field": text, "message": text},
                },
            },
        },
    }
    return result

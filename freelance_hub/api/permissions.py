"""Scopes: each action of a view names the capability it needs."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from freelance_hub.permissions import require

Scope = str | tuple[str, ...]
ANY: Scope = ()


class HasScope(BasePermission):
    """Nobody without a token; Refused (403, naming the capability) without the action's scope.

    A view declares `scopes = {"list": Capability…, "create": …}`: one capability, several of which one is enough, or ANY
    for what every token may. An action that is not in it is closed.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        actor = getattr(request._request, "actor", None)  # noqa: SLF001  set by the tenancy middleware
        if actor is None or request.auth is None:
            return False
        if view.action is None:  # a verb that the view does not have: DRF answers 405
            return True
        wanted = view.scopes.get(view.action)
        if wanted is None:
            return False
        enough = scopes_of(wanted)
        if enough and not any(actor.can(capability) for capability in enough):
            require(actor, enough[0])
        return True


def scopes_of(wanted: Scope) -> tuple[str, ...]:
    """The capabilities of which one is enough; none for what every token may."""
    return (wanted,) if isinstance(wanted, str) else wanted

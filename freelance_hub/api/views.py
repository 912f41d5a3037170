"""What the view sets of all apps are made of."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from freelance_hub.access import Actor
from freelance_hub.api.idempotency import HEADER, answer_once, token_of
from freelance_hub.api.permissions import Scope
from freelance_hub.models import Membership


class HubViewSet(GenericViewSet[Any]):
    """A view set over what the actor may see.

    Sub-classes declare `scopes` (action → capability), `queryset_for(actor)` and `serializer_class`. Every write calls a
    service with `actor=self.actor`; nothing is saved by a serializer.
    """

    scopes: Mapping[str, Scope] = {}

    @property
    def actor(self) -> Actor:
        return self.request._request.actor  # type: ignore[attr-defined,no-any-return]  # noqa: SLF001

    @property
    def membership(self) -> Membership:
        """The person behind the token."""
        membership: Membership = token_of(self.request).membership
        return membership

    def queryset_for(self, actor: Actor) -> QuerySet[Any]:
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):  # the OpenAPI document is made without a company
            model: type[Model] = self.get_serializer_class().Meta.model  # type: ignore[attr-defined]  # all ours have one
            return model._default_manager.none()
        return self.queryset_for(self.actor)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def valid(self, serializer_class: type[Any]) -> dict[str, Any]:
        """The body, checked; raises a 422 problem."""
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def shown(self, thing: Model, *, status: int = 200) -> Response:
        """The object as its own GET shows it."""
        fresh = self.get_queryset().filter(pk=thing.pk).first() or thing
        return Response(self.get_serializer(fresh).data, status=status)

    def check_permissions(self, request: Request) -> None:
        """Who comes too often waits, also who has no token: DRF counts only those it has let in."""
        super().check_throttles(request)
        super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """Done before the permissions."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        key = request.headers.get(HEADER, "")
        if request.method == "POST" and key and self.action:
            handler = getattr(self, self.action)

            def once(inner: Request, *a: Any, **k: Any) -> Response:
                return answer_once(inner, key, lambda: self._guarded(handler, inner, *a, **k))

            self.post = once

    def _guarded(self, handler: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The action's answer, errors included, ready to be kept."""
        try:
            response: Response = handler(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001  DRF's own handler decides; what it does not know is raised again
            response = self.handle_exception(error)
        response.accepted_renderer = request.accepted_renderer
        response.accepted_media_type = request.accepted_media_type
        response.renderer_context = self.get_renderer_context()  # type: ignore[attr-defined]  # DRF sets it itself
        return response

"""The addresses of SCIM, for a token with people.provision."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from freelance_hub.api.views import HubViewSet
from freelance_hub.models import Membership, Role
from freelance_hub.permissions import Capability
from freelance_hub.scim import schema
from freelance_hub.scim.faults import Fault, handle
from freelance_hub.scim.filters import condition_of
from freelance_hub.scim.patch import patched
from freelance_hub.scim.people import access_person, attributes_of, projected, shown, visible_people
from freelance_hub.services import directory

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
MOST = 200
Rows = tuple[QuerySet[Any], Callable[[Any], dict[str, Any]]]  # what is found, and how one of it is shown
C = Capability


@dataclass(frozen=True)
class Asked:
    """What a list is asked for."""

    filter: str
    start: int
    count: int
    attributes: tuple[str, ...]
    excluded: tuple[str, ...]

    @classmethod
    def of(cls, condition: Any, start: Any, count: Any, **names: Iterable[str]) -> "Asked":
        """Out of what came in. Raises Fault (400) for numbers that are none."""
        return cls(
            filter=str(condition or "").strip(),
            start=max(_number(start, 1), 1),
            count=min(max(_number(count, MOST), 0), MOST),
            attributes=tuple(names["attributes"]),
            excluded=tuple(names["excludedAttributes"]),
        )

    def projected(self, resource: dict[str, Any]) -> dict[str, Any]:
        return projected(resource, wanted=self.attributes, unwanted=self.excluded)

    @property
    def wants_members(self) -> bool:
        """Whether the members of groups are worth a query."""
        wanted = {one.strip().lower().partition(".")[0] for one in self.attributes if one.strip()}
        return "members" not in {one.strip().lower() for one in self.excluded} and (not wanted or "members" in wanted)


class ScimRenderer(JSONRenderer):
    """Says application/scim+json."""

    media_type = "application/scim+json"
    format = "scim"
    charset = None


class ScimParser(JSONParser):
    """Reads application/scim+json."""

    media_type = "application/scim+json"


class ScimViewSet(HubViewSet):
    """What the views share: media type, errors, the address they are called by."""

    schema = None  # described by /Schemas, not by OpenAPI
    renderer_classes = [ScimRenderer, JSONRenderer]
    parser_classes = [ScimParser, JSONParser]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return handle

    @property
    def base(self) -> str:
        return self.request.build_absolute_uri("/scim/v2")

    def listed(self, found: list[dict[str, Any]], *, total: int | None = None, start: int = 1) -> Response:
        count = len(found) if total is None else total
        body = {"schemas": [LIST], "totalResults": count, "startIndex": start, "itemsPerPage": len(found)}
        return Response({**body, "Resources": found})

    def page(self, asked: Asked, *found: Rows) -> Response:
        """The page that was asked for, out of one kind of resource after the other."""
        total, page = 0, list[dict[str, Any]]()
        for rows, show in found:
            count = rows.count()
            start = max(asked.start - 1 - total, 0)
            left = asked.count - len(page)
            page += [asked.projected(show(one)) for one in rows[start : start + left]] if left and start < count else []
            total += count
        return self.listed(page, total=total, start=asked.start)

    def asked(self) -> Asked:
        """The question in the address; in the body for POST, so that no mail address stands in a log."""
        query = self.request.query_params
        if self.request.method != "POST":
            names = {name: query.get(name, "").split(",") for name in ("attributes", "excludedAttributes")}
            return Asked.of(query.get("filter"), query.get("startIndex"), query.get("count"), **names)
        body = self.request.data if isinstance(self.request.data, dict) else {}
        names = {name: _texts(body.get(name)) for name in ("attributes", "excludedAttributes")}
        return Asked.of(body.get("filter"), body.get("startIndex"), body.get("count"), **names)

    def chosen(self, resource: dict[str, Any]) -> dict[str, Any]:
        """Those attributes of a single resource that the address asks for."""
        query = self.request.query_params
        return projected(
            resource,
            wanted=query.get("attributes", "").split(","),
            unwanted=query.get("excludedAttributes", "").split(","),
        )


class DescriptionViewSet(ScimViewSet):
    """What this service can do. No filter: RFC 7644, 4."""

    scopes = dict.fromkeys(("config", "types", "one_type", "schemas", "one_schema"), C.PEOPLE_PROVISION)

    def config(self, request: Request) -> Response:
        return Response(schema.service_provider_config(self.base))

    def types(self, request: Request) -> Response:
        return self.listed(self._unfiltered(schema.resource_types(self.base)))

    def one_type(self, request: Request, name: str) -> Response:
        return Response(_one(schema.resource_types(self.base), name))

    def schemas(self, request: Request) -> Response:
        return self.listed(self._unfiltered(self._schemas()))

    def one_schema(self, request: Request, name: str) -> Response:
        return Response(_one(self._schemas(), name))

    def _schemas(self) -> list[dict[str, Any]]:
        roles = sorted(role.key for role in Role.objects.all() if directory.may_be_given(role))
        return schema.schemas(self.base, roles)

    def _unfiltered(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if "filter" in self.request.query_params:
            raise Fault(403, "These lists have no filter.")
        return found


class PeopleViewSet(ScimViewSet):
    """Employees."""

    scopes = dict.fromkeys(
        ("list", "create", "retrieve", "replace", "partial_update", "destroy", "search"), C.PEOPLE_PROVISION
    )

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = self.asked()
        rows = visible_people(condition_of(asked.filter) if asked.filter else None)
        return self.page(asked, (rows, lambda one: shown(one, self.base)))

    def search(self, request: Request) -> Response:
        """POST /Users/.search: the same with the question in the body."""
        return self.list(request)

    def create(self, request: Request) -> Response:
        said = schema.cleaned(request.data)
        person = directory.provision(said=said, actor=self.actor)
        answer = self._answer(person, status=201)
        answer["Location"] = f"{self.base}/Users/{person.public_id}"
        return answer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self._answer(access_person(kwargs["public_id"]))

    def replace(self, request: Request, public_id: str) -> Response:
        person = access_person(public_id)
        return self._answer(directory.change(membership=person, said=schema.cleaned(request.data), actor=self.actor))

    def partial_update(self, request: Request, public_id: str) -> Response:
        person = access_person(public_id)
        now = attributes_of(person)
        # Whether somebody is active is only what the directory says now: a person may have held them back here.
        said = schema.cleaned(patched({name: now[name] for name in now if name != "active"}, request.data))
        if said.get("roles", []) == now.get("roles", []):
            said.pop("roles", None)
        return self._answer(directory.change(membership=person, said=said, actor=self.actor))

    def destroy(self, request: Request, public_id: str) -> Response:
        directory.remove(membership=access_person(public_id), actor=self.actor)
        return Response(status=204)

    def _answer(self, person: Membership, *, status: int = 200) -> Response:
        """The person, read anew."""
        return Response(self.chosen(shown(access_person(person.public_id), self.base)), status=status)


def _one(found: list[dict[str, Any]], name: str) -> dict[str, Any]:
    for one in found:
        if one["id"].lower() == name.lower():
            return one
    raise NotFound("There is no such description.")


def _number(said: Any, otherwise: int) -> int:
    try:
        return min(int(said), 1_000_000) if said not in (None, "") else otherwise
    except (TypeError, ValueError) as error:
        raise Fault(400, "startIndex and count are whole numbers.", "invalidValue") from error


def _texts(said: Any) -> list[str]:
    return [str(one) for one in said] if isinstance(said, list) else str(said or "").split(",")

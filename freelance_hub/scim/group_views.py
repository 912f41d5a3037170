"""The addresses of groups, and the search over everything, for a token with people.provision."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response

from freelance_hub.models import Membership, Role
from freelance_hub.permissions import Capability
from freelance_hub.scim import schema
from freelance_hub.scim.faults import Fault
from freelance_hub.scim.filters import condition_of
from freelance_hub.scim.groups import (
    access_group,
    group_attributes,
    group_condition,
    people_of,
    shown_group,
    visible_groups,
)
from freelance_hub.scim.patch import patched_group
from freelance_hub.scim.people import shown, visible_people
from freelance_hub.scim.views import ScimViewSet
from freelance_hub.services import directory_groups

C = Capability


class GroupsViewSet(ScimViewSet):
    """Groups: roles for employees that do not administer the company."""

    scopes = dict.fromkeys(
        ("list", "create", "retrieve", "replace", "partial_update", "destroy", "search"), C.PEOPLE_PROVISION
    )

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        asked = self.asked()
        condition = group_condition(asked.filter) if asked.filter else None
        rows = visible_groups(condition, with_members=asked.wants_members)
        return self.page(asked, (rows, lambda one: shown_group(one, self.base)))

    def search(self, request: Request) -> Response:
        """POST /Groups/.search: the same with the question in the body."""
        return self.list(request)

    def create(self, request: Request) -> Response:
        said = schema.cleaned_group(request.data)
        role = directory_groups.make_group(people=people_of(said), actor=self.actor, **_names(said))
        answer = self._answer(role, status=201)
        answer["Location"] = f"{self.base}/Groups/{role.key}"
        return answer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        excluded = request.query_params.get("excludedAttributes", "").lower().split(",")
        role = access_group(kwargs["key"], with_members="members" not in excluded)
        return Response(self.chosen(shown_group(role, self.base)))

    def replace(self, request: Request, key: str) -> Response:
        role, said = access_group(key), schema.cleaned_group(request.data)
        return self._changed(role, said, people=people_of(said))

    def partial_update(self, request: Request, key: str) -> Response:
        role = access_group(key)
        now = group_attributes(role)
        said = schema.cleaned_group(patched_group(now, request.data))
        is_same = said.get("members", []) == now.get("members", [])
        return self._changed(role, said, people=None if is_same else people_of(said))

    def destroy(self, request: Request, key: str) -> Response:
        directory_groups.remove_group(role=access_group(key, with_members=False), actor=self.actor)
        return Response(status=204)

    def _changed(self, role: Role, said: dict[str, Any], *, people: Collection[Membership] | None) -> Response:
        changed = directory_groups.change_group(role=role, people=people, actor=self.actor, **_names(said))
        return self._answer(changed)

    def _answer(self, role: Role, *, status: int = 200) -> Response:
        """The group, read anew."""
        return Response(self.chosen(shown_group(access_group(role.key), self.base)), status=status)


class SearchViewSet(ScimViewSet):
    """POST /.search: people, then groups. A filter that one kind does not know finds none of it."""

    scopes = {"search": C.PEOPLE_PROVISION}

    def search(self, request: Request) -> Response:
        asked = self.asked()
        conditions, faults = list[Q | None](), list[Fault]()
        for read in (condition_of, group_condition):
            try:
                conditions.append(read(asked.filter) if asked.filter else None)
            except Fault as fault:
                conditions.append(Q(pk__in=[]))
                faults.append(fault)
        if len(faults) == len(conditions):
            raise faults[0]
        people, groups = conditions
        return self.page(
            asked,
            (visible_people(people), lambda one: shown(one, self.base)),
            (visible_groups(groups, with_members=asked.wants_members), lambda one: shown_group(one, self.base)),
        )


def _names(said: dict[str, Any]) -> dict[str, str]:
    return {"name": str(said["displayName"]).strip(), "external_id": str(said.get("externalId") or "")[:254]}

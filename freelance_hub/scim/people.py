"""Employees as SCIM shows them: who is seen, and one of them as JSON."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from freelance_hub.models import DirectoryPerson, Membership, MembershipRole
from freelance_hub.scim.schema import ENTERPRISE, USER
from freelance_hub.services.directory import may_be_given

State = Membership.State


def visible_people(condition: Q | None = None) -> QuerySet[Membership]:
    """Employees of the company who have not left. Guests are nobody to a directory."""
    rows = Membership.objects.filter(kind=Membership.Kind.STAFF).exclude(state=State.ENDED)
    roles = Prefetch("role_links", MembershipRole.objects.select_related("role").order_by("role__key"))
    rows = rows.filter(condition) if condition is not None else rows
    people = Prefetch("directory_people", DirectoryPerson.objects.all())
    return rows.select_related("user", "manager").prefetch_related(people, roles).order_by("pk")


def access_person(public_id: object) -> Membership:
    """One of them by id; Http404 for guests, people of other companies, and those who left."""
    try:
        found = visible_people(Q(public_id=UUID(str(public_id)))).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def attributes_of(membership: Membership) -> dict[str, Any]:
    """What the directory said, where the product has not the last word; what the product knows, where it has."""
    person = next(iter(membership.directory_people.all()), None)
    said = {name: value for name, value in (person.said if person else {}).items() if value not in (None, "", [], {})}
    said["userName"] = person.user_name if person else membership.user.email
    said["active"] = membership.state == State.ACTIVE
    said.setdefault("emails", [{"value": membership.user.email, "type": "work", "primary": True}])
    if person is None:
        said["displayName"] = membership.user.name
    _put(said, "title", membership.title)
    roles = {str(one.get("value")): one for one in said.get("roles") or () if isinstance(one, dict)}
    links = [link.role for link in membership.role_links.all()]
    _put(said, "roles", [{**roles.get(role.key, {}), "value": role.key} for role in links if may_be_given(role)])
    extension = dict(said.pop(ENTERPRISE, None) or {})
    manager = membership.manager
    _put(extension, "manager", {"value": str(manager.public_id)} if manager else None)
    if extension:
        said[ENTERPRISE] = extension
    return said


def shown(membership: Membership, base: str) -> dict[str, Any]:
    """The whole resource."""
    person = next(iter(membership.directory_people.all()), None)
    said = attributes_of(membership)
    extension = said.get(ENTERPRISE) or {}
    if "manager" in extension and membership.manager:
        extension["manager"]["$ref"] = f"{base}/Users/{membership.manager.public_id}"
    created = person.created_at if person else membership.created_at
    changed = person.changed_at if person else membership.created_at
    return {
        "schemas": [USER, *([ENTERPRISE] if extension else [])],
        "id": str(membership.public_id),
        **said,
        "meta": {
            "resourceType": "User",
            "created": created.isoformat(),
            "lastModified": changed.isoformat(),
            "location": f"{base}/Users/{membership.public_id}",
        },
    }


def projected(resource: dict[str, Any], *, wanted: Iterable[str], unwanted: Iterable[str]) -> dict[str, Any]:
    """Only the attributes asked for (id and schemas always), or all but those that are not."""
    keep = {_plain(name) for name in wanted if name.strip()}
    drop = {_plain(name) for name in unwanted if name.strip()} - {"id", "schemas"}
    if keep:
        keep |= {"id", "schemas"}
        return {
            name: _inner(
                value, {one[len(name) + 1 :] for one in keep if one.startswith(f"{name.lower()}.")}, name, keep
            )
            for name, value in resource.items()
            if name.lower() in keep or any(one.startswith(f"{name.lower()}.") for one in keep)
        }
    return {
        name: _without(value, {one[len(name) + 1 :] for one in drop if one.startswith(f"{name.lower()}.")})
        for name, value in resource.items()
        if name.lower() not in drop
    }


def _inner(value: Any, subs: set[str], name: str, keep: set[str]) -> Any:
    if name.lower() in keep or not subs:
        return value
    if isinstance(value, list):
        return [_inner(one, subs, name, keep) for one in value]
    return {key: inner for key, inner in value.items() if key.lower() in subs} if isinstance(value, dict) else value


def _without(value: Any, subs: set[str]) -> Any:
    if not subs:
        return value
    if isinstance(value, list):
        return [_without(one, subs) for one in value]
    return {key: inner for key, inner in value.items() if key.lower() not in subs} if isinstance(value, dict) else value


def _plain(name: str) -> str:
    """A path in lower case; that of the extension with a dot, as its place in the resource is."""
    path = name.strip().lower().removeprefix(f"{USER.lower()}:")
    extension = ENTERPRISE.lower()
    return f"{extension}.{path[len(extension) + 1 :]}" if path.startswith(f"{extension}:") else path


def _put(target: dict[str, Any], name: str, value: Any) -> None:
    if value:
        target[name] = value
    else:
        target.pop(name, None)

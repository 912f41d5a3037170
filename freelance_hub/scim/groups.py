"""Groups as SCIM shows them: the roles that a directory may give, with the employees who have them."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from freelance_hub.models import Membership, MembershipRole, Role
from freelance_hub.scim.faults import Fault
from freelance_hub.scim.filters import parsed
from freelance_hub.scim.people import visible_people
from freelance_hub.scim.schema import GROUP
from freelance_hub.services.members import ADMINISTRATION


def visible_groups(condition: Q | None = None, *, with_members: bool = True) -> QuerySet[Role]:
    """Roles for employees that do not administer the company: those of `directory.may_be_given`, as one query."""
    rows = Role.objects.filter(is_guest=False).exclude(capabilities__overlap=sorted(ADMINISTRATION))
    rows = rows.filter(condition) if condition is not None else rows
    if with_members:
        links = MembershipRole.objects.exclude(membership__state=Membership.State.ENDED)
        links = links.select_related("membership").order_by("membership")
        rows = rows.prefetch_related(Prefetch("links", links, to_attr="shown_links"))
    return rows.order_by("pk")


def access_group(key: object, *, with_members: bool = True) -> Role:
    """One of them by its id, which is the key of the role. Http404 for roles that administer and for those of guests."""
    found = visible_groups(Q(key=str(key)), with_members=with_members).first()
    if found is None:
        raise Http404
    return found


def group_condition(text: str) -> Q:
    """A filter as a condition on roles."""
    whole = Q()
    for path, value in parsed(text):
        whole &= _q(path.removeprefix(f"{GROUP.lower()}:"), str(value))
    return whole


def _q(path: str, text: str) -> Q:
    if path == "displayname":
        return Q(name__iexact=text)
    if path == "externalid":
        return Q(external_id=text)
    if path == "id":
        return Q(key=text)
    if path in {"members", "members.value"}:
        try:
            here = Membership.objects.filter(public_id=UUID(text)).exclude(state=Membership.State.ENDED)
        except ValueError:
            return Q(pk__in=[])
        return Q(pk__in=MembershipRole.objects.filter(membership__in=here).values("role"))
    raise Fault(400, f"There is no filter by “{path}”.", "invalidFilter")


def group_attributes(role: Role) -> dict[str, Any]:
    """What a directory can change of a group."""
    said: dict[str, Any] = {"displayName": role.name}
    if role.external_id:
        said["externalId"] = role.external_id
    links = vars(role).get("shown_links")
    if links:
        said["members"] = [{"value": str(link.membership.public_id)} for link in links]
    return said


def shown_group(role: Role, base: str) -> dict[str, Any]:
    """The whole resource."""
    said = group_attributes(role)
    for member in said.get("members", ()):
        member["$ref"] = f"{base}/Users/{member['value']}"
    return {
        "schemas": [GROUP],
        "id": role.key,
        **said,
        "meta": {"resourceType": "Group", "location": f"{base}/Groups/{role.key}"},
    }


def people_of(said: dict[str, Any]) -> list[Membership]:
    """The employees whom `members` names, each once. Raises Fault (400) for somebody who is nobody, and for groups in groups."""
    try:
        wanted = {UUID(str(member.get("value") or "")) for member in said.get("members") or ()}
    except ValueError as error:
        raise Fault(400, "A member is the id of a person; a group is none.", "invalidValue") from error
    found = list(visible_people(Q(public_id__in=wanted)))
    if len(found) != len(wanted):
        raise Fault(400, "One of the members is nobody of this company.", "invalidValue")
    return found

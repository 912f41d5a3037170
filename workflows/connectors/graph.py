"""Microsoft 365: guests are invited, put into the groups behind teams and sites, given licences, and taken out again.

What the application may not do decides the way (docs/connections.md): a guest joins a team only through its group, which
shows in Teams within a day; sessions of guests cannot be revoked, so the guest is disabled and deleted. Guests that the
product invited carry a mark (`employeeType`); others are let in and out, and otherwise left alone.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.utils.dateparse import parse_datetime

from workflows.connectors.base import Account, Closing, ConnectorError, NotAllowed, Opened, Person, TestResult
from workflows.connectors.graph_client import ROOT, Graph, GraphError, Item
from workflows.connectors.graph_people import FIELDS, LEFT, Lagging, People
from workflows.models import Connection, Resource

# permission: others that include it
CORE = {
    "User.Invite.All": {"User.ReadWrite.All", "Directory.ReadWrite.All"},
    "User.ReadWrite.All": {"Directory.ReadWrite.All"},
    "User.DeleteRestore.All": set[str](),
    "GroupMember.ReadWrite.All": {"Group.ReadWrite.All", "Directory.ReadWrite.All"},
    "TeamMember.Read.All": {"TeamMember.ReadWrite.All", "TeamMember.ReadWriteNonOwnerRole.All"},
}
LICENCES = {"LicenseAssignment.ReadWrite.All": {"User.ReadWrite.All", "Directory.ReadWrite.All"}}
SESSIONS = {"User.RevokeSessions.All": {"User.ReadWrite.All", "Directory.ReadWrite.All"}}
ACTIVITY = {"AuditLog.Read.All": set[str]()}
Kind = Resource.Kind
GROUPS = (Kind.TEAM, Kind.SITE, Kind.GROUP)


class GraphConnector:
    """One Microsoft 365 directory."""

    can_list = True

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.graph = Graph(connection)
        self.people = People(self.graph)

    def test(self) -> TestResult:
        """Sign in, compare the permissions of the token with what is needed, and look one user up."""
        try:
            roles = self.graph.roles
            licences = Resource.objects.filter(connection=self.connection.pk, kind=Kind.LICENCE)
            is_new = self.connection.pk is None  # tested before it is kept: nothing is behind it yet
            needed = CORE | ({} if is_new or not licences.exists() else LICENCES) | SESSIONS
            missing = tuple(name for name, wider in needed.items() if not roles & ({name} | wider))
            details = {} if roles & set(ACTIVITY) else {"last_activity": "Needs AuditLog.Read.All and Entra ID P1."}
            self.graph.call("GET", "/users", query={"$top": "1", "$select": "id"})
        except NotAllowed as error:
            return TestResult(is_working=False, missing=error.missing, error=str(error))
        except ConnectorError as error:
            return TestResult(is_working=False, error=str(error))
        return TestResult(is_working=True, missing=missing, details=details)

    def open(self, resource: Resource, person: Person, *, account: str, key: str) -> Opened:
        user = self.people.wanted(person, account)
        try:
            if resource.kind == Kind.LICENCE:
                self._assign(user, resource)
            else:
                self._add(_group(resource), user)
        except Lagging:  # a guest who was invited a moment ago
            return Opened(user["id"], is_settled=False)
        is_settled = not user.get("is_unmarked")
        if resource.kind == Kind.TEAM:
            is_settled = is_settled and self._is_in_team(resource, user["id"])
        return Opened(user["id"], is_settled=is_settled)

    def close(self, resource: Resource, person: Person, *, account: str, key: str) -> None:
        user = account or str((self.people.find(person.email) or {}).get("id", ""))
        if not user:
            return
        if resource.kind == Kind.LICENCE:
            self._unassign(user, resource)
            return
        group = _group(resource)
        try:
            self.graph.call("DELETE", _membership(group, user))
        except GraphError as error:
            if error.status != 404:
                raise
            # Gone, or one copy of the directory does not know yet what another does.
            if self._is_in_group(group, user):
                raise Lagging("Microsoft 365 does not know the membership everywhere yet.") from error

    def close_many(self, closings: Sequence[Closing]) -> dict[str, ConnectorError | None]:
        """Out of teams, sites and groups twenty with a call; licences, and whose account is not known, one by one."""
        together = {one.id: one for one in closings if one.account and one.resource.kind in GROUPS}
        items = [Item(one.id, "DELETE", _membership(_group(one.resource), one.account)) for one in together.values()]
        results: dict[str, ConnectorError | None] = {}
        for item, outcome in self.graph.batch(items):
            if isinstance(outcome, GraphError) and outcome.status == 404:
                results[item.id] = self._closed_singly(together[item.id])  # gone, or not known everywhere yet
            else:
                results[item.id] = outcome if isinstance(outcome, ConnectorError) else None
        return results | {one.id: self._closed_singly(one) for one in closings if one.id not in together}

    def _closed_singly(self, one: Closing) -> ConnectorError | None:
        try:
            self.close(one.resource, one.person, account=one.account, key=one.id)
        except ConnectorError as error:
            return error
        return None

    def members(self, resource: Resource) -> list[Account]:
        if resource.kind == Kind.LICENCE:
            found = self.graph.pages(
                "/users",
                {
                    "$filter": f"assignedLicenses/any(l:l/skuId eq {_quoted_id(resource)})",
                    "$select": FIELDS,
                    "$count": "true",
                },
            )
        else:
            found = self.graph.pages(
                f"/groups/{_group(resource)}/members",
                {"$select": "id,displayName,mail,userType,accountEnabled", "$top": "500"},
            )
        users = (one for one in found if str(one.get("@odata.type", "user")).endswith("user"))
        return [
            Account(
                id=str(user["id"]),
                email=str(user.get("mail") or ""),
                name=str(user.get("displayName") or ""),
                is_guest=user.get("userType") == "Guest",
            )
            for user in users
        ]

    def leave(self, person: Person, *, account: str, key: str) -> None:
        """A guest that the product invited is disabled and deleted (30 days restorable); an employee's sessions end."""
        user = self.people.user(account) if account else self.people.find(person.email)
        if user is None:
            return
        if user.get("userType") != "Guest":
            self.graph.call("POST", f"/users/{user['id']}/revokeSignInSessions")
            return
        if user.get("employeeType") != LEFT and not self.people.is_ours(user, person.email):
            return
        try:
            self.graph.call("PATCH", f"/users/{user['id']}", body={"accountEnabled": False, "employeeType": LEFT})
            self.graph.call("DELETE", f"/users/{user['id']}")
        except GraphError as error:
            if error.status != 404 or self.people.user(user["id"]) is not None:
                raise

    def last_activity(self, accounts: Iterable[str]) -> dict[str, datetime]:
        """When accounts last signed in, for those who ever did. Needs AuditLog.Read.All: NotAllowed without."""
        items = [
            Item(account, "GET", f"/users/{quote(account, safe='')}?$select=id,signInActivity") for account in accounts
        ]
        seen: dict[str, datetime] = {}
        for item, outcome in self.graph.batch(items):
            if isinstance(outcome, GraphError) and outcome.status == 404:
                continue
            if isinstance(outcome, ConnectorError):
                raise outcome
            activity = outcome.get("signInActivity") or {}
            times = [
                at
                for name in ("lastSignInDateTime", "lastNonInteractiveSignInDateTime")
                if (at := parse_datetime(str(activity.get(name) or "")))
            ]
            if times:
                seen[item.id] = max(times)
        return seen

    # Groups, teams and licences

    def _add(self, group: str, user: dict[str, Any]) -> None:
        try:
            self.graph.call(
                "POST", f"/groups/{group}/members/$ref", body={"@odata.id": f"{ROOT}/directoryObjects/{user['id']}"}
            )
        except GraphError as error:
            if error.status == 404:
                self._need_group(group)
                raise Lagging("Microsoft 365 does not know the guest everywhere yet.") from error
            # A member already is a 400 like any other: only the list of groups tells.
            if error.status != 400 or not self._is_in_group(group, user["id"]):
                raise

    def _need_group(self, group: str) -> None:
        try:
            self.graph.call("GET", f"/groups/{group}", query={"$select": "id"})
        except GraphError as error:
            if error.status == 404:
                raise ConnectorError(f"Microsoft 365 knows no group {group}. Look at the resource's id.") from error
            raise

    def _is_in_group(self, group: str, user: str) -> bool:
        try:
            groups = self.graph.pages(f"/users/{quote(user, safe='')}/memberOf", {"$select": "id", "$top": "500"})
            return any(one.get("id") == group for one in groups)
        except GraphError as error:
            if error.status == 404:
                return False
            raise

    def _is_in_team(self, resource: Resource, user: str) -> bool:
        """Whether Teams shows the member already; up to a day may pass after the group knows."""
        members = self.graph.pages(f"/teams/{_group(resource)}/members")
        return any(member.get("userId") == user for member in members)

    def _assign(self, user: dict[str, Any], resource: Resource) -> None:
        sku = resource.external_id
        if self._has_licence(user["id"], sku):
            return
        place = user.get("usageLocation") or self.connection.settings.get("usage_location")
        if not place:
            raise ConnectorError(
                "Microsoft 365 gives licences only to users with a country. Set the country in the connection."
            )
        try:
            if not user.get("usageLocation"):
                self.graph.call("PATCH", f"/users/{user['id']}", body={"usageLocation": place})
            self.graph.call(
                "POST",
                f"/users/{user['id']}/assignLicense",
                body={"addLicenses": [{"skuId": sku, "disabledPlans": []}], "removeLicenses": []},
            )
        except GraphError as error:
            if error.status == 404:
                raise Lagging("Microsoft 365 does not know the guest everywhere yet.") from error
            if error.status == 400:
                self._need_seat(sku)
            raise

    def _need_seat(self, sku: str) -> None:
        one = next((one for one in self.graph.pages("/subscribedSkus") if one.get("skuId") == sku), None)
        if one is None:
            raise ConnectorError(f"Your Microsoft 365 has no licence {sku}. Look at the resource's id.")
        have, used = (one.get("prepaidUnits") or {}).get("enabled") or 0, one.get("consumedUnits") or 0
        if used >= have:
            raise ConnectorError(f"No {one.get('skuPartNumber') or sku} licence is free: {used} of {have} are in use.")

    def _unassign(self, user: str, resource: Resource) -> None:
        if self._has_licence(user, resource.external_id):
            body = {"addLicenses": [], "removeLicenses": [resource.external_id]}
            self.graph.call("POST", f"/users/{quote(user, safe='')}/assignLicense", body=body)

    def _has_licence(self, user: str, sku: str) -> bool:
        try:
            found = self.graph.call("GET", f"/users/{quote(user, safe='')}", query={"$select": "id,assignedLicenses"})
        except GraphError as error:
            if error.status == 404:
                return False
            raise
        return any(one.get("skuId") == sku for one in found.get("assignedLicenses") or ())


def _group(resource: Resource) -> str:
    """The group of a team (they share the id), of a site (its id is asked for) or of itself, safe in an address."""
    if resource.kind not in GROUPS:
        raise ConnectorError(
            f"Microsoft 365 cannot open a {resource.get_kind_display().lower()}; teams, sites, groups and licences it can."
        )
    return quote(resource.external_id, safe="")


def _membership(group: str, user: str) -> str:
    """The link, not the user: without `/$ref` Graph would delete the person."""
    return f"/groups/{group}/members/{quote(user, safe='')}/$ref"


def _quoted_id(resource: Resource) -> str:
    return "".join(letter for letter in resource.external_id if letter.isalnum() or letter == "-")

"""SCIM 2.0 (RFC 7644): people and groups of a service that can be provisioned.

A resource is a group of the service, named by its id; the id `users` is the account itself. People that the product made
carry an externalId of ours; they are deactivated when they leave, others only lose their groups.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from workflows.connectors.base import Account, ConnectorError, Opened, Person, TestResult, TryLater
from workflows.connectors.calls import Calls, json_of, refuse
from workflows.models import Connection, Resource
from workflows.services.connections import secret_of

EVERYBODY = "users"  # the resource that is the account itself
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
JSON = "application/scim+json"
PAGE = 100
MAX_PAGES = 1000


class ScimError(ConnectorError):
    """The service refused with a status and perhaps a scimType (RFC 7644, 3.12)."""

    def __init__(self, what: str, status: int, kind: str) -> None:
        super().__init__(f"The service refused “{what}” ({status}{f' {kind}' if kind else ''}).")
        self.status = status


class ScimConnector:
    """One service that speaks SCIM."""

    can_list = True

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.calls = Calls(connection)

    def test(self) -> TestResult:
        """Read what the service can do and one user."""
        try:
            config = self._call("GET", "/ServiceProviderConfig")
            self._call("GET", "/Users", query={"count": "1"})
        except ConnectorError as error:
            return TestResult(is_working=False, error=str(error))
        if not (config.get("patch") or {}).get("supported"):
            return TestResult(
                is_working=False, error="The service does not support PATCH, which groups and accounts need."
            )
        return TestResult(is_working=True)

    def open(self, resource: Resource, person: Person, *, account: str, key: str) -> Opened:
        user = (self._user(account) if account else None) or self._find(person.email) or self._make(person)
        identity = str(user["id"])
        if user.get("active") is False:
            if not self._is_ours(user):
                raise ConnectorError(f"{person.email} is switched off in the service. Switch the account on there.")
            self._patch(f"/Users/{_id(identity)}", {"op": "replace", "path": "active", "value": True})
        if resource.external_id != EVERYBODY:
            group = self._group(resource)
            if not _is_in(group, identity):
                change = {"op": "add", "path": "members", "value": [{"value": identity}]}
                self._patch(f"/Groups/{_id(str(group['id']))}", change)
        return Opened(identity)

    def close(self, resource: Resource, person: Person, *, account: str, key: str) -> None:
        user = self._user(account) if account else self._find(person.email)
        if user is None:
            return
        identity = str(user["id"])
        if resource.external_id == EVERYBODY:
            if user.get("active") is not False:
                self._patch(f"/Users/{_id(identity)}", {"op": "replace", "path": "active", "value": False})
            return
        group = self._group(resource)
        if _is_in(group, identity):
            path = f'members[value eq "{_quoted(identity)}"]'
            self._patch(f"/Groups/{_id(str(group['id']))}", {"op": "remove", "path": path})

    def members(self, resource: Resource) -> list[Account]:
        if resource.external_id != EVERYBODY:
            return [
                Account(id=str(member.get("value")), name=str(member.get("display") or ""))
                for member in self._group(resource).get("members") or ()
            ]
        return [
            Account(id=str(user["id"]), email=_mail(user), name=str(user.get("displayName") or ""))
            for user in self._users({})
            if user.get("active") is not False
        ]

    def leave(self, person: Person, *, account: str, key: str) -> None:
        """Switch off the account that was made for the person; one that was there before stays."""
        user = self._user(account) if account else self._find(person.email)
        if user is not None and user.get("active") is not False and self._is_ours(user):
            self._patch(f"/Users/{_id(str(user['id']))}", {"op": "replace", "path": "active", "value": False})

    # Users and groups

    def _user(self, account: str) -> dict[str, Any] | None:
        try:
            return self._call("GET", f"/Users/{_id(account)}")
        except ScimError as error:
            if error.status == 404:
                return None
            raise

    def _find(self, email: str) -> dict[str, Any] | None:
        """By userName, then by mail address: the second is not known to every service."""
        for attribute in ("userName", "emails.value"):
            try:
                user = next(self._users({"filter": f'{attribute} eq "{_quoted(email)}"'}), None)
            except ScimError as error:
                if error.status == 400 and attribute != "userName":
                    return None
                raise
            if user is not None:
                return user
        return None

    def _make(self, person: Person) -> dict[str, Any]:
        given, _, family = person.name.strip().rpartition(" ")
        body = {
            "schemas": [USER],
            "userName": person.email,
            "externalId": self._external_id(person.email),
            "displayName": person.name or person.email,
            "name": {"formatted": person.name, "givenName": given or person.name, "familyName": family},
            "emails": [{"value": person.email, "type": "work", "primary": True}],
            "active": True,
        }
        try:
            return self._call("POST", "/Users", body=body)
        except ScimError as error:
            if error.status != 409:
                raise
        found = self._find(person.email)
        if found is None:
            raise TryLater("The service knows the person, but does not show them yet.")
        return found

    def _external_id(self, email: str) -> str:
        return f"freelance-hub:{self.connection.public_id}:{email.lower()}"

    def _is_ours(self, user: dict[str, Any]) -> bool:
        return str(user.get("externalId") or "").startswith(f"freelance-hub:{self.connection.public_id}:")

    def _group(self, resource: Resource) -> dict[str, Any]:
        """By its id; where the resource bears another name of it, by displayName, then by externalId: only if it is one."""
        said = resource.external_id
        group = self._group_of(said)
        for attribute in ("displayName", "externalId"):
            if group is not None:
                return {"id": said, **group}
            found = self._groups_by(attribute, said)
            if len(found) > 1:
                raise ConnectorError(
                    f"The service has {len(found)} groups called {said}. Give the resource the id of one."
                )
            if found:
                said = str(found[0]["id"])
                group = self._group_of(said)  # lists leave members out
        if group is None:
            raise ConnectorError(
                f"The service knows no group {resource.external_id}, neither by its id nor by its name."
            )
        return {"id": said, **group}

    def _group_of(self, identity: str) -> dict[str, Any] | None:
        try:
            return self._call("GET", f"/Groups/{_id(identity)}")
        except ScimError as error:
            if error.status in (400, 404):  # some refuse an id of a shape that they do not use
                return None
            raise

    def _groups_by(self, attribute: str, value: str) -> list[dict[str, Any]]:
        query = {"filter": f'{attribute} eq "{_quoted(value)}"', "excludedAttributes": "members", "count": "2"}
        try:
            found = self._call("GET", "/Groups", query=query).get("Resources") or []
        except ScimError as error:
            if error.status == 400:  # a filter that the service does not know
                return []
            raise
        return [one for one in found if isinstance(one, dict) and one.get("id")]

    # The protocol

    def _users(self, query: dict[str, str]) -> Iterator[dict[str, Any]]:
        start = 1
        for _ in range(MAX_PAGES):
            page = self._call("GET", "/Users", query=query | {"startIndex": str(start), "count": str(PAGE)})
            found = page.get("Resources") or []
            yield from found
            start += len(found)
            if not found or start > int(page.get("totalResults") or 0):
                return

    def _patch(self, path: str, *operations: dict[str, Any]) -> None:
        self._call("PATCH", path, body={"schemas": [PATCH], "Operations": list(operations)})

    def _call(
        self, method: str, path: str, *, body: dict[str, Any] | None = None, query: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """The body of the answer. Raises TryLater, NotAllowed, ScimError."""
        url = str(self.connection.settings.get("url", "")).rstrip("/") + path
        headers = {"Authorization": f"Bearer {secret_of(self.connection).strip()}", "Accept": JSON}
        if body is not None:
            headers["Content-Type"] = JSON
        answer = self.calls.send(method, url, headers=headers, json=body, params=query)
        said = json_of(answer)
        if 400 <= answer.status_code < 500 and answer.status_code not in (401, 403, 408, 425, 429):
            kind = str(said.get("scimType") or "")
            raise ScimError(f"{method} {path}", answer.status_code, kind if kind.isalnum() else "")
        refuse(answer, "The service")
        return said


def _is_in(group: dict[str, Any], account: str) -> bool:
    return any(str(member.get("value")) == account for member in group.get("members") or ())


def _id(text: str) -> str:
    return quote(text, safe="")


def _quoted(text: str) -> str:
    """A text in a filter."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _mail(user: dict[str, Any]) -> str:
    mails = [mail for mail in user.get("emails") or () if isinstance(mail, dict)]
    mails.sort(key=lambda mail: not mail.get("primary"))
    return str(mails[0].get("value") or "") if mails else str(user.get("userName") or "")

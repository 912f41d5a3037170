"""A Microsoft 365 directory with a memory, behind Microsoft's own addresses: users, guests, groups, teams, licences, deleted
items, throttling, copies of the directory that lag, and faults on demand. Every exchange is held to Microsoft's description.
"""

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import NAMESPACE_URL, uuid5

import requests
from requests.adapters import BaseAdapter

from tests.workflows.contracts import hold_to_contract

DIRECTORY = "8f6e2c6e-6c52-4a56-9d0c-1d3a9d6a2f10"
CLIENT, SECRET = "b0f7d1c2-0000-4000-8000-00000000c11e", "right~secret"
ROOT = "https://graph.microsoft.com/v1.0"
ALL_ROLES = [
    "User.Invite.All",
    "User.ReadWrite.All",
    "User.DeleteRestore.All",
    "GroupMember.ReadWrite.All",
    "TeamMember.Read.All",
    "LicenseAssignment.ReadWrite.All",
    "User.RevokeSessions.All",
    "AuditLog.Read.All",
]


class Refuse(Exception):  # noqa: N818
    def __init__(self, status, code, **headers):
        self.status, self.code, self.headers = status, code, headers


@dataclass
class Fault:
    """Something that goes wrong at the next call that fits: a status, or a time-out before or after the effect."""

    call: str  # "POST /invitations", a regular expression
    status: int = 0
    retry_after: str = ""
    timeout: str = ""  # before, after
    times: int = 1


@dataclass
class FakeGraph(BaseAdapter):
    """`seen` holds "METHOD /path" of every call, those inside of batches too; `invitations` the addresses that got a mail."""

    users: dict = field(default_factory=dict)
    deleted: dict = field(default_factory=dict)
    groups: dict = field(default_factory=dict)  # id → ids of members
    in_teams: dict = field(default_factory=dict)  # id → ids that Teams shows
    skus: dict = field(default_factory=dict)  # id → [name, seats]
    roles: list = field(default_factory=lambda: list(ALL_ROLES))
    faults: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    headers: list = field(default_factory=list)
    invitations: list = field(default_factory=list)
    revoked: list = field(default_factory=list)
    hidden: dict = field(default_factory=dict)  # user → calls until the copies of the directory know them
    lag: int = 0  # calls until a new guest is known everywhere
    team_lag: bool = False
    page_size: int = 100
    activity: dict = field(default_factory=dict)

    # Setting the scene

    def add_group(self, name, *members, team=False):
        group = str(uuid5(NAMESPACE_URL, name))
        self.groups[group] = list(members)
        if team:
            self.in_teams[group] = list(members)
        return group

    def add_user(self, mail, **more):
        user = str(uuid5(NAMESPACE_URL, f"{mail}{len(self.users) + len(self.deleted)}"))
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        self.users[user] = {
            "id": user,
            "displayName": mail.split("@", 1)[0].title(),
            "mail": mail,
            "otherMails": [],
            "userType": "Member",
            "accountEnabled": True,
            "createdDateTime": now,
            "assignedLicenses": [],
            **more,
        }
        return user

    def guests(self):
        return [user["mail"] for user in self.users.values() if user["userType"] == "Guest"]

    def fail(self, call, status=0, **more):
        self.faults.append(Fault(call, status, **more))

    # The network

    def send(self, request, **_):
        parts = urlsplit(request.url)
        if parts.hostname == "login.microsoftonline.com":
            return self._sign_in(request, parts)
        body = json.loads(request.body) if request.body else None
        self.headers.append(dict(request.headers))
        assert request.headers["Authorization"].startswith("Bearer ")
        status, said, headers = self._exchange(request.method, request.url, body)
        headers |= {"request-id": f"ms-{len(self.seen)}", "client-request-id": request.headers["client-request-id"]}
        return respond(request, status, said, headers)

    def close(self):
        """Nothing is open."""

    def _exchange(self, method, url, body):
        """One call, outside or inside of a batch: faults, then the effect, then the contract."""
        parts = urlsplit(url)
        path = unquote(parts.path.removeprefix("/v1.0"))
        self.seen.append(f"{method} {path}")
        for user in [user for user, calls in self.hidden.items() if calls <= 0]:
            del self.hidden[user]
        self.hidden = {user: calls - 1 for user, calls in self.hidden.items()}
        fault = self._fault(f"{method} {path}")
        if fault and fault.timeout == "before":
            raise requests.ConnectTimeout
        try:
            if fault and fault.status:
                headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
                raise Refuse(fault.status, "TooManyRequests" if fault.status == 429 else "", **headers)  # noqa: TRY301
            status, said = self._answer(method, path, dict(parse_qsl(parts.query)), body)
            headers = {}
        except Refuse as no:
            status, headers = no.status, no.headers
            said = {"error": {"code": no.code, "message": "in the language of the day", "innerError": {}}}
        hold_to_contract(method, url, body, status, said, headers)
        if fault and fault.timeout == "after":
            raise requests.ReadTimeout
        return status, said, headers

    def _fault(self, call):
        for fault in self.faults:
            if fault.times and re.fullmatch(fault.call, call):
                fault.times -= 1
                return fault
        return None

    def _sign_in(self, request, parts):
        base = f"https://{parts.hostname}/{DIRECTORY}"
        if f"/{DIRECTORY}/" not in parts.path:
            return respond(request, 400, {"error": "invalid_tenant"}, {})
        if parts.path.endswith("openid-configuration"):
            ends = {"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token"}
            return respond(request, 200, {**ends, "issuer": f"{base}/v2.0"}, {})
        sent = dict(parse_qsl(request.body if isinstance(request.body, str) else request.body.decode()))
        assert sent["scope"] == "https://graph.microsoft.com/.default"
        if sent["client_id"] != CLIENT or not (sent.get("client_secret") == SECRET or sent.get("client_assertion")):
            return respond(request, 401, {"error": "invalid_client", "error_description": "AADSTS7000215"}, {})
        claims = base64.urlsafe_b64encode(json.dumps({"roles": self.roles}).encode()).decode().rstrip("=")
        token = {"access_token": f"e30.{claims}.sig", "token_type": "Bearer", "expires_in": 3599}
        return respond(request, 200, token, {})

    # What Graph does

    def _answer(self, method, path, query, body):
        for (verb, pattern), (role, handler) in ROUTES.items():
            match = re.fullmatch(pattern, path)
            if verb == method and match:
                if role and role not in self.roles:
                    raise Refuse(403, "Authorization_RequestDenied")
                return getattr(self, handler)(*match.groups(), query=query, body=body)
        raise AssertionError(f"The fake knows no {method} {path}.")

    def _known(self, user):
        if user not in self.users or user in self.hidden:
            raise Refuse(404, "Request_ResourceNotFound")
        return self.users[user]

    def _page(self, path, found, query):
        start = int(query.get("$skiptoken", 0))
        page = {"value": found[start : start + self.page_size]}
        if start + self.page_size < len(found):
            page["@odata.nextLink"] = f"{ROOT}{path}?$skiptoken={start + self.page_size}"
        return 200, page

    def batch(self, query, body):
        responses = []
        for one in reversed(body["requests"]):  # answers come in any order
            status, said, headers = self._exchange(one["method"], ROOT + one["url"], one.get("body"))
            answer = {"id": one["id"], "status": status, "headers": headers}
            responses.append(answer | ({"body": said} if said is not None else {}))
        return 200, {"responses": responses}

    def invite(self, query, body):
        mail = body["invitedUserEmailAddress"]
        self.invitations.append(mail)
        user = next((one["id"] for one in self.users.values() if one["mail"] == mail), None)
        if user is None:
            user = self.add_user(mail, userType="Guest", displayName=body["invitedUserDisplayName"])
            self.hidden[user] = self.lag
        return 201, {"id": user, "status": "PendingAcceptance", "invitedUser": {"id": user}, **body}

    def find(self, query, body):
        shown = [one for user, one in self.users.items() if user not in self.hidden]
        mail = re.match(r"mail eq '(.*?)' or otherMails/any\(o:o eq '(.*?)'\)$", query.get("$filter", ""))
        sku = re.match(r"assignedLicenses/any\(l:l/skuId eq (.*?)\)$", query.get("$filter", ""))
        if mail:
            wanted = mail[1].replace("''", "'").lower()
            shown = [one for one in shown if wanted in [one["mail"].lower(), *one["otherMails"]]]
        elif sku:
            shown = [one for one in shown if {"skuId": sku[1], "disabledPlans": []} in one["assignedLicenses"]]
        return self._page("/users", shown, query)

    def user(self, user, query, body):
        active = {"signInActivity": self.activity[user]} if user in self.activity else {}
        return 200, self._known(user) | active

    def change_user(self, user, query, body):
        self._known(user).update(body)
        return 204, None

    def delete_user(self, user, query, body):
        self._known(user)
        self.deleted[user] = {**self.users.pop(user), "deletedDateTime": "2026-01-02T03:04:05Z"}
        for members in [*self.groups.values(), *self.in_teams.values()]:
            if user in members:
                members.remove(user)
        return 204, None

    def deleted_users(self, query, body):
        kind, wanted = re.match(r"(id|mail) eq '(.*)'", query["$filter"]).groups()
        return 200, {"value": [one for one in self.deleted.values() if one[kind] == wanted.replace("''", "'")]}

    def restore(self, user, query, body):
        if user not in self.deleted:
            raise Refuse(404, "Request_ResourceNotFound")
        self.users[user] = self.deleted.pop(user)
        return 200, {"id": user}

    def revoke(self, user, query, body):
        self.revoked.append(self._known(user)["mail"])
        return 200, {"value": True}

    def licences(self, user, query, body):
        one = self._known(user)
        for licence in body["addLicenses"]:
            if not one.get("usageLocation") or self._used(licence["skuId"]) >= self.skus[licence["skuId"]][1]:
                raise Refuse(400, "Request_BadRequest")
            one["assignedLicenses"].append(licence)
        one["assignedLicenses"] = [has for has in one["assignedLicenses"] if has["skuId"] not in body["removeLicenses"]]
        return 200, one

    def _used(self, sku):
        return sum(has["skuId"] == sku for one in self.users.values() for has in one["assignedLicenses"])

    def subscribed(self, query, body):
        return 200, {
            "value": [
                {
                    "skuId": sku,
                    "skuPartNumber": name,
                    "consumedUnits": self._used(sku),
                    "prepaidUnits": {"enabled": seats},
                }
                for sku, (name, seats) in self.skus.items()
            ]
        }

    def member_of(self, user, query, body):
        self._known(user)
        return self._page(
            f"/users/{user}/memberOf", [{"id": g} for g, has in self.groups.items() if user in has], query
        )

    def group(self, group, query, body):
        self._group(group)
        return 200, {"id": group}

    def _group(self, group):
        if group not in self.groups:
            raise Refuse(404, "Request_ResourceNotFound")
        return self.groups[group]

    def group_members(self, group, query, body):
        members = [{"@odata.type": "#microsoft.graph.user", **self.users[user]} for user in self._group(group)]
        return self._page(f"/groups/{group}/members", members, query)

    def add_member(self, group, query, body):
        user = body["@odata.id"].removeprefix(f"{ROOT}/directoryObjects/")
        members = self._group(group)
        self._known(user)
        if user in members:
            raise Refuse(400, "Request_BadRequest")
        members.append(user)
        if group in self.in_teams and not self.team_lag:
            self.in_teams[group].append(user)
        return 204, None

    def remove_member(self, group, user, query, body):
        if user not in self._group(group):
            raise Refuse(404, "Request_ResourceNotFound")
        self.groups[group].remove(user)
        if user in self.in_teams.get(group, ()):
            self.in_teams[group].remove(user)
        return 204, None

    def team_members(self, team, query, body):
        if team not in self.in_teams:
            raise Refuse(404, "NotFound")
        kind = "#microsoft.graph.aadUserConversationMember"
        members = [{"@odata.type": kind, "id": f"m-{user}", "userId": user} for user in self.in_teams[team]]
        return self._page(f"/teams/{team}/members", members, query)


USER, GROUP = r"/users/([\w-]+)", r"/groups/([\w-]+)"
ROUTES = {
    ("POST", r"/\$batch"): ("", "batch"),
    ("POST", "/invitations"): ("User.Invite.All", "invite"),
    ("GET", "/users"): ("User.ReadWrite.All", "find"),
    ("GET", USER): ("User.ReadWrite.All", "user"),
    ("PATCH", USER): ("User.ReadWrite.All", "change_user"),
    ("DELETE", USER): ("User.ReadWrite.All", "delete_user"),
    ("POST", f"{USER}/revokeSignInSessions"): ("User.RevokeSessions.All", "revoke"),
    ("POST", f"{USER}/assignLicense"): ("LicenseAssignment.ReadWrite.All", "licences"),
    ("GET", f"{USER}/memberOf"): ("GroupMember.ReadWrite.All", "member_of"),
    ("GET", "/subscribedSkus"): ("LicenseAssignment.ReadWrite.All", "subscribed"),
    ("GET", r"/directory/deletedItems/microsoft\.graph\.user"): ("User.DeleteRestore.All", "deleted_users"),
    ("POST", r"/directory/deletedItems/([\w-]+)/restore"): ("User.DeleteRestore.All", "restore"),
    ("GET", GROUP): ("GroupMember.ReadWrite.All", "group"),
    ("GET", f"{GROUP}/members"): ("GroupMember.ReadWrite.All", "group_members"),
    ("POST", rf"{GROUP}/members/\$ref"): ("GroupMember.ReadWrite.All", "add_member"),
    ("DELETE", rf"{GROUP}/members/([\w-]+)/\$ref"): ("GroupMember.ReadWrite.All", "remove_member"),
    ("GET", r"/teams/([\w-]+)/members"): ("TeamMember.Read.All", "team_members"),
}


def respond(request, status, said, headers):
    """An answer as `requests` gives it."""
    response = requests.Response()
    response.status_code, response.request, response.url = status, request, request.url
    response._content = json.dumps(said).encode() if said is not None else b""
    response._content_consumed = True
    response.headers.update({"Content-Type": "application/json", **headers})
    return response

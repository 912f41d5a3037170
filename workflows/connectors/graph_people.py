"""The guests of a Microsoft 365 directory: found, invited once, restored; and which of them the product has made.

A guest that the product invited carries a mark (`employeeType`), another when they left; what somebody else made or closed
by hand stays as it is.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from workflows.connectors.base import ConnectorError, Person, TryLater
from workflows.connectors.graph_client import Graph, GraphError
from workflows.models import ConnectorCall

OURS = "Freelance Hub guest"
LEFT = "Freelance Hub guest, left"
FIELDS = "id,displayName,mail,otherMails,userType,accountEnabled,employeeType,usageLocation,createdDateTime"
WELCOME = "https://myapplications.microsoft.com"
SURE, UNSURE = timedelta(minutes=10), timedelta(minutes=1)  # how long an invitation may be on its way to the directory


class Lagging(TryLater):
    """One of Microsoft's copies of the directory does not know yet what another knows. Over in seconds, or minutes."""


class People:
    """Users of the directory, as a connector needs them. Every method raises as `Graph.call`."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def wanted(self, person: Person, account: str) -> dict[str, Any]:
        """The user who is to be let in: known, found by mail, restored or invited. Raises for one that was closed by hand."""
        user = self.user(account) if account else self.find(person.email)
        if user is None and account:
            user = self._restored(account) or self.find(person.email)
        if user is None:
            user = self._restored_by_mail(person.email) or self._invited(person)
        elif user.get("employeeType") == LEFT:
            self._mark(user["id"], accountEnabled=True)
        elif not user.get("accountEnabled", True):
            raise ConnectorError(
                f"{person.email} is disabled in Microsoft 365. Enable the account there, if that is right."
            )
        elif user.get("userType") == "Guest" and user.get("employeeType") != OURS and self.is_ours(user, person.email):
            self._mark(user["id"])
        return user

    def user(self, account: str) -> dict[str, Any] | None:
        try:
            return self.graph.call("GET", f"/users/{quote(account, safe='')}", query={"$select": FIELDS})
        except GraphError as error:
            if error.status == 404:
                return None
            raise

    def find(self, email: str) -> dict[str, Any] | None:
        """The user with an address as theirs or as another of theirs; an employee's account before a guest's."""
        text = _literal(email)
        found = self.graph.call(
            "GET",
            "/users",
            query={
                "$filter": f"mail eq {text} or otherMails/any(o:o eq {text})",
                "$select": FIELDS,
                "$count": "true",
            },
        ).get("value", [])
        return min(found, key=lambda user: (user.get("userType") == "Guest", str(user.get("id"))), default=None)

    def _restored(self, account: str) -> dict[str, Any] | None:
        """A guest that left, back from the deleted ones. Raises ConnectorError for one that somebody deleted by hand."""
        gone = next(iter(self._deleted(f"id eq {_literal(account)}")), None)
        if gone is not None and gone.get("employeeType") != LEFT:
            raise ConnectorError(
                "The account was deleted in Microsoft 365 by hand. Restore it there, if that is right."
            )
        return self._restore(gone) if gone else None

    def _restored_by_mail(self, email: str) -> dict[str, Any] | None:
        left = [user for user in self._deleted(f"mail eq {_literal(email)}") if user.get("employeeType") == LEFT]
        latest = max(left, key=lambda user: str(user.get("deletedDateTime") or ""), default=None)
        return self._restore(latest) if latest else None

    def _deleted(self, condition: str) -> list[dict[str, Any]]:
        query = {"$filter": condition, "$select": f"{FIELDS},deletedDateTime", "$count": "true"}
        return list(self.graph.pages("/directory/deletedItems/microsoft.graph.user", query))

    def _restore(self, gone: dict[str, Any]) -> dict[str, Any]:
        self.graph.call("POST", f"/directory/deletedItems/{gone['id']}/restore")
        self._mark(gone["id"], accountEnabled=True)
        return {**gone, "accountEnabled": True, "employeeType": OURS}

    def _mark(self, user: str, **more: Any) -> None:
        try:
            self.graph.call("PATCH", f"/users/{user}", body={"employeeType": OURS, **more})
        except GraphError as error:
            if error.status != 404:
                raise
            raise Lagging("Microsoft 365 does not know the guest everywhere yet.") from error

    def _invited(self, person: Person) -> dict[str, Any]:
        """A new guest. Raises TryLater while an invitation of before may still be on its way: nobody is invited twice."""
        request_id = self._invitation_id(person.email)
        sent = self._invitations(request_id)
        now = timezone.now()
        if sent.filter(Q(status=201, at__gt=now - SURE) | (~Q(status=201) & Q(at__gt=now - UNSURE))).exists():
            raise Lagging(f"The invitation of {person.email} has not reached the directory yet.")
        settings = self.graph.connection.settings
        body: dict[str, Any] = {
            "invitedUserEmailAddress": person.email,
            "invitedUserDisplayName": person.name or person.email,
            "inviteRedirectUrl": settings.get("redirect_url") or WELCOME,
            "sendInvitationMessage": True,
        }
        message = {}
        if settings.get("language"):
            message["messageLanguage"] = settings["language"]
        if person.company:
            message["customizedMessageBody"] = f"{person.company} invites you to work together."
        if message:
            body["invitedUserMessageInfo"] = message
        made = self.graph.call("POST", "/invitations", body=body, request_id=request_id)
        user = made.get("invitedUser") or {}
        if not user.get("id"):
            raise ConnectorError(f"Microsoft 365 made no guest for {person.email} ({made.get('status', 'no status')}).")
        made_now = {"userType": "Guest", "accountEnabled": True, **user}
        try:
            self._mark(user["id"])
        except Lagging:
            return {**made_now, "is_unmarked": True}  # not settled, so that `wanted` is asked again and marks it
        return {**made_now, "employeeType": OURS}

    def _invitation_id(self, email: str) -> str:
        """The same for every invitation of one address, so that the log of calls remembers it."""
        return str(uuid5(NAMESPACE_URL, f"{self.graph.connection.public_id}/invitations/{email.lower()}"))

    def _invitations(self, request_id: str) -> QuerySet[ConnectorCall]:
        """Calls that may have invited the address: all but those which were refused."""
        calls = ConnectorCall.objects.filter(
            connection=self.graph.connection, path="/v1.0/invitations", request_id__endswith=request_id
        )
        return calls.filter(Q(status=None) | Q(status=201) | Q(status__gte=500))

    def is_ours(self, user: dict[str, Any], email: str) -> bool:
        """Whether a guest carries our mark, or came into being by an invitation of ours whose answer got lost."""
        if user.get("employeeType") == OURS:
            return True
        made = parse_datetime(str(user.get("createdDateTime") or ""))
        if made is None:
            return False
        near = (made - timedelta(minutes=2), made + timedelta(minutes=2))
        return bool(self._invitations(self._invitation_id(email)).filter(at__range=near).exists())


def _literal(text: str) -> str:
    """A text in a filter."""
    return "'" + text.replace("'", "''") + "'"

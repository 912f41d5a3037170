"""A company's directory that speaks SCIM to us, with the words that Entra ID uses."""

import json

from allauth.account.models import EmailAddress
from django.test import Client

from freelance_hub.services.directory import ENTERPRISE
from freelance_hub.services.tokens import create_token

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def token(company, who="owner", scopes=("people.provision",)):
    """The secret of a token; its person has proved the company's mail domain."""
    person = company.people[who]
    EmailAddress.objects.update_or_create(user=person.user, email=person.user.email, defaults={"verified": True})
    with company.enter():
        _, secret = create_token(
            membership=person, name="Entra", kind="person", scopes=scopes, days=90, actor=company.actor(who)
        )
    return secret


class Directory:
    """One directory with its token."""

    def __init__(self, company, secret=None):
        self.company = company
        self.client = Client(raise_request_exception=False)
        self.secret = secret or token(company)

    def ask(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.secret}"}
        data = json.dumps(body) if body is not None else ""
        return self.client.generic(
            method, f"/scim/v2{path}", data, content_type="application/scim+json", headers=headers
        )

    def add(self, name="nora", **more):
        mail = f"{name}@{self.company.slug}.example"
        body = {
            "schemas": [USER, ENTERPRISE],
            "userName": mail,
            "externalId": f"ext-{name}",
            "displayName": f"{name.title()} New",
            "active": True,
            "emails": [{"type": "work", "value": mail, "primary": True}],
            **more,
        }
        return self.ask("POST", "/Users", body)

    def patch(self, person, *operations):
        return self.ask("PATCH", f"/Users/{person}", {"schemas": [PATCH], "Operations": list(operations)})

    def find(self, condition):
        return self.ask("GET", f"/Users?filter={condition}").json()

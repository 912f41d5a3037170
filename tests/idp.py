"""A real OpenID Connect provider on this machine, and a browser's way through it."""

from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from django.urls import reverse
from oidc_provider_mock import User, run_server_in_thread

from freelance_hub.models import IdentityProvider
from freelance_hub.sealed import seal

PEOPLE = (
    {"sub": "fin", "email": "finance@acme.example", "email_verified": True, "name": "Fin"},
    {"sub": "new", "email": "New.Person@acme.example", "email_verified": True, "name": "Nora New"},
    {"sub": "stranger", "email": "stranger@acme.example", "email_verified": True, "name": "Stranger"},
    {"sub": "unproved", "email": "finance@acme.example", "email_verified": False, "name": "Mallory"},
    {"sub": "foreign", "email": "finance@rival.example", "email_verified": True, "name": "Mallory"},
    {"sub": "mailless", "name": "Nobody"},
)


@contextmanager
def provider(*people):
    """A running provider that knows `people`: dicts of claims, `sub` among them. Gives its issuer."""
    users = [User(sub=claims["sub"], claims={k: v for k, v in claims.items() if k != "sub"}) for claims in people]
    with run_server_in_thread(user_claims=users, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


def connect(company, issuer, *domains, **fields):
    """Let the company sign people in through it."""
    with company.enter():
        row = IdentityProvider.objects.create(
            name=f"{company.tenant.name} ID", issuer=issuer, client_id="hub", domains=list(domains), **fields
        )
        row.client_secret = seal(
            "known to both",
            tenant_id=company.tenant.pk,
            table="hub_identityprovider",
            row_id=row.pk,
            field="client_secret",
        )
        row.save(update_fields=["client_secret"])
        return row


def login_url(company):
    return reverse("openid_connect_login", kwargs={"provider_id": company.slug})


def leave(client, company, target=""):
    """Press the button; the address of the provider that the page moves on to."""
    suffix = f"?next={target}" if target else ""
    response = client.post(f"{login_url(company)}{suffix}")
    assert response.status_code == 200, response.text
    return response["Refresh"].removeprefix("0; url=")


def approve(address, sub):
    """Sign in at the provider as `sub`; the address it sends the browser back to."""
    response = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=10)
    assert response.status_code == 302, response.text
    return response.headers["Location"]


def come_back(client, address):
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_in(client, company, sub, target=""):
    """The whole way; the answer to the browser's return."""
    return come_back(client, approve(leave(client, company, target), sub))


def query(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def is_signed_in(client):
    return "_auth_user_id" in client.session


@pytest.fixture(scope="module")
def issuer():
    with provider(*PEOPLE) as address:
        yield address


@pytest.fixture
def loopback(settings):
    settings.OUTGOING_LOOPBACK = True


@pytest.fixture
def acme_id(acme, issuer):
    return connect(acme, issuer, "acme.example")


@pytest.fixture
def visitor():
    return Client()

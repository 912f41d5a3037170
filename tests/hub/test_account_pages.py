"""Sign-in and the pages about one's own account: they open, in our words, and say what is wrong."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from tests.world import PASSWORD

OPEN_TO_ALL = (
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_signup",
    "account_inactive",
)
SIGNED_IN = (
    "mfa_index",
    "account_email",
    "account_change_password",
    "usersessions_list",
    "account_logout",
    "socialaccount_connections",
)
AFTER_PROOF = ("mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn")


@pytest.fixture
def person(acme):
    user = acme.people["finance"].user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


@pytest.mark.parametrize("name", OPEN_TO_ALL)
def test_page_for_everyone_stands_in_our_frame(client, db, name):
    response = client.get(reverse(name))

    assert response.status_code == 200
    assert "Freelance Hub" in response.text
    assert 'href="/static/built/app.css"' in response.text


@pytest.mark.django_db(transaction=True)
def test_signing_in_leads_to_the_company(person):
    client = Client()

    response = sign_in(client, person.email)

    assert response.status_code == 302
    assert response.url == "/"
    assert client.get("/").url.startswith("/t/acme/")


def test_wrong_password_says_so_and_keeps_the_address(person):
    response = sign_in(Client(), person.email, "not the password")

    assert 'role="alert"' in response.text
    assert person.email in response.text


@pytest.mark.parametrize("name", SIGNED_IN)
def test_page_about_oneself_opens(acme, person, name):
    response = acme.client("finance").get(reverse(name))

    assert response.status_code == 200
    assert "<h1>" in response.text


@pytest.mark.parametrize("name", AFTER_PROOF)
def test_page_that_guards_the_account_opens_after_a_fresh_proof(person, name):
    client = Client()
    sign_in(client, person.email)
    asked = client.get(reverse("account_reauthenticate"))
    assert "Is it you?" in asked.text
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    response = client.get(reverse(name))

    assert response.status_code == 200
    assert "<h1>" in response.text


def test_person_sent_for_a_second_factor_is_told_why(acme, person):
    response = acme.client("finance").get(reverse("mfa_index"), {"required": "1"})

    assert "Your company asks for a second factor" in response.text


def test_mail_with_a_password_link_is_short_and_ours(client, person, mailoutbox):
    client.post(reverse("account_reset_password"), {"email": person.email})

    assert mailoutbox[0].subject == "Set a new password"
    assert "http://testserver" in mailoutbox[0].body
    assert mailoutbox[0].body.strip().endswith("-- \nFreelance Hub")

"""The second factor: employees set one up before anything else, codes and recovery codes sign in, secrets are sealed."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import connection
from django.test import Client
from django.urls import reverse

from freelance_hub import audit
from freelance_hub.models import Tenant
from tests.sessions import confirmed, with_second_factor
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

HOME = "/t/acme/"


@pytest.fixture
def strict(acme):
    """Acme asks its employees for a second factor."""
    Tenant.objects.filter(pk=acme.tenant.pk).update(staff_second_factor=True)
    for member in acme.people.values():
        EmailAddress.objects.create(user=member.user, email=member.user.email, verified=True, primary=True)
    return acme


def sign_in(company, key):
    client = Client()
    client.post(reverse("account_login"), {"login": company.people[key].user.email, "password": PASSWORD})
    return client


def code(secret, offset=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + offset))


def set_up_totp(client):
    """Through the pages, as a person does; gives the secret."""
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    response = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert response.status_code == 302, response.text
    return secret


def recovery_codes(user):
    return Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()


@pytest.mark.parametrize("path", ["", "news/", "people/", "audit/", "tokens/new/", "admin/"])
def test_employee_without_one_is_sent_to_set_it_up(strict, path):
    response = sign_in(strict, "owner").get(f"{HOME}{path}")

    assert response.url == f"{reverse('mfa_index')}?required=1"


def test_page_says_why_and_how(strict):
    page = sign_in(strict, "finance").get(f"{reverse('mfa_index')}?required=1").text

    assert "Your company asks for a second factor" in page
    assert "Add a passkey" in page
    assert "Authenticator app" in page


def test_post_of_an_employee_without_one_changes_nothing(strict):
    client, finance = sign_in(strict, "owner"), strict.people["finance"]

    client.post(f"{HOME}people/{finance.public_id}/suspend/")

    with strict.enter():
        finance.refresh_from_db()
    assert finance.state == "active"


def test_part_of_a_page_sends_the_whole_browser(strict):
    response = sign_in(strict, "finance").get(f"{HOME}search/?q=x", headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Redirect"]) == (204, f"{reverse('mfa_index')}?required=1")


def test_guest_needs_none(strict):
    assert sign_in(strict, "freelancer").get(f"{HOME}portal/").status_code == 200


def test_company_that_does_not_ask_lets_everybody_in(acme):
    assert acme.client("finance").get(HOME).status_code == 200


def test_switch_acts_at_the_next_request(acme):
    client = acme.client("finance")
    assert client.get(HOME).status_code == 200

    Tenant.objects.filter(pk=acme.tenant.pk).update(staff_second_factor=True)

    assert client.get(HOME).status_code == 302


def test_setting_up_asks_for_the_password_first(strict):
    client = sign_in(strict, "finance")

    assert client.get(reverse("mfa_activate_totp")).url.startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_who_sets_one_up_goes_on_at_once(strict, mailoutbox):
    client = confirmed(sign_in(strict, "finance"))

    set_up_totp(client)

    assert client.get(HOME).status_code == 200
    assert mailoutbox[-1].to == [strict.people["finance"].user.email]
    with strict.enter():
        assert audit.entries(operation="second_factor.added").count() == 2  # the app, and the recovery codes


def test_next_sign_in_asks_for_the_code_and_a_wrong_one_lets_nobody_in(strict):
    secret = set_up_totp(confirmed(sign_in(strict, "finance")))
    client = sign_in(strict, "finance")
    assert client.get(HOME).status_code == 302

    refused = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert refused.status_code == 200
    assert "_auth_user_id" not in client.session

    assert client.post(reverse("mfa_authenticate"), {"code": code(secret, 1)}).status_code == 302
    assert client.get(HOME).status_code == 200


def test_code_works_once(strict):
    secret = set_up_totp(confirmed(sign_in(strict, "finance")))
    used = code(secret, 1)
    sign_in(strict, "finance").post(reverse("mfa_authenticate"), {"code": used})
    client = sign_in(strict, "finance")

    client.post(reverse("mfa_authenticate"), {"code": used})

    assert "_auth_user_id" not in client.session


def test_recovery_code_works_once(strict):
    set_up_totp(confirmed(sign_in(strict, "finance")))
    used = recovery_codes(strict.people["finance"].user)[0]
    first, second = sign_in(strict, "finance"), sign_in(strict, "finance")

    first.post(reverse("mfa_authenticate"), {"code": used})
    second.post(reverse("mfa_authenticate"), {"code": used})

    assert first.get(HOME).status_code == 200
    assert "_auth_user_id" not in second.session


def test_guesses_of_the_code_are_limited(strict):
    set_up_totp(confirmed(sign_in(strict, "finance")))
    client = sign_in(strict, "finance")

    answers = [client.post(reverse("mfa_authenticate"), {"code": f"{guess:06}"}) for guess in range(40)]

    assert "_auth_user_id" not in client.session
    assert any("too many" in answer.text.lower() for answer in answers)


def test_other_session_of_the_person_must_show_the_code_once(strict):
    other = sign_in(strict, "finance")
    secret = set_up_totp(confirmed(sign_in(strict, "finance")))

    asked = other.get(f"{HOME}news/")
    assert asked.url.startswith(reverse("mfa_reauthenticate"))
    answer = other.post(asked.url, {"code": code(secret, 1), "next": f"{HOME}news/"})

    assert answer.url == f"{HOME}news/"
    assert other.get(f"{HOME}news/").status_code == 200


def test_taking_it_away_needs_a_fresh_proof_and_closes_the_company(strict):
    client = confirmed(sign_in(strict, "finance"))
    set_up_totp(client)
    stale = client.session
    stale["account_authentication_methods"] = [
        {**record, "at": time.time() - 3600} for record in stale["account_authentication_methods"]
    ]
    stale.save()
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert Authenticator.objects.filter(type="totp").exists()

    confirmed(client).post(reverse("mfa_deactivate_totp"))

    assert not Authenticator.objects.exists()
    assert sign_in(strict, "finance").get(HOME).url == f"{reverse('mfa_index')}?required=1"


def test_password_by_mail_does_not_go_round_it(strict, mailoutbox):
    set_up_totp(confirmed(sign_in(strict, "finance")))
    client = Client()
    client.post(reverse("account_reset_password"), {"email": strict.people["finance"].user.email})
    link = next(word for word in mailoutbox[-1].body.split() if "/password/reset/key/" in word)
    form = client.get(link.removeprefix("http://testserver")).url

    client.post(form, {"password1": "another horse, another staple", "password2": "another horse, another staple"})

    assert "_auth_user_id" not in client.session
    assert client.get(HOME).status_code == 302


def test_secrets_are_sealed_in_the_table(strict):
    secret = set_up_totp(confirmed(sign_in(strict, "finance")))

    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        stored = cursor.fetchone()[0]

    assert secret not in stored
    assert not any(one in stored for one in recovery_codes(strict.people["finance"].user))
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code(secret, -1))


def test_secrets_are_not_in_the_audit_log(strict):
    secret = set_up_totp(confirmed(sign_in(strict, "finance")))

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM hub_audit_event WHERE changes::text LIKE %s", [f"%{secret}%"])
        assert cursor.fetchone()[0] == 0


def test_session_with_one_is_let_in(strict):
    assert with_second_factor(strict.client("finance")).get(HOME).status_code == 200

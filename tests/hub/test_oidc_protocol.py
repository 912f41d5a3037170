"""The protocol of a company's sign-in, and a provider that is not there, against a real one on this machine."""

import re

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from freelance_hub import audit
from freelance_hub.models import IdentityProvider
from freelance_hub.tenancy.context import Context, use
from tests import idp

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("loopback"),
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),  # the provider's own
]


# The protocol


def test_question_carries_state_nonce_and_pkce_and_no_secret(acme, acme_id, visitor):
    asked = idp.query(idp.leave(visitor, acme))

    assert asked["code_challenge_method"] == "S256"
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["response_type"] == "code"
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert "client_secret" not in asked
    assert idp.query(idp.leave(visitor, acme))["nonce"] != asked["nonce"]


def test_address_cannot_add_parameters_to_the_question(acme, acme_id, visitor):
    response = visitor.post(
        f"{idp.login_url(acme)}?scope=admin&auth_params=nonce%3Dmine%26prompt%3Dnone&process=connect"
    )
    asked = idp.query(response["Refresh"].removeprefix("0; url="))

    assert "admin" not in asked["scope"]
    assert asked["nonce"] != "mine"
    assert "prompt" not in asked


def test_get_asks_and_sends_nobody_anywhere(acme, acme_id, visitor):
    response = visitor.get(idp.login_url(acme))

    assert response.status_code == 200
    assert "Refresh" not in response
    assert "Sign in through Acme GmbH ID" in response.text


def test_answer_with_another_nonce_is_refused(acme, acme_id, visitor):
    """A code that was issued to the attacker's own question."""
    address = re.sub(r"nonce=[^&]+", "nonce=of-somebody-else", idp.leave(visitor, acme))

    assert idp.come_back(visitor, idp.approve(address, "fin")).status_code == 403
    assert not idp.is_signed_in(visitor)


def test_answer_to_a_question_of_another_browser_is_refused(acme, acme_id, visitor):
    answer = idp.approve(idp.leave(visitor, acme), "fin")
    other = Client()

    response = idp.come_back(other, answer)

    assert "failed" in response.text
    assert not idp.is_signed_in(other)


def test_answer_works_once(acme, acme_id, visitor):
    answer = idp.approve(idp.leave(visitor, acme), "fin")
    idp.come_back(visitor, answer)
    visitor.logout()

    idp.come_back(visitor, answer)

    assert not idp.is_signed_in(visitor)


def test_answer_of_one_company_does_not_count_for_another(acme, rival, acme_id, issuer, visitor):
    idp.connect(rival, issuer, "rival.example")
    answer = idp.approve(idp.leave(visitor, acme), "fin").replace("/acme/", "/rival/")

    idp.come_back(visitor, answer)

    assert not idp.is_signed_in(visitor)


def test_person_who_stops_at_the_provider_is_told_so(acme, acme_id, visitor):
    address = idp.leave(visitor, acme)
    answer = requests.post(address, data={"action": "deny"}, allow_redirects=False, timeout=10).headers["Location"]

    told = idp.come_back(visitor, answer if "state=" in answer else f"{answer}&state={idp.query(address)['state']}")

    assert "Sign-in stopped" in visitor.get(told.url).text
    assert not idp.is_signed_in(visitor)


# A provider that is not there


def test_provider_that_is_down_gets_a_kind_page(acme, visitor):
    with idp.provider() as address:
        pass
    idp.connect(acme, address, "acme.example")

    response = visitor.post(idp.login_url(acme))

    assert response.status_code == 503
    assert "Acme GmbH ID does not answer" in response.text
    assert reverse("account_login") in response.text


def test_provider_that_goes_down_on_the_way_gets_the_same_page(acme, visitor):
    with idp.provider(*idp.PEOPLE) as address:
        idp.connect(acme, address, "acme.example")
        answer = idp.approve(idp.leave(visitor, acme), "fin")

    assert idp.come_back(visitor, answer).status_code == 503
    assert not idp.is_signed_in(visitor)


def test_provider_with_another_issuer_than_the_settings_say_is_not_used(acme, issuer, visitor):
    idp.connect(acme, issuer.replace("localhost", "127.0.0.1") + "/tenant", "acme.example")

    assert visitor.post(idp.login_url(acme)).status_code == 503


def test_provider_inside_the_network_is_not_called(acme, acme_id, visitor, settings):
    settings.OUTGOING_LOOPBACK = False

    assert visitor.post(idp.login_url(acme)).status_code == 503


def test_disabled_provider_and_unknown_company_look_the_same(acme, issuer, visitor):
    idp.connect(acme, issuer, "acme.example", is_enabled=False)

    for slug in ("acme", "rival", "nobody"):
        for name in ("openid_connect_login", "openid_connect_callback"):
            assert visitor.get(reverse(name, kwargs={"provider_id": slug})).status_code == 404


def test_provider_disabled_on_the_way_lets_nobody_in(acme, acme_id, visitor):
    answer = idp.approve(idp.leave(visitor, acme), "fin")
    with acme.enter():
        IdentityProvider.objects.update(is_enabled=False)

    assert idp.come_back(visitor, answer).status_code == 404
    assert not idp.is_signed_in(visitor)


def test_suspended_company_signs_nobody_in(acme, acme_id, visitor):
    type(acme.tenant).objects.filter(pk=acme.tenant.pk).update(state="suspended")

    assert visitor.get(idp.login_url(acme)).status_code == 404


def test_person_with_a_link_to_a_disabled_provider_sees_their_sign_ins(acme, acme_id):
    SocialAccount.objects.create(provider="acme", uid="fin", user=acme.people["finance"].user)
    with acme.enter():
        IdentityProvider.objects.update(is_enabled=False)

    assert acme.client("finance").get(reverse("socialaccount_connections")).status_code == 200


def test_wrong_verbs_are_refused(acme, acme_id, visitor):
    assert visitor.put(idp.login_url(acme)).status_code == 405
    assert visitor.post(reverse("openid_connect_callback", kwargs={"provider_id": "acme"})).status_code == 405


def test_nothing_of_a_sign_in_crosses_companies_in_the_log(acme, rival, acme_id, visitor):
    idp.sign_in(visitor, acme, "fin")

    with rival.enter():
        assert audit.entries(operation="session.opened").count() == 0
    with use(Context()):
        assert not IdentityProvider._base_manager.exists()

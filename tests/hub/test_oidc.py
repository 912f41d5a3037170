"""Sign-in through a company's own OpenID Connect provider, against a real one on this machine."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from freelance_hub import audit
from freelance_hub.models import Invitation, Membership, User
from freelance_hub.services import invitations, members
from tests import idp

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("loopback"),
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),  # the provider's own
]


def home(company):
    return reverse("dashboard", kwargs={"tenant": company.slug})


def invite(company, email, mailoutbox, role="viewer"):
    with company.enter():
        invitations.invite(email=email, name="Nora", kind="staff", role_keys=[role], actor=company.actor("owner"))
    return re.search(r"http://testserver(/invitations/\S+/)", mailoutbox[-1].body)[1]


# Known people


def test_known_person_signs_in_and_works(acme, acme_id, visitor):
    response = idp.sign_in(visitor, acme, "fin")

    assert response.status_code == 302
    assert visitor.get(home(acme)).status_code == 200
    linked = SocialAccount.objects.get()
    assert (linked.provider, linked.uid, linked.user) == ("acme", "fin", acme.people["finance"].user)


def test_second_sign_in_uses_the_same_link(acme, acme_id, visitor):
    idp.sign_in(visitor, acme, "fin")
    again = Client()

    assert idp.sign_in(again, acme, "fin").status_code == 302

    assert SocialAccount.objects.count() == 1
    assert again.get(home(acme)).status_code == 200


def test_sign_in_leads_to_where_one_wanted_to_go(acme, acme_id, visitor):
    assert idp.sign_in(visitor, acme, "fin", target="/t/acme/news/").url == "/t/acme/news/"
    assert idp.sign_in(Client(), acme, "fin", target="https://evil.example/").url == "/"


def test_company_with_second_factor_trusts_its_own_provider(acme, acme_id, visitor):
    type(acme.tenant).objects.filter(pk=acme.tenant.pk).update(staff_second_factor=True)

    idp.sign_in(visitor, acme, "fin")

    assert visitor.get(home(acme)).status_code == 200


def test_sign_in_stands_in_the_audit_log_with_the_company_as_its_way(acme, acme_id, visitor):
    idp.sign_in(visitor, acme, "fin")

    with acme.enter():
        entry = audit.entries(operation="session.opened").first()
    assert entry.actor_id == acme.people["finance"].user_id
    assert entry.changes["method"] == "acme"


def test_suspended_member_is_refused(acme, acme_id, visitor):
    with acme.enter():
        members.suspend_member(membership=acme.people["finance"], actor=acme.actor("owner"))

    assert idp.sign_in(visitor, acme, "fin").status_code == 403
    assert not idp.is_signed_in(visitor)


def test_closed_account_is_not_signed_in(acme, acme_id, visitor):
    User.objects.filter(pk=acme.people["finance"].user_id).update(is_active=False)

    idp.sign_in(visitor, acme, "fin")

    assert not idp.is_signed_in(visitor)


# Invited people


def test_invited_person_joins_through_the_provider(acme, acme_id, visitor, mailoutbox):
    link = invite(acme, "new.person@acme.example", mailoutbox)
    assert "Sign in with Acme GmbH ID" in visitor.get(link).text

    back = idp.sign_in(visitor, acme, "new", target=link)
    assert back.url == link
    joined = visitor.post(link)

    assert joined.url == home(acme)
    assert visitor.get(home(acme)).status_code == 200
    user = User.objects.get(email="new.person@acme.example")
    assert (user.name, user.has_usable_password()) == ("Nora New", False)
    assert EmailAddress.objects.get(user=user).verified
    with acme.enter():
        assert [link.role.key for link in Membership.objects.get(user=user).role_links.all()] == ["viewer"]


def test_known_person_of_another_company_joins_through_the_provider(acme, rival, acme_id, visitor, mailoutbox):
    rival.add("double", "viewer", email="new.person@acme.example")
    link = invite(acme, "new.person@acme.example", mailoutbox)
    visitor.get(link)

    idp.sign_in(visitor, acme, "new", target=link)

    assert visitor.post(link).url == home(acme)
    assert User.objects.filter(email="new.person@acme.example").count() == 1


def test_person_of_another_company_is_not_linked_by_address_alone(acme, rival, acme_id, visitor):
    rival.add("double", "viewer", email="new.person@acme.example")

    response = idp.sign_in(visitor, acme, "new")

    assert response.status_code == 403
    assert not idp.is_signed_in(visitor)
    assert not SocialAccount.objects.exists()


def test_person_whom_nobody_invited_is_refused_and_gets_no_account(acme, acme_id, visitor):
    response = idp.sign_in(visitor, acme, "stranger")

    assert response.status_code == 403
    assert "No account for stranger@acme.example" in response.text
    assert not User.objects.filter(email="stranger@acme.example").exists()


def test_link_of_somebody_else_lets_nobody_in(acme, acme_id, visitor, mailoutbox):
    visitor.get(invite(acme, "new.person@acme.example", mailoutbox))

    assert idp.sign_in(visitor, acme, "stranger").status_code == 403
    assert not User.objects.filter(email="stranger@acme.example").exists()


@pytest.mark.parametrize("fate", ["revoked", "expired", "of the other company"])
def test_dead_invitation_lets_nobody_in(acme, rival, acme_id, visitor, mailoutbox, fate):
    company = rival if fate == "of the other company" else acme
    visitor.get(invite(company, "new.person@acme.example", mailoutbox))
    with company.enter():
        if fate == "revoked":
            Invitation.objects.update(state="revoked")
        if fate == "expired":
            Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert idp.sign_in(visitor, acme, "new").status_code == 403
    assert not User.objects.filter(email="new.person@acme.example").exists()


# What a provider may not do


@pytest.mark.parametrize("sub", ["foreign", "unproved", "mailless"])
def test_provider_speaks_only_for_proved_addresses_of_its_domains(acme, rival, acme_id, visitor, sub):
    response = idp.sign_in(visitor, acme, sub)

    assert response.status_code == 403
    assert not idp.is_signed_in(visitor)
    assert not SocialAccount.objects.exists()


def test_linked_account_whose_address_has_left_the_domain_is_refused(acme, acme_id, visitor):
    SocialAccount.objects.create(provider="acme", uid="foreign", user=acme.people["finance"].user)

    assert idp.sign_in(visitor, acme, "foreign").status_code == 403
    assert not idp.is_signed_in(visitor)


def test_two_companies_with_two_providers_do_not_sign_in_each_other(acme, rival, acme_id, visitor):
    """Rival's owner runs a provider that claims to know Acme's finance person, even by Acme's own domain."""
    with idp.provider({"sub": "fin", "email": "finance@acme.example", "email_verified": True}) as false_issuer:
        idp.connect(rival, false_issuer, "rival.example", "acme.example")
        idp.sign_in(Client(), acme, "fin")

        response = idp.sign_in(visitor, rival, "fin")

    assert response.status_code == 403
    assert not idp.is_signed_in(visitor)
    assert [account.provider for account in SocialAccount.objects.all()] == ["acme"]


def test_session_that_one_company_opened_opens_no_other(acme, rival, visitor):
    """Somebody works for both; Rival's provider, run by whoever, is good for Rival alone."""
    person = rival.add("double", "viewer", email="double@rival.example").user
    with acme.enter():
        members.join(user=person, kind="staff", role_keys=["finance"], actor=acme.automation())
    with idp.provider({"sub": "d", "email": "double@rival.example", "email_verified": True}) as address:
        idp.connect(rival, address, "rival.example")
        idp.sign_in(visitor, rival, "d")

    assert visitor.get(home(rival)).status_code == 200
    refused = visitor.get(home(acme))
    assert refused.status_code == 403
    assert "Sign in to Acme GmbH" in refused.text
    assert "finance" not in refused.text.lower()


@pytest.mark.parametrize(
    "name",
    [
        "account_email",
        "account_change_password",
        "account_set_password",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "socialaccount_connections",
    ],
)
def test_session_that_a_company_opened_cannot_change_the_account(acme, acme_id, visitor, name):
    idp.sign_in(visitor, acme, "fin")

    for response in (
        visitor.get(reverse(name)),
        visitor.post(reverse(name), {"password1": "x", "email": "x@x.example"}),
    ):
        assert response.status_code == 403
        assert "Your company looks after this" in response.text
    assert visitor.get(reverse("usersessions_list")).status_code == 200


def test_session_with_a_password_can_change_the_account(acme, acme_id):
    assert acme.client("finance").get(reverse("mfa_index")).status_code == 200

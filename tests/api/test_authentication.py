"""Which tokens open the API, and how far."""

from datetime import timedelta

import pytest
from django.utils import timezone

from freelance_hub.errors import Refusal
from freelance_hub.models import ApiToken, Tenant, User
from freelance_hub.permissions import Refused
from freelance_hub.services import members
from freelance_hub.services.tokens import create_token, revoke_token
from tests.api.conftest import Program, program_of
from tests.factories.talent import add_freelancer


def scopes_of(answer):
    return set(answer.json()["scopes"])


def test_a_token_tells_whose_it_is_and_what_it_may(acme, fh):
    answer = fh.read("me/")

    assert answer.status_code == 200
    assert answer.json()["email"] == acme.people["program_manager"].user.email
    assert answer.json()["company"] == "Acme GmbH"
    assert scopes_of(answer) == {str(one) for one in acme.actor("program_manager").capabilities}


@pytest.mark.parametrize("secret", ["", "fh_wrong", "Bearer", "fh_" + "x" * 5000])
def test_without_a_valid_token_nothing_opens(acme, secret):
    answer = Program(secret).read("me/")

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_session_opens_nothing_here(acme):
    assert acme.client("owner").get("/api/v1/me/").status_code == 401


def test_a_token_opens_no_page(acme, fh):
    answer = fh.get(f"/t/{acme.slug}/people/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def revoked(company, fh):
    with company.enter("program_manager"):
        revoke_token(token=fh.token, actor=company.actor("program_manager"))


def expired(company, fh):
    with company.enter():
        ApiToken.objects.filter(pk=fh.token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def suspended(company, fh):
    with company.enter("owner"):
        members.suspend_member(membership=company.people["program_manager"], actor=company.actor("owner"))


def ended(company, fh):
    with company.enter("owner"):
        members.end_membership(membership=company.people["program_manager"], actor=company.actor("owner"))


def closed_account(company, fh):
    User.objects.filter(pk=company.people["program_manager"].user_id).update(is_active=False)


def suspended_company(company, fh):
    Tenant.objects.filter(pk=company.tenant.pk).update(state=Tenant.State.SUSPENDED)


@pytest.mark.parametrize("happens", [revoked, expired, suspended, ended, closed_account, suspended_company])
def test_a_token_dies_at_once_when(acme, fh, happens):
    assert fh.read("programs/").status_code == 200

    happens(acme, fh)

    assert fh.read("programs/").status_code == 401


def test_a_suspended_member_who_is_let_in_again_gets_the_token_back(acme, fh):
    suspended(acme, fh)
    with acme.enter("owner"):
        members.resume_member(membership=acme.people["program_manager"], actor=acme.actor("owner"))

    assert fh.read("programs/").status_code == 200


def test_scopes_narrow_what_a_person_may(acme):
    narrow = program_of(acme, scopes=["program.see"])

    assert narrow.read("programs/").status_code == 200
    refused = narrow.read("freelancers/")
    assert refused.status_code == 403
    assert refused.json()["scope"] == "freelancer.see"


def test_scopes_never_widen_even_when_the_person_loses_a_role(acme, fh):
    with acme.enter("owner"):
        members.set_roles(membership=acme.people["program_manager"], role_keys=["viewer"], actor=acme.actor("owner"))

    assert fh.send("freelancers/", {"name": "Gil"}).status_code == 403
    assert "freelancer.manage" not in scopes_of(fh.read("me/"))


def test_nobody_gives_a_token_what_they_may_not_do(acme):
    with acme.enter("viewer"):
        actor = acme.actor("viewer")
        details = {"membership": acme.people["viewer"], "name": "x", "days": 1, "actor": actor}

        with pytest.raises(Refusal, match=r"people\.manage"):
            create_token(kind="person", scopes=["people.manage"], **details)
        with pytest.raises(Refused):
            create_token(kind="integration", scopes=["page.see"], **details)


def test_a_guests_token_reaches_the_guests_own_things_only(acme):
    with acme.enter():
        add_freelancer(acme)
    guest = program_of(acme, "freelancer")

    assert guest.read("me/").json()["kind"] == "guest"
    assert guest.read("workspaces/").json()["results"] == []
    assert guest.read("tasks/").json()["results"] == []
    for path in (
        "freelancers/",
        "requisitions/",
        "assignments/",
        "invoices/",
        "payment-batches/",
        "programs/",
        "kpis/",
    ):
        assert guest.read(path).status_code == 403, path


def test_the_secret_is_kept_nowhere(acme, fh):
    with acme.enter():
        row = ApiToken.objects.filter(pk=fh.token.pk).values().get()

    assert fh.secret not in str(row)


def test_last_use_is_noted_at_most_once_a_minute(acme, fh):
    fh.read("me/")
    with acme.enter():
        first = ApiToken.objects.get(pk=fh.token.pk).last_used_at
    fh.read("me/")

    with acme.enter():
        assert ApiToken.objects.get(pk=fh.token.pk).last_used_at == first

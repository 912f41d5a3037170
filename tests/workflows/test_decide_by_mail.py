"""Deciding by the link in a mail: once, about what the mail shows, never by a GET."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from freelance_hub.errors import Refusal
from freelance_hub.models import AuditEvent, Event, Membership, Tenant
from freelance_hub.services.notifications import mail_waiting
from freelance_hub.tenancy.context import Context, use
from talent.services.requisitions import update_requisition
from tests.workflows.test_approval import submitted
from tests.workflows.test_races import together
from workflows.models import Decision, DecisionLink, Step
from workflows.services import links
from workflows.services.decisions import decide

YES = {"outcome": "approved", "comment": "Fine."}


@pytest.fixture
def asked(acme):
    """A request of 3,000 EUR that waits for its approver, and the address in the approver's mail."""
    with acme.enter():
        _, run = submitted(acme, budget=Decimal(3000))
        mail_waiting()
        step = Step.objects.select_related("run").get(run=run, key="approve")
        yield step, address_for("approver@acme.example")


def address_for(receiver):
    body = next(message.body for message in mail.outbox if message.to == [receiver] and "/decide/" in message.body)
    return re.search(r"/decide/[\w-]+/", body)[0]


def again(step):
    step.refresh_from_db()
    return step.state, step.outcome


def main_of(response):
    return re.search(r"<main.*</main>", response.content.decode(), re.DOTALL)[0]


def dead(response):
    return response.status_code == 410 and "This link no longer works" in response.content.decode()


def test_the_mail_says_what_is_asked_and_the_secret_stands_nowhere_else(acme, asked):
    step, address = asked

    (body,) = [m.body for m in mail.outbox if m.to == ["approver@acme.example"]]
    assert "Amount: €3,000.00" in body
    assert "Asked by: Hiring Manager Acme" in body
    secret = address.split("/")[2]
    link = DecisionLink.objects.get(member=acme.people["approver"], step=step)
    assert (link.amount, link.used_at) == (Decimal(3000), None)
    assert secret not in str(list(AuditEvent.objects.values_list("changes", flat=True)))
    assert secret not in str(list(Event.objects.values_list("payload", flat=True)))
    assert not [m for m in mail.outbox if m.to == ["hiring.manager@acme.example"] and "/decide/" in m.body]


def test_looking_decides_nothing_however_often_and_by_whatever_scanner(acme, asked):
    step, address = asked

    for _ in range(3):
        response = Client().get(address)
        assert Client().head(address).status_code == 200

    body = response.content.decode()
    assert response.status_code == 200
    assert "€3,000.00" in body
    assert "Approver Acme" in body
    assert again(step) == ("waiting", "")
    assert not Decision.objects.exists()
    assert Client().put(address).status_code == 405


def test_the_page_tells_no_other_site_and_no_search_engine(asked):
    response = Client().get(asked[1])

    assert response["Referrer-Policy"] == "strict-origin"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in response["Cache-Control"]


def test_a_click_decides_once_and_the_audit_says_how(acme, asked):
    step, address = asked

    response = Client().post(address, YES)

    assert (response.status_code, again(step)) == (200, ("done", "approved"))
    decision = Decision.objects.get()
    assert (decision.decided_by, decision.via, decision.comment) == (acme.people["approver"], "link", "Fine.")
    logged = AuditEvent.objects.get(table_name="workflows_decision")
    assert logged.actor == "Approver Acme, by a link in a mail"
    assert Event.objects.get(kind="step.decided").payload["via"] == "link"


def test_used_twice_it_says_the_same_as_one_that_never_was(acme, asked):
    _, address = asked
    Client().post(address, YES)

    used, unknown = Client().post(address, YES), Client().post("/decide/never-was/", YES)

    assert dead(used)
    assert main_of(used) == main_of(unknown)
    assert Decision.objects.count() == 1


def test_a_rejection_needs_a_reason_here_too(asked):
    step, address = asked

    response = Client().post(address, {"outcome": "rejected", "comment": " "})

    assert response.status_code == 422
    assert "Say why" in response.content.decode()
    assert again(step) == ("waiting", "")
    assert Client().post(address, {"outcome": "rejected", "comment": "Too dear."}).status_code == 200
    assert again(step) == ("done", "rejected")


def test_an_edit_between_mail_and_click_kills_the_link(acme, asked):
    step, address = asked
    requisition = acme_request(step)
    assert Client().get(address).status_code == 200

    update_requisition(requisition=requisition, title="Something else", actor=acme.actor("hiring_manager"))

    assert dead(Client().get(address))
    assert dead(Client().post(address, YES))
    assert again(step) == ("waiting", "")


def acme_request(step):
    from talent.models import Requisition

    return Requisition.objects.get(pk=step.run.subject_id)


def test_an_edit_between_the_look_and_the_click_is_seen_too(acme, asked):
    step, address = asked
    found = links.find(address.split("/")[2])
    update_requisition(requisition=acme_request(step), title="Something else", actor=acme.actor("hiring_manager"))

    with pytest.raises(Refusal, match="has changed since"):
        links.decide_by_link(found=found, outcome="approved")

    assert DecisionLink.objects.get(pk=found.link.pk).used_at is None
    assert again(step) == ("waiting", "")


def test_it_dies_by_age_and_with_the_step_and_with_the_persons_rights(acme, asked):
    step, address = asked
    DecisionLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert dead(Client().get(address))
    DecisionLink.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    assert Client().get(address).status_code == 200

    Membership.objects.filter(pk=acme.people["approver"].pk).update(state="suspended")
    assert dead(Client().get(address))
    Membership.objects.filter(pk=acme.people["approver"].pk).update(state="active")
    Tenant.objects.filter(pk=acme.tenant.pk).update(state="suspended")
    assert dead(Client().get(address))
    Tenant.objects.filter(pk=acme.tenant.pk).update(state="active")
    decide(step=step, outcome="approved", actor=acme.actor("program_manager"))

    assert dead(Client().post(address, YES))


def test_it_lives_three_days_or_until_the_term_ends(acme, asked):
    step, _ = asked
    link = DecisionLink.objects.get(member=acme.people["approver"])
    three = timezone.now() + timedelta(hours=72)
    assert abs(link.expires_at - min(three, step.due_at)) < timedelta(minutes=5)
    Step.objects.filter(pk=step.pk).update(due_at=timezone.now() + timedelta(hours=2))
    step = Step.objects.select_related("run__tenant", "run__program").get(pk=step.pk)

    links.mint(step=step, member=acme.people["approver"])

    assert DecisionLink.objects.latest("pk").expires_at == step.due_at


@pytest.mark.parametrize(
    ("limit", "currency", "may"),
    [
        (None, "EUR", True),
        (Decimal(3000), "EUR", True),
        (Decimal("2999.99"), "EUR", False),
        (Decimal(9000), "GBP", False),
    ],
)
def test_above_the_companys_limit_it_asks_for_sign_in(acme, asked, limit, currency, may):
    step, address = asked
    Tenant.objects.filter(pk=acme.tenant.pk).update(mail_decision_limit=limit, currency=currency)

    page = Client().get(address).content.decode()
    response = Client().post(address, YES)

    assert ("Sign in to decide" in page) == (not may)
    assert again(step) == (("done", "approved") if may else ("waiting", ""))
    assert response.status_code == (200 if may else 409)


def test_a_link_decides_in_its_own_company_only(acme, rival, asked):
    step, address = asked
    with rival.enter():
        _, theirs = submitted(rival, budget=Decimal(3000))

    Client().post(address, YES)

    with rival.enter():
        assert Step.objects.get(run=theirs, key="approve").state == "waiting"
    assert again(step) == ("done", "approved")


def test_guessing_is_slow(asked):
    client = Client(REMOTE_ADDR="203.0.113.9")

    codes = [client.get(f"/decide/guess-{number}/").status_code for number in range(22)]

    assert codes == [410] * 20 + [429] * 2


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_decides(acme):
    with acme.enter():
        _, run = submitted(acme, budget=Decimal(3000))
        step = Step.objects.select_related("run__tenant", "run__program").get(run=run, key="approve")
        secret = links.mint(step=step, member=acme.people["approver"])
        with use(Context()):
            found = links.find(secret)

        answers = together(
            acme.tenant,
            lambda: links.decide_by_link(found=found, outcome="approved"),
            lambda: links.decide_by_link(found=found, outcome="rejected", comment="No."),
        )

        assert sorted(type(answer).__name__ for answer in answers) == ["Refusal", "Step"]
        assert Decision.objects.count() == 1
        assert DecisionLink.objects.exclude(used_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_link_and_the_inbox_at_once_make_one_decision(acme):
    with acme.enter():
        _, run = submitted(acme, budget=Decimal(3000))
        step = Step.objects.select_related("run__tenant", "run__program").get(run=run, key="approve")
        secret, actor = links.mint(step=step, member=acme.people["approver"]), acme.actor("program_manager")
        with use(Context()):
            found = links.find(secret)

        answers = together(
            acme.tenant,
            lambda: links.decide_by_link(found=found, outcome="approved"),
            lambda: decide(step=step, outcome="approved", actor=actor),
        )

        assert sorted(type(answer).__name__ for answer in answers) == ["Refusal", "Step"]
        assert Decision.objects.count() == 1

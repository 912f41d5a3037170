"""The directory: adding, changing, bringing in from a file, and taking back."""

from decimal import Decimal

import pytest

from freelance_hub import audit
from freelance_hub.errors import Refusal
from freelance_hub.models import Event
from freelance_hub.permissions import Refused
from talent.models import Freelancer, PayoutAccount, Skill
from talent.services.freelancers import (
    create_freelancer,
    delete_if_unused,
    import_freelancer,
    snapshot,
    undo_import,
    update_freelancer,
    update_own_profile,
)
from talent.services.payouts import set_payout_account
from talent.services.skills import names_of
from tests.factories.talent import add_freelancer, ask, guest_freelancer, hire

ROW = {"external_id": "FL1", "name": "Vanessa Garcia", "country": "AU", "hourly_rate": Decimal(100), "skills": ["AI"]}


@pytest.fixture
def boss(acme):
    with acme.enter("program_manager"):
        yield acme.actor("program_manager")


def test_a_new_freelancer_is_a_row_an_audit_entry_and_an_event(boss):
    freelancer = create_freelancer(
        actor=boss,
        name="  Vanessa   Garcia ",
        email="V@X.example",
        hourly_rate=Decimal("99.5"),
        skills=["AI", " ai", "Ops"],
    )

    freelancer.refresh_from_db()
    assert (freelancer.name, freelancer.email, freelancer.currency) == ("Vanessa Garcia", "v@x.example", "EUR")
    assert names_of(freelancer) == ["AI", "Ops"]
    assert [entry.operation for entry in audit.history(freelancer)] == ["insert"]
    assert audit.history(freelancer).get().changes["email"] is None
    assert [event.kind for event in Event.objects.filter(kind__startswith="freelancer.")] == ["freelancer.created"]


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"rating": Decimal("5.1")}, "rating"),
        ({"hourly_rate": Decimal(-1)}, "hourly_rate"),
        ({"state": "sleepy"}, "state"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field(boss, details, field):
    with pytest.raises(Refusal) as refusal:
        create_freelancer(**{"actor": boss, "name": "Vanessa", **details})

    assert refusal.value.field == field
    assert not Freelancer.objects.exists()


def test_an_address_that_is_taken_is_refused_and_nothing_else_breaks(acme, boss):
    add_freelancer(acme, "Fay Free")

    with pytest.raises(Refusal) as refusal:
        add_freelancer(acme, "Other", email="FAY.FREE@free.example")

    assert refusal.value.field == "email"
    assert Freelancer.objects.count() == 1


def test_only_who_manages_freelancers_writes_the_directory(acme, boss):
    for role in ("hiring_manager", "finance", "viewer", "freelancer"):
        with pytest.raises(Refused):
            create_freelancer(name="Vanessa", actor=acme.actor(role))


def test_an_update_tells_what_changed_and_nothing_when_nothing_did(acme, boss):
    freelancer = add_freelancer(acme)

    update_freelancer(freelancer=freelancer, actor=boss, headline="Backend", skills=["Python", "Go"])
    update_freelancer(
        freelancer=freelancer, actor=boss, headline="Backend", skills=["Python", "Go"], hourly_rate="70.00"
    )

    events = Event.objects.filter(kind="freelancer.updated")
    assert [event.payload["fields"] for event in events] == [["headline", "skills"]]


def test_a_file_brought_in_twice_changes_nothing(boss):
    first, before = import_freelancer(values=ROW, actor=boss)
    again, unchanged = import_freelancer(values={**ROW, "hourly_rate": "100"}, actor=boss)

    assert (before, unchanged, again.pk) == (None, {}, first.pk)
    assert Event.objects.filter(kind__startswith="freelancer.").count() == 1


def test_a_later_file_changes_what_it_says_and_erases_nothing(boss):
    person, _ = import_freelancer(values={**ROW, "headline": "Engineer"}, actor=boss)

    again, before = import_freelancer(
        values={**ROW, "hourly_rate": Decimal(110), "headline": "", "skills": ["Go"]}, actor=boss
    )

    assert again.pk == person.pk
    assert before == {"hourly_rate": "100.00", "skills": ["AI"]}
    assert (again.headline, again.hourly_rate, names_of(again)) == ("Engineer", Decimal(110), ["AI", "Go"])


def test_people_are_known_by_id_then_address_then_all_they_have_in_common(boss):
    by_id, _ = import_freelancer(values=ROW, actor=boss)
    by_mail, _ = import_freelancer(values={"name": "Sam", "email": "sam@x.example"}, actor=boss)
    by_print, _ = import_freelancer(values={"name": "Sam", "country": "DE"}, actor=boss)

    assert by_id.pk != by_mail.pk != by_print.pk
    assert import_freelancer(values={"name": "S. Smith", "email": "SAM@x.example"}, actor=boss)[0].pk == by_mail.pk
    assert import_freelancer(values={"name": "Sam", "country": "DE"}, actor=boss)[0].pk == by_print.pk
    assert import_freelancer(values={"name": "Sam", "country": "FR"}, actor=boss)[1] is None


def test_an_import_is_taken_back_unless_the_person_is_used_or_was_changed(acme, boss):
    new, before = import_freelancer(values=ROW, actor=boss)
    after_new = snapshot(new)
    undo_import(freelancer=new, before=before, after=after_new, actor=boss)
    assert not Freelancer.objects.exists()

    kept = add_freelancer(acme)
    old = snapshot(kept)
    kept, before = import_freelancer(
        values={"email": kept.email, "hourly_rate": Decimal(88), "skills": ["Go"]}, actor=boss
    )
    after = snapshot(kept)
    undo_import(freelancer=kept, before=before, after=after, actor=boss)
    assert snapshot(kept) == old

    with pytest.raises(Refusal, match="Changed since"):
        undo_import(freelancer=kept, before=before, after=after, actor=boss)


def test_who_was_engaged_is_not_deleted(acme, boss):
    person = add_freelancer(acme)
    assignment = hire(acme, freelancer=person, state="planned")

    with pytest.raises(Refusal, match="by now"):
        delete_if_unused(freelancer=person, actor=boss)

    assert assignment.freelancer == person


def test_a_guest_writes_their_own_profile_and_nobody_elses(acme, boss):
    mine, other = guest_freelancer(acme), guest_freelancer(acme, "other_freelancer")
    me = acme.actor("freelancer")
    said = {"phone": "+49 1", "headline": "Designer", "state": "unavailable", "actor": me}

    update_own_profile(freelancer=mine, **said)
    with pytest.raises(Refusal):
        update_own_profile(freelancer=other, **said)
    with pytest.raises(Refusal):
        update_own_profile(freelancer=mine, **{**said, "state": "blocked"})

    mine.refresh_from_db()
    assert (mine.phone, mine.headline, mine.state) == ("+49 1", "Designer", "unavailable")


def test_a_blocked_guest_does_not_unblock_themselves(acme, boss):
    mine = guest_freelancer(acme, state="blocked")

    with pytest.raises(Refusal):
        update_own_profile(freelancer=mine, phone="", headline="", state="available", actor=acme.actor("freelancer"))


def test_an_account_number_is_stored_sealed_and_checked(acme, boss):
    mine, me = guest_freelancer(acme), acme.actor("freelancer")

    set_payout_account(freelancer=mine, holder="Fay", iban="DE89 3704 0044 0532 0130 00", bic="COBADEFF", actor=me)
    set_payout_account(freelancer=mine, holder="Fay", iban="de89370400440532013000", actor=me)

    account = PayoutAccount.objects.get()
    assert (account.iban_last4, account.bic, "370400" in account.iban) == ("3000", "", False)
    assert "DE89" not in str(list(audit.history(account).values_list("changes", flat=True)))
    for iban, holder, field in (("DE89370400440532013001", "Fay", "iban"), ("12", "Fay", "iban"), ("x", " ", "iban")):
        with pytest.raises(Refusal) as refusal:
            set_payout_account(freelancer=mine, holder=holder, iban=iban, actor=me)
        assert refusal.value.field == field
    with pytest.raises(Refusal):
        set_payout_account(freelancer=mine, holder="Fay", iban="DE89370400440532013000", actor=boss)


def test_a_skill_is_named_once_however_it_is_written(acme, boss):
    add_freelancer(acme, "One", skills=["Machine  Learning"])
    add_freelancer(acme, "Two", skills=["machine learning", ""])
    ask(acme, skills=["MACHINE LEARNING"])

    assert list(Skill.objects.values_list("name", flat=True)) == ["Machine Learning"]

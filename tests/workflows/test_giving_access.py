"""The catalogue, and who may give what to whom."""

from datetime import timedelta

import pytest
from django.utils import timezone

from freelance_hub.errors import Refusal
from freelance_hub.models import Event
from freelance_hub.permissions import Refused
from freelance_hub.services import members
from tests.factories.talent import add_freelancer, hire
from tests.factories.work import make_program
from workflows.models import AccessGrant, Resource
from workflows.services import grants, resources


def test_giving_keeps_why_who_answers_and_how_long(stage):
    until = timezone.now() + timedelta(days=9)

    grant = stage.give(stage.laptop, reason=" First day. ", sponsor=stage.company.people["teammate"], ends_at=until)

    assert (grant.reason, grant.sponsor, grant.ends_at) == ("First day.", stage.company.people["teammate"], until)
    assert (grant.state, grant.what, grant.membership) == ("pending", "Laptop", stage.company.people["freelancer"])
    event = Event.objects.get(kind="access.asked", subject_id=grant.pk)
    assert event.payload["reason"] == "First day."


@pytest.mark.parametrize("role", ["program_manager", "owner", "hiring_manager"])
def test_who_manages_accesses_or_the_assignment_gives(stage, role):
    assert stage.give(stage.laptop, actor=stage.actor(role)).state == "pending"


@pytest.mark.parametrize("role", ["teammate", "approver", "finance", "compliance", "viewer", "freelancer"])
def test_nobody_else_gives_or_ends(stage, role):
    given = stage.give(stage.team)

    with pytest.raises(Refused):
        stage.give(stage.laptop, actor=stage.actor(role))
    with pytest.raises(Refused):
        grants.end_access(grant=given, reason="No.", actor=stage.actor(role))

    assert AccessGrant.objects.filter(state="pending").count() == 1


def test_twice_is_refused_until_the_first_has_ended(stage):
    first = stage.give(stage.laptop)
    with pytest.raises(Refusal, match="has Laptop already"):
        stage.give(stage.laptop)

    grants.end_access(grant=first, reason="Not needed.", actor=stage.actor("program_manager"))

    assert stage.give(stage.laptop).pk != first.pk


def test_ending_twice_is_refused(stage):
    grant = stage.open()
    boss = stage.actor("program_manager")
    grants.end_access(grant=grant, reason="Done.", actor=boss)

    with pytest.raises(Refusal, match="closed already, or being closed"):
        grants.end_access(grant=grant, reason="Done.", actor=boss)

    assert Event.objects.filter(kind="access.closing", subject_id=grant.pk).count() == 1


def test_what_cannot_be_given_says_why(stage):
    yesterday = timezone.now() - timedelta(days=1)
    guest = stage.company.people["other_freelancer"]
    for details, words in (
        ({"reason": " "}, "what it is needed for"),
        ({"ends_at": yesterday}, "end before it begins"),
        ({"sponsor": guest}, "cannot answer for it"),
    ):
        with pytest.raises(Refusal, match=words):
            stage.give(stage.laptop, **details)
    assert not AccessGrant.objects.exists()


def test_a_retired_resource_or_one_of_another_program_is_not_given(stage):
    boss = stage.actor("program_manager")
    other = make_program(stage.company, name="Elsewhere")
    resources.retire_resource(resource=stage.team, actor=boss)
    Resource.objects.filter(pk=stage.laptop.pk).update(program=other)
    stage.laptop.refresh_from_db()

    for resource in (stage.team, stage.laptop):
        with pytest.raises(Refusal, match="not offered to this program"):
            stage.give(resource)


def test_who_has_not_joined_or_has_left_gets_nothing(stage):
    stranger = hire(stage.company, freelancer=add_freelancer(stage.company, "Nora New"), state="onboarding")
    boss = stage.actor("program_manager")
    with pytest.raises(Refusal, match="has not joined"):
        grants.give_access(assignment=stranger, resource=stage.laptop, reason="x", actor=boss)

    stage.end()
    with pytest.raises(Refusal, match="is over"):
        stage.give(stage.laptop)


def entry(stage, **details):
    values = {"name": "Figma", "kind": "licence", "actor": stage.actor("program_manager"), **details}
    return resources.create_resource(**values)


def test_an_entry_of_the_catalogue_is_added_changed_and_retired(stage):
    made = entry(stage, keeper=stage.company.people["teammate"])
    boss = stage.actor("program_manager")

    resources.change_resource(resource=made, name="Figma seat", is_given_to_all=True, actor=boss)
    resources.retire_resource(resource=made, actor=boss)
    resources.retire_resource(resource=made, actor=boss)

    made.refresh_from_db()
    assert (made.name, made.is_given_to_all, made.is_active) == ("Figma seat", True, False)
    kinds = Event.objects.filter(subject_type="workflows.resource", subject_id=made.pk).order_by("pk")
    assert list(kinds.values_list("kind", flat=True)) == ["resource.created", "resource.changed", "resource.retired"]


def test_bad_entries_say_what_and_where(stage):
    gone = stage.company.people["teammate"]
    members.suspend_member(membership=gone, actor=stage.actor("owner"))
    gone.refresh_from_db()
    for details, field in (
        ({"name": " "}, "name"),
        ({"connection": stage.connection}, "external_id"),
        ({"connection": stage.connection, "external_id": "t1"}, "external_id"),
        ({"keeper": gone}, "keeper"),
    ):
        with pytest.raises(Refusal) as refused:
            entry(stage, **details)
        assert refused.value.field == field
    assert Resource.objects.count() == 2


def test_what_somebody_has_cannot_be_moved_to_where_it_could_not_be_closed(stage):
    stage.give(stage.team)

    with pytest.raises(Refusal, match="could not be closed any more"):
        resources.change_resource(resource=stage.team, external_id="t2", actor=stage.actor("program_manager"))

    assert Resource.objects.get(pk=stage.team.pk).external_id == "t1"


def test_who_runs_one_program_changes_nothing_of_the_others(stage):
    one = make_program(stage.company, name="Mine")
    link = stage.company.people["program_manager"].role_links.get()
    link.program_ids = [one.pk]
    link.save(update_fields=["program_ids"])
    actor = stage.actor("program_manager")

    assert resources.create_resource(name="Ours", kind="other", program=one, actor=actor).program == one
    with pytest.raises(Refused):
        resources.create_resource(name="All", kind="other", actor=actor)
    with pytest.raises(Refused):
        resources.retire_resource(resource=stage.laptop, actor=actor)

"""The two halves of each policy agree: what a list shows opens, and what a list hides does not, for everybody."""

import pytest
from django.http import Http404

from freelance_hub.models import Job, StoredFile
from freelance_hub.permissions import Refused
from freelance_hub.services import files, imports, jobs  # noqa: F401  imports says whose their files are
from programs import access as programs
from programs.models import KnowledgePage, Message, Program, Workspace
from talent import access as talent
from talent.models import (
    Assignment,
    Deliverable,
    Freelancer,
    Invoice,
    PaymentBatch,
    Requisition,
    Submission,
    TimeLine,
)
from tests.access.browsing import LETTERS
from workflows import access as workflows
from workflows import review_access as reviews
from workflows.models import Campaign, Handover, Receipt, Run, Step

# (model, the list's half, the page's half)
PAIRS = {
    "program": (Program, programs.visible_programs, lambda a, o: programs.access_program(a, o.number)),
    "page": (KnowledgePage, programs.visible_pages, lambda a, o: programs.access_page(a, o.slug)),
    "workspace": (Workspace, programs.visible_workspaces, lambda a, o: programs.access_workspace(a, o.public_id)),
    "message": (Message, programs.visible_messages, lambda a, o: programs.access_message(a, o.pk)),
    "freelancer": (Freelancer, talent.visible_freelancers, lambda a, o: talent.access_freelancer(a, o.public_id)),
    "requisition": (Requisition, talent.visible_requisitions, lambda a, o: talent.access_requisition(a, o.number)),
    "submission": (
        Submission,
        talent.visible_submissions,
        lambda a, o: talent.access_submission(a, o.requisition.number, o.freelancer.public_id),
    ),
    "assignment": (Assignment, talent.visible_assignments, lambda a, o: talent.access_assignment(a, o.number)),
    "time_line": (TimeLine, talent.visible_time_lines, lambda a, o: talent.access_time_line(a, o.public_id)),
    "timesheet": (Assignment, talent.timesheet_assignments, lambda a, o: talent.access_timesheet(a, o.number)),
    "deliverable": (Deliverable, talent.visible_deliverables, lambda a, o: talent.access_deliverable(a, o.public_id)),
    "deliverable_files": (
        Deliverable,
        talent.visible_deliverables,
        lambda a, o: talent.access_deliverable_files(a, o.pk),
    ),
    "invoice": (Invoice, talent.visible_invoices, lambda a, o: talent.access_invoice(a, o.number)),
    "invoicing": (Assignment, talent.invoicing_assignments, lambda a, o: talent.access_invoicing(a, o.number)),
    "batch": (PaymentBatch, talent.visible_batches, lambda a, o: talent.access_batch(a, o.number)),
    "step": (Step, workflows.visible_steps, lambda a, o: workflows.access_step(a, o.public_id)),
    "run": (Run, workflows.visible_runs, lambda a, o: workflows.access_run(a, o.public_id)),
    "receipt": (Receipt, reviews.visible_receipts, lambda a, o: reviews.access_receipt(a, o.public_id)),
    "receipt_file": (Receipt, reviews.visible_receipts, lambda a, o: reviews.access_receipt_file(a, o.pk)),
    "campaign": (Campaign, reviews.visible_campaigns, lambda a, o: reviews.access_campaign(a, o.public_id)),
    "evidence": (Campaign, reviews.visible_campaigns, lambda a, o: reviews.access_evidence(a, o.pk)),
    "handover": (Handover, reviews.visible_handovers, lambda a, o: reviews.access_handover(a, o.public_id)),
    "job": (Job, jobs.visible_jobs, lambda a, o: jobs.access_job(a, o.public_id)),
}
# Guests reach these by ways of their own (`own_freelancer`), or never.
NOT_FOR_GUESTS = {"freelancer"}


def opens(access, actor, thing):
    try:
        found = access(actor, thing)
    except (Http404, Refused):
        return False
    # A slug can be the same in both companies: what opens must be the thing itself.
    return found is None or found.pk == thing.pk


def some(things, at_most=24):
    """A few from everywhere: a run has dozens of steps, and each look costs queries."""
    return things[:: max(1, len(things) // at_most)]


@pytest.mark.parametrize("who", [*LETTERS.values(), "former", "suspended", "suspended_guest"])
@pytest.mark.parametrize("noun", PAIRS)
def test_list_and_page_agree(stand, noun, who):
    model, visible, access = PAIRS[noun]
    acme = stand.acme
    with acme.enter(who):
        actor = acme.actor(who)
        everything = some(list(model.objects.order_by("pk")))
        listed = set(visible(actor).values_list("pk", flat=True)) & {thing.pk for thing in everything}
        opened = {thing.pk for thing in everything if opens(access, actor, thing)}
    assert everything
    if actor.is_guest and noun in NOT_FOR_GUESTS:
        assert opened == set()
    else:
        assert opened == listed
    if who in {"former", "suspended", "suspended_guest"}:
        assert listed == set() or noun == "job"


@pytest.mark.parametrize("noun", PAIRS)
def test_the_other_companys_things_are_in_neither(stand, noun):
    model, visible, access = PAIRS[noun]
    with stand.rival.enter():
        relations = ["requisition", "freelancer"] if model is Submission else []
        bait = some(list(model.objects.select_related(*relations).order_by("pk")), 8)
    acme = stand.acme
    with acme.enter("program_manager"):
        for who in ("program_manager", "owner", "freelancer"):
            actor = acme.actor(who)
            assert not visible(actor).filter(pk__in=[thing.pk for thing in bait]).exists()
            assert [thing for thing in bait if opens(access, actor, thing)] == []


@pytest.mark.parametrize("who", LETTERS.values())
def test_a_file_opens_for_whom_its_owner_opens(stand, who):
    acme = stand.acme
    with acme.enter(who):
        actor = acme.actor(who)
        for file in some(list(StoredFile.objects.order_by("pk"))):
            is_open = opens(lambda who, one: files.access_file(who, one.public_id), actor, file)
            owner = files._owners[file.owner_kind]
            assert is_open == opens(lambda who, one, owner=owner: owner(who, one.owner_id) and one, actor, file)

"""One of every object in both companies of the world, made by the real services, told like a day in each company.

`build()` returns for each company the addresses ({name of the object: what stands in its URL}), and a session and an API
token of every person, also of those whose access ended since. Texts carry words that no page
shows by chance: `canary("acme", "other")` stands in everything of Acme's second freelancer.
"""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from analytics.demo.story import settle
from analytics.services import facts
from freelance_hub.models import Membership
from freelance_hub.services import members
from freelance_hub.services.files import files_of
from freelance_hub.tenancy.context import current_tenant_id
from programs.models import KnowledgePage, LaunchItem
from programs.services import messages, pages, programs
from talent.models.work import WorkState
from talent.services import (
    amendments,
    assignments,
    deliverables,
    invoices,
    payments,
    payouts,
    requisitions,
    submissions,
    time_lines,
)
from talent.services.engaging import engage
from tests.access.access_objects import AccessObjects
from tests.access.platform_objects import PlatformObjects, canary
from tests.factories.programs import launch
from tests.factories.talent import add_freelancer, guest_freelancer
from tests.world import COMPANIES, find_company
from workflows.models import Receipt, Run, Step
from workflows.services import links
from workflows.services.answers import complete_task
from workflows.services.decisions import decide
from workflows.services.delegations import delegate

IBANS = ("DE89370400440532013000", "GB82WEST12345698765432", "NL91ABNA0417164300")
SERIES = ("program", "requisition", "assignment", "amendment", "invoice", "payment_batch")
FIRST_NUMBER = {"acme": 0, "rival": 500}  # no number of the one company is one of the other
ENGAGED = {  # key of the story: (guest, manager)
    "mine": ("freelancer", "hiring_manager"),
    "other": ("other_freelancer", "teammate"),
    "former": ("former", "hiring_manager"),
}


def build():
    """Both companies, with everything committed as it is made."""
    told = {slug: Told(find_company(slug)).tell() for slug in COMPANIES}
    for slug, company in told.items():
        mine = [message for message in mail.outbox if f"/t/{slug}/" in message.body or slug in message.to[0]]
        company["mails"] = [(message.to[0], f"{message.subject}\n{message.body}") for message in mine]
    return told


class Told(PlatformObjects, AccessObjects):
    """The story of one company; `refs` collects the addresses."""

    def __init__(self, company):
        self.company = company
        self.slug = company.slug
        self.refs = {}
        self.tokens = {}  # secrets by person
        self.people = {}  # directory entries of the guests by key of ENGAGED
        self.today = timezone.localdate(timezone=ZoneInfo(company.tenant.time_zone))
        self.monday = self.today - timedelta(days=self.today.weekday() + 7)

    def tell(self):
        self.more_people()
        self.company_itself()
        with self.company.enter():
            self.start_numbers()
            self.programs_and_pages()
            self.directory()
            self.requests()
            self.engagements()
            self.accesses()
            self.work()
            self.money()
            self.end()
            self.candidates()
            self.imports_and_jobs()
            self.platform()
            settle(self.company.tenant)
            facts.rebuild()
        return {
            "refs": {name: str(found) for name, found in self.refs.items()},
            "tokens": self.tokens,
            "sessions": {key: self.session(key) for key in self.company.people},
        }

    def actor(self, role):
        return self.company.actor(role)

    def word(self, whose="shared"):
        return canary(self.slug, whose)

    def more_people(self):
        """Whose access is over or held back, besides the people of the world."""
        self.company.add("former", "freelancer")
        for key, role in (("suspended", "owner"), ("suspended_guest", "freelancer")):
            self.company.add(key, role)
        with self.company.enter():
            self.tokens = {key: self.token(key) for key in self.company.people}
            for key in ("suspended", "suspended_guest"):
                members.suspend_member(membership=self.company.people[key], actor=self.actor("owner"))

    def start_numbers(self):
        with connection.cursor() as cursor:
            for series in SERIES:
                cursor.execute(
                    "INSERT INTO hub_counter (tenant_id, series, value) VALUES (%s, %s, %s)",
                    [current_tenant_id(), series, FIRST_NUMBER[self.slug]],
                )

    def programs_and_pages(self):
        manager = self.actor("program_manager")
        self.program = launch(self.company, name=f"Design pilot {self.word()}")
        for item in LaunchItem.objects.filter(program=self.program, check_key=""):
            programs.tick_item(item=item, actor=manager)
        programs.go_live(program=self.program, actor=manager)
        draft = launch(self.company, name="Second pilot")
        made = pages.create_page(
            program=None,
            title=f"How we pay {self.word()}",
            body=f"Within ten days. {self.word()}",
            required_roles=["hiring_manager"],
            review_on=None,
            actor=manager,
        )
        self.refs |= {
            "program": self.program.number,
            "draft_program": draft.number,
            "launch_item": LaunchItem.objects.filter(program=draft, check_key="").first().key,
            "page": made.slug,
            "pages": KnowledgePage.objects.count(),
        }

    def directory(self):
        for key, iban in zip(ENGAGED, IBANS, strict=True):
            guest, _ = ENGAGED[key]
            self.people[key] = guest_freelancer(self.company, guest, headline=f"Designer {self.word(key)}")
            payouts.set_payout_account(
                freelancer=self.people[key], holder=f"Holder {self.word(key)}", iban=iban, actor=self.actor(guest)
            )
        self.free = add_freelancer(self.company, f"Fay {self.word()}", external_id="F1")
        self.refs |= {"freelancer": self.people["mine"].public_id, "free_freelancer": self.free.public_id}

    def ask(self, title, by="hiring_manager", *, submit=True, approve=True):
        """A requisition below the limit that asks for a second approval."""
        asked = requisitions.create_requisition(
            program=self.program,
            title=title,
            description=f"The brief. {self.word()}",
            starts_on=self.today - timedelta(days=21),
            ends_on=self.today + timedelta(days=60),
            budget=Decimal(9000),
            rate_min=Decimal(60),
            rate_max=Decimal(90),
            skills=["Python"],
            actor=self.actor(by),
        )
        if submit:
            requisitions.submit_requisition(requisition=asked, actor=self.actor(by))
            settle(self.company.tenant)
        if submit and approve:
            self.decide(asked)
        return asked

    def decide(self, asked):
        run = Run.objects.get(subject_type=asked._meta.label_lower, subject_id=asked.pk)
        decide(
            step=Step.objects.get(run=run, state=Step.State.WAITING), outcome="approved", actor=self.actor("approver")
        )
        settle(self.company.tenant)
        asked.refresh_from_db()

    def requests(self):
        waiting = self.ask(f"Waiting {self.word()}", approve=False)
        held = self.ask(f"Held {self.word()}")
        requisitions.hold_requisition(requisition=held, reason="Later.", actor=self.actor("hiring_manager"))
        self.open = self.ask(f"Open {self.word()}")
        others = self.ask(f"Request {self.word('teammate')}", "teammate", submit=False)
        self.refs |= {
            "draft_requisition": self.ask(f"Draft {self.word()}", submit=False).number,
            "waiting_requisition": waiting.number,
            "held_requisition": held.number,
            "open_requisition": self.open.number,
            "others_requisition": others.number,
            "approval": Step.objects.get(run__subject_id=waiting.pk, state=Step.State.WAITING).public_id,
            "run": Run.objects.get(subject_id=waiting.pk, subject_type="talent.requisition").public_id,
        }
        asked = Step.objects.select_related("run").get(run__subject_id=waiting.pk, state=Step.State.WAITING)
        people = self.company.people
        days = {"starts_on": self.today, "ends_on": self.today + timedelta(days=9)}
        stands_in = delegate(giver=people["owner"], taker=people["compliance"], actor=self.actor("owner"), **days)
        self.refs |= {
            "link_secret": links.mint(step=asked, member=people["approver"]),
            "delegation": stands_in.public_id,
            "taker_pk": people["viewer"].pk,
        }
        self.paused()

    def engage(self, requisition, freelancer, manager):
        return engage(
            requisition=requisition,
            freelancer=freelancer,
            manager=self.company.people[manager],
            rate=Decimal(80),
            starts_on=requisition.starts_on,
            ends_on=requisition.ends_on,
            title=requisition.title,
            actor=self.actor(manager),
        )

    def task_of(self, assignment):
        return Step.objects.get(
            run__subject_type="talent.assignment", run__subject_id=assignment.pk, key="prepare", state="waiting"
        )

    def engagements(self):
        self.assignments = {}
        for key, (_, manager) in ENGAGED.items():
            asked = self.ask(f"Assignment {self.word(key)}", manager)
            found = self.engage(asked, self.people[key], manager)
            assignments.start_onboarding(assignment=found, actor=self.actor(manager))
            settle(self.company.tenant)
            complete_task(step=self.task_of(found), actor=self.actor(manager))
            settle(self.company.tenant)
            found.refresh_from_db()
            assert found.state == found.State.ACTIVE, found.state
            self.assignments[key] = found
        planned = self.engage(self.ask(f"Planned {self.word()}"), self.free, "hiring_manager")
        starting = self.engage(self.ask(f"Starting {self.word()}"), self.free, "hiring_manager")
        assignments.start_onboarding(assignment=starting, actor=self.actor("hiring_manager"))
        settle(self.company.tenant)
        second = self.engage(self.ask(f"Second {self.word('mine')}"), self.people["mine"], "hiring_manager")
        assignments.start_onboarding(assignment=second, actor=self.actor("hiring_manager"))
        settle(self.company.tenant)
        task = self.task_of(second)
        stuck = Step.objects.get(run__subject_id=starting.pk, run__subject_type="talent.assignment", key="activate")
        Step.objects.filter(pk=stuck.pk).update(state=Step.State.ATTENTION)
        # As a playbook of the company's own would ask the freelancer for something.
        guests = Step.objects.filter(pk=task.pk)
        guests.update(assignee=self.company.people["freelancer"], title=f"Send your photo {self.word('mine')}")
        self.changes_of_terms(starting, second)
        self.refs |= {
            "assignment": self.assignments["mine"].number,
            "others_assignment": self.assignments["other"].number,
            "planned_assignment": planned.number,
            "filled_requisition": self.assignments["mine"].requisition.number,
            "workspace": self.assignments["mine"].workspace.public_id,
            "others_workspace": self.assignments["other"].workspace.public_id,
            "task": self.task_of(starting).public_id,
            "guest_task": task.public_id,
            "stuck_step": stuck.public_id,
        }

    def change_of_terms(self, assignment, whose):
        return amendments.create_amendment(
            assignment=assignment,
            ends_on=assignment.ends_on + timedelta(days=30),
            scope=f"One page more {self.word(whose)}",
            reason=f"The list grew {self.word(whose)}",
            actor=self.actor("hiring_manager"),
        )

    def changes_of_terms(self, starting, second):
        draft = self.change_of_terms(starting, "shared")
        offered = self.change_of_terms(second, "mine")
        amendments.submit_amendment(amendment=offered, actor=self.actor("hiring_manager"))
        settle(self.company.tenant)
        self.decide(offered)
        self.refs |= {"draft_amendment": draft.number, "offered_amendment": offered.number}

    def work(self):
        for key, (guest, manager) in ENGAGED.items():
            at_work, word = self.assignments[key], self.word(key)
            messages.post_message(workspace=at_work.workspace, body=f"Welcome {word}", actor=self.actor(manager))
            said = messages.post_message(
                workspace=at_work.workspace,
                body=f"Thank you {word}",
                files=[SimpleUploadedFile(f"brief-{word}.txt", f"Brief {word}".encode(), "text/plain")],
                actor=self.actor(guest),
            )
            waiting, returned, accepted = (
                self.thing(at_work, f"{title} {word}", manager) for title in ("Logo", "Film", "Page")
            )
            for one in (waiting, returned, accepted):
                upload = SimpleUploadedFile(f"notes-{word}.txt", f"Notes {word}".encode(), "text/plain")
                deliverables.submit_deliverable(
                    deliverable=one, note=f"Look {word}", uploads=[upload], actor=self.actor(guest)
                )
            deliverables.return_deliverable(deliverable=returned, reason=f"Too long {word}", actor=self.actor(manager))
            deliverables.accept_deliverable(deliverable=accepted, rating=5, actor=self.actor(manager))
            self.time(at_work, guest, manager, word)
            prefix = "" if key == "mine" else f"{key}_"
            self.refs |= {
                f"{prefix}message_file": files_of(said).get().public_id,
                f"{prefix}deliverable_file": files_of(waiting).get().public_id,
                f"{prefix}deliverable": waiting.public_id,
                f"{prefix}returned_deliverable": returned.public_id,
            }

    def thing(self, at_work, title, manager):
        return deliverables.create_deliverable(
            assignment=at_work, title=title, due_on=self.today + timedelta(days=7), actor=self.actor(manager)
        )

    def time(self, at_work, guest, manager, word):
        """A week accepted, a week that waits, a day still being written."""
        for weeks_ago in (2, 1):
            monday = self.monday - timedelta(weeks=weeks_ago - 1)
            entries = [
                time_lines.TimeEntry(monday + timedelta(days=at), Decimal(4), f"Day {at} {word}") for at in range(3)
            ]
            entries = [entry for entry in entries if entry.worked_on >= at_work.starts_on]
            time_lines.save_time(assignment=at_work, entries=entries, actor=self.actor(guest))
            lines = time_lines.submit_time(assignment=at_work, week=monday, actor=self.actor(guest))
            for line in lines if weeks_ago == 2 else ():
                time_lines.accept_time(line=line, actor=self.actor(manager))
        prefix = "" if guest == "freelancer" else f"{guest}_"
        self.refs |= {f"{prefix}time_line": lines[0].public_id, "week": self.monday.isoformat()}
        today = time_lines.TimeEntry(self.today, Decimal(2), f"Draft {word}")
        time_lines.save_time(assignment=at_work, entries=[today], actor=self.actor(guest))
        self.refs["this_week"] = (self.today - timedelta(days=self.today.weekday())).isoformat()

    def money(self):
        guests = {key: self.actor(guest) for key, (guest, _) in ENGAGED.items()}
        bosses = {key: self.actor(manager) for key, (_, manager) in ENGAGED.items()}
        paid = self.invoice("former", guests, bosses, approve=True)
        invoices.release_invoice(invoice=paid, actor=self.actor("finance"))
        batch = payments.export_payments(currency="EUR", actor=self.actor("finance"))
        payable = self.invoice("other", guests, bosses, approve=True)
        invoices.release_invoice(invoice=payable, actor=self.actor("finance"))
        self.accept_a_day("other", bosses)
        approved = self.invoice("other", guests, bosses, approve=True)
        waiting = self.invoice("mine", guests, bosses)
        self.accept_a_day("mine", bosses)  # so that one more invoice can be made
        self.accept_a_day("other", bosses)
        self.refs |= {
            "invoice": waiting.number,
            "approved_invoice": approved.number,
            "paid_invoice": paid.number,
            "payable_count": 1,
            "payable_total": payable.total,
            "batch": batch.number,
            "batch_file": batch.file.public_id,
        }

    def accept_a_day(self, key, bosses):
        days = self.assignments[key].time_lines.filter(state=WorkState.SUBMITTED)
        time_lines.accept_time(line=days.order_by("-worked_on").first(), actor=bosses[key])

    def invoice(self, key, guests, bosses, *, approve=False):
        made = invoices.create_invoice(assignment=self.assignments[key], actor=guests[key])
        if approve:
            invoices.approve_invoice(invoice=made, actor=bosses[key])
        return made

    def end(self):
        """The third freelancer's assignment is over, and what was open with it is closed."""
        over, boss = self.assignments["former"], self.actor("hiring_manager")
        assignments.request_end(assignment=over, reason=f"Done {self.word('former')}", actor=boss)
        settle(self.company.tenant)
        for step in Step.objects.filter(
            run__subject_id=over.pk, run__subject_type="talent.assignment", state="waiting"
        ):
            complete_task(
                step=step, actor=self.actor("program_manager" if step.assignee_id is None else "hiring_manager")
            )
        settle(self.company.tenant)
        over.refresh_from_db()
        assert over.state == over.State.CLOSED, over.state
        self.refs["receipt"] = Receipt.objects.get(assignment=over).public_id
        assert Membership.objects.get(pk=self.company.people["former"].pk).state == Membership.State.ENDED

    def candidates(self):
        somebody = self.people["other"]
        submissions.add_submission(requisition=self.open, freelancer=somebody, actor=self.actor("hiring_manager"))
        self.refs["candidate"] = somebody.public_id

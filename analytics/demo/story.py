"""The demo told: every step is the service that a person's click would call, as that person."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from analytics.demo.clock import move_back
from analytics.demo.people import Cast, person
from analytics.demo.plot import IBANS, PLOTS, Plot
from analytics.demo.postbox import invitation_secret
from analytics.services import facts
from freelance_hub.access import Actor
from freelance_hub.imports.spec import spec_of
from freelance_hub.models import LegalEntity, Membership, OrgUnit, Tenant
from freelance_hub.services import delivery, imports, invitations, jobs
from freelance_hub.services.notifications import mail_waiting
from freelance_hub.tenancy.context import tenant
from programs.models import LaunchItem, Program
from programs.services import messages, programs
from talent.models import Amendment, Assignment, Freelancer, Invoice, Requisition
from talent.services import amendments, assignments, deliverables, invoices, payments, payouts, requisitions, time_lines
from talent.services.engaging import engage
from workflows.models import Step
from workflows.services.answers import complete_task
from workflows.services.background import work_off
from workflows.services.decisions import decide

CSV = Path(__file__).with_name("freelancers.csv")


@dataclass
class Told:
    """One line of the table: a stage, what came of it, how long it took."""

    stage: str
    count: int
    what: str
    seconds: float


@dataclass
class Story:
    """Tells all stages in order; `told` is the table that the command prints."""

    cast: Cast
    today: date = field(default_factory=timezone.localdate)
    told: list[Told] = field(default_factory=list)
    program: Program | None = None
    running: list[tuple[Plot, Assignment]] = field(default_factory=list)

    def tell(self) -> list[Told]:
        """All stages; what is due in the background is done in between, as the workers would."""
        with tenant(self.cast.company, actor="Demo"):
            self._stage("Launch", self.launch)
            self._stage("Import", self.import_people)
            self._stage("Request", self.request)
            self._stage("Engage", self.engage)
            self._stage("Work", self.work)
            self._stage("Change", self.change)
            self._stage("Pay", self.pay)
            self._stage("End", self.end)
            self._stage("See", self.see)
        return self.told

    def _stage(self, name: str, tell: Callable[[], tuple[int, str]]) -> None:
        begun = time.monotonic()
        count, what = tell()
        settle(self.cast.company)
        self.told.append(Told(name, count, what, time.monotonic() - begun))

    def launch(self) -> tuple[int, str]:
        """A program from the pack, taken live."""
        actor = self.cast.actor("program_manager")
        year = self.today.year
        self.program = programs.launch_program(
            pack_key="pilot",
            name="Marketing and product pilot",
            purpose="Try freelancers in two teams for a year, lawfully and without surprises.",
            owner=self.cast.members["program_manager"],
            legal_entity=LegalEntity.objects.get(),
            org_unit=OrgUnit.objects.get(code="4711"),
            currency="EUR",
            budget_amount=Decimal(240000),
            budget_starts_on=date(year, 1, 1),
            budget_ends_on=date(year, 12, 31),
            approval_limit=Decimal(10000),
            actor=actor,
        )
        for item in LaunchItem.objects.filter(program=self.program, check_key=""):
            programs.tick_item(item=item, actor=actor)
        programs.go_live(program=self.program, actor=actor)
        return 1, "program from the pack “Pilot”, live"

    def import_people(self) -> tuple[int, str]:
        """A CSV with headers of its own and dirty values, with the suggested mapping."""
        actor = self.cast.actor("program_manager")
        upload = SimpleUploadedFile("freelancers.csv", CSV.read_bytes(), content_type="text/csv")
        run = imports.start_import(spec=spec_of("freelancers"), upload=upload, actor=actor)
        jobs.run(job_id=imports.check(run=run, mapping=run.mapping, actor=actor).pk)
        run.refresh_from_db()
        jobs.run(job_id=imports.start(run=run, actor=actor).pk)
        run.refresh_from_db()
        counts = imports.counts_of(run)
        return sum(
            counts.values()
        ), f"rows read: {', '.join(f'{n} {verdict}' for verdict, n in sorted(counts.items()) if n)}"

    def request(self) -> tuple[int, str]:
        """Requisitions, approved by amount; one waits for approval, one for the unit that pays, one is a draft."""
        for plot in PLOTS:
            requisition = self._requisition(plot)
            requisitions.submit_requisition(requisition=requisition, actor=self.cast.actor(plot.manager))
        settle(self.cast.company)
        approved = decide_all(self.cast)
        waiting = self._requisition_of("SEO audit", "hiring_manager", ("SEO",), Decimal(14500))
        requisitions.submit_requisition(requisition=waiting, actor=self.cast.actor("hiring_manager"))
        self._requisition_of("Product video", "second_manager", ("Video editing",), Decimal(5200))
        approved += self._let_another_unit_pay()
        words = f"requisitions; {approved} decisions in one or two steps; two wait, one for the unit that pays; one is a draft"
        return len(PLOTS) + 3, words

    def _let_another_unit_pay(self) -> int:
        """Asked for by Marketing, paid by Product: approved once, it waits for Product's approver. Returns the decisions."""
        product = OrgUnit.objects.get(code="4720")
        film = self._requisition_of("Launch film", "hiring_manager", ("Video editing",), Decimal(6800), unit=product)
        requisitions.submit_requisition(requisition=film, actor=self.cast.actor("hiring_manager"))
        settle(self.cast.company)
        step = Step.objects.get(
            run__subject_id=film.pk, run__subject_type="talent.requisition", state=Step.State.WAITING
        )
        decide(step=step, outcome="approved", comment="", actor=self.cast.actor("approver"))
        settle(self.cast.company)
        return 1

    def _requisition(self, plot: Plot) -> Requisition:
        return self._requisition_of(plot.title, plot.manager, plot.skills, plot.budget, weeks=plot.weeks)

    def _requisition_of(
        self,
        title: str,
        manager: str,
        skills: tuple[str, ...],
        budget: Decimal,
        *,
        weeks: int = 0,
        unit: OrgUnit | None = None,
    ) -> Requisition:
        starts_on = self.today - timedelta(weeks=weeks) if weeks else self.today + timedelta(days=7)
        assert self.program is not None
        return requisitions.create_requisition(
            program=self.program,
            title=title,
            description=f"{title}: see the brief in the workspace. Done means accepted by the requesting team.",
            starts_on=starts_on,
            ends_on=self.today + timedelta(weeks=10),
            budget=budget,
            rate_min=Decimal(40),
            rate_max=Decimal(70),
            skills=skills,
            org_unit=unit,
            actor=self.cast.actor(manager),
        )

    def engage(self) -> tuple[int, str]:
        """Engage, onboard, accept the invitation, do the checklist, go active."""
        for plot in PLOTS:
            requisition = Requisition.objects.get(title=plot.title)
            actor = self.cast.actor(plot.manager)
            assignment = engage(
                requisition=requisition,
                freelancer=Freelancer.objects.get(name=plot.person),
                rate=plot.rate,
                starts_on=requisition.starts_on,
                ends_on=requisition.ends_on,
                title=plot.title,
                manager=self.cast.members[plot.manager],
                actor=actor,
            )
            assignments.start_onboarding(assignment=assignment, actor=actor)
            self.running.append((plot, assignment))
        settle(self.cast.company)
        for plot, assignment in self.running:
            if plot.until != "onboarding":
                self._join(plot)
                complete_all(assignment, actor=self.cast.actor(plot.manager))
        settle(self.cast.company)
        return len(
            PLOTS
        ), f"assignments, {sum(p.until != 'onboarding' for p in PLOTS)} through onboarding with a guest in the portal"

    def _join(self, plot: Plot) -> None:
        freelancer = Freelancer.objects.get(name=plot.person)
        user = person(freelancer.email, freelancer.name, self.cast.password)
        membership = invitations.accept(secret=invitation_secret(freelancer.email), user=user)
        key = "freelancer" if plot is PLOTS[0] else freelancer.name
        self.cast.members[key] = Membership.objects.select_related("user").get(pk=membership.pk)
        freelancer.refresh_from_db()
        payouts.set_payout_account(
            freelancer=freelancer, holder=freelancer.name, iban=IBANS[plot.person], actor=self._guest(plot)
        )

    def _guest(self, plot: Plot) -> Actor:
        return self.cast.actor("freelancer" if plot is PLOTS[0] else plot.person)

    def work(self) -> tuple[int, str]:
        """Messages, files, deliverables and time; accepted, or returned with a reason first."""
        lines = things = 0
        for plot, assignment in self.running:
            if plot.until == "onboarding":
                continue
            assignment.refresh_from_db()
            lines += self._time(plot, assignment)
            things += self._deliverables(plot, assignment)
            self._talk(plot, assignment)
        return lines + things, f"{lines} days of time and {things} deliverables handed in and decided"

    def _time(self, plot: Plot, assignment: Assignment) -> int:
        guest, manager = self._guest(plot), self.cast.actor(plot.manager)
        handed_in = 0
        for weeks_ago in range(plot.weeks, -1, -1):
            monday = self.today - timedelta(days=self.today.weekday()) - timedelta(weeks=weeks_ago)
            days = [monday + timedelta(days=at) for at in range(3)]
            entries = [
                time_lines.TimeEntry(day, Decimal(4), f"{plot.title}: work of the day")
                for day in days
                if assignment.starts_on <= day <= self.today
            ]
            if not entries:
                continue
            time_lines.save_time(assignment=assignment, entries=entries, actor=guest)
            lines = time_lines.submit_time(assignment=assignment, week=monday, actor=guest)
            handed_in += len(lines)
            for line in lines if weeks_ago else ():  # the current week waits for the manager
                time_lines.accept_time(line=line, actor=manager)
        return handed_in

    def _deliverables(self, plot: Plot, assignment: Assignment) -> int:
        manager, guest = self.cast.actor(plot.manager), self._guest(plot)
        for title, due_in in (("First draft", 14), ("Final version", 30 if not plot.late else 10)):
            due_on = max(assignment.starts_on, self.today - timedelta(weeks=plot.weeks) + timedelta(days=due_in))
            thing = deliverables.create_deliverable(
                assignment=assignment, title=f"{plot.title}: {title.lower()}", due_on=due_on, actor=manager
            )
            note = SimpleUploadedFile("notes.txt", f"{thing.title}\nWhat changed and why.\n".encode(), "text/plain")
            deliverables.submit_deliverable(deliverable=thing, note="Ready to look at.", uploads=[note], actor=guest)
            if plot.rework and title == "First draft":
                deliverables.return_deliverable(
                    deliverable=thing, reason="The last two pictures are missing.", actor=manager
                )
                deliverables.submit_deliverable(deliverable=thing, note="Now with all pictures.", actor=guest)
            if plot.until != "active" or title == "First draft":
                deliverables.accept_deliverable(deliverable=thing, rating=4 if plot.rework else 5, actor=manager)
        return 2

    def _talk(self, plot: Plot, assignment: Assignment) -> None:
        assert assignment.workspace is not None
        for actor, body in (
            (self.cast.actor(plot.manager), f"Welcome! The brief for **{plot.title}** is below. Ask anything here."),
            (self._guest(plot), "Thank you, I start with a first draft and come back by Thursday."),
            (self.cast.actor(plot.manager), "Great. I am here all week."),
        ):
            messages.post_message(workspace=assignment.workspace, body=body, actor=actor)

    def change(self) -> tuple[int, str]:
        """One extension is approved and accepted; an amendment of scope and money waits for its second approver."""
        (plot, first), (other, second) = [pair for pair in self.running if pair[0].until == "active"][:2]
        first.refresh_from_db()
        extension = self._ask_for(
            first, plot, ends_on=first.ends_on + timedelta(weeks=4), reason="The launch moved to next month."
        )
        self._say(extension, "approver")
        amendments.accept_amendment(amendment=extension, actor=self._guest(plot))
        second.refresh_from_db()
        more = self._ask_for(
            second,
            other,
            budget=(second.budget * Decimal("1.18")).quantize(Decimal(1)),
            scope="One more milestone: everything in French, too.",
            reason="The French market opens in spring.",
        )
        self._say(more, "approver")
        return 2, "changes of terms: one extension in force, one amendment in approval"

    def _ask_for(self, assignment: Assignment, plot: Plot, **terms: Any) -> Amendment:
        actor = self.cast.actor(plot.manager)
        amendment = amendments.create_amendment(assignment=assignment, actor=actor, **terms)
        amendments.submit_amendment(amendment=amendment, actor=actor)
        settle(self.cast.company)
        return amendment

    def _say(self, amendment: Amendment, key: str) -> None:
        """The first approval of a change of terms."""
        waiting = Step.objects.filter(run__subject_type="talent.amendment", run__subject_id=amendment.pk)
        step = waiting.filter(kind=Step.Kind.APPROVAL, state=Step.State.WAITING).order_by("position")[0]
        decide(step=step, outcome="approved", actor=self.cast.actor(key))
        settle(self.cast.company)

    def pay(self) -> tuple[int, str]:
        """Invoices from accepted work, approved twice; one batch leaves, the rest waits at each stage."""
        made: list[Invoice] = []
        for plot, assignment in self.running:
            if plot.until in {"invoiced", "ended"}:
                invoice = invoices.create_invoice(assignment=assignment, actor=self._guest(plot))
                invoices.approve_invoice(invoice=invoice, actor=self.cast.actor(plot.manager))
                made.append(invoice)
        for invoice in made:
            invoices.release_invoice(invoice=invoice, actor=self.cast.actor("finance"))
        batch = payments.export_payments(currency="EUR", actor=self.cast.actor("finance"))
        for plot, assignment in self.running:
            if plot.until == "active":
                invoice = invoices.create_invoice(assignment=assignment, actor=self._guest(plot))
                made.append(invoice)
        return len(made), f"invoices; {batch.rows_count} in {batch.ref}, {batch.total:,.2f} EUR"

    def end(self) -> tuple[int, str]:
        """One assignment ends: access goes at once, the checklist does the rest."""
        ended = [(plot, assignment) for plot, assignment in self.running if plot.until == "ended"]
        for plot, assignment in ended:
            actor = self.cast.actor(plot.manager)
            assignments.request_end(
                assignment=assignment, reason="The work is done and accepted.", rehire=True, actor=actor
            )
            settle(self.cast.company)
            complete_all(assignment, actor=actor)
        return len(ended), "assignment ended and offboarded; its guest's access is gone"

    def see(self) -> tuple[int, str]:
        """Give it a past, then make the figures from the rows."""
        for plot, assignment in self.running:
            if plot.until != "onboarding":
                move_back(assignment, days=plot.weeks * 7, fill=plot.fill, onboard=plot.onboard, pay=plot.pay)
        made = facts.rebuild()
        return sum(made.values()), f"facts behind {len(made)} figures on the dashboard"


def settle(company: Tenant) -> None:
    """Do what the workers would: workflow steps, deliveries, mails, until nothing is due."""
    while True:
        done = work_off("demo")
        with tenant(company, actor="Demo"):
            done += delivery.deliver_waiting() + mail_waiting()
        if done == 0:
            return


def decide_all(cast: Cast) -> int:
    """Approve whatever waits, first as the approver, then as finance; returns how many decisions were made."""
    decided = 0
    for key in ("approver", "finance"):
        for step in Step.objects.filter(kind=Step.Kind.APPROVAL, state=Step.State.WAITING).order_by("pk"):
            decide(step=step, outcome="approved", comment="", actor=cast.actor(key))
            decided += 1
        settle(cast.company)
    return decided


def complete_all(assignment: Assignment, *, actor: Actor) -> None:
    """Tick the manager's tasks of an assignment until none waits."""
    for _ in range(10):
        settle(assignment.tenant)
        step = Step.objects.filter(
            run__subject_type="talent.assignment",
            run__subject_id=assignment.pk,
            kind=Step.Kind.TASK,
            state=Step.State.WAITING,
            assignee_id=actor.membership_id,
        ).first()
        if step is None:
            return
        complete_task(step=step, actor=actor)

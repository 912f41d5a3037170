"""The objects of the platform in one company: sessions and tokens, imports and jobs, roles, invitations, news."""

import re
import time
from datetime import timedelta

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from freelance_hub.models import Job, JobRow, Membership, Notification, Role, User
from freelance_hub.services import imports, invitations, jobs, members, roles, tokens
from freelance_hub.services.files import files_of
from freelance_hub.services.notifications import notify
from talent.imports import FREELANCERS
from workflows.models import Definition, Handover, Run, Step
from workflows.services import campaigns
from workflows.services.definitions import publish
from workflows.services.runs import pause_run


def canary(slug, whose):
    """A word that stands in what belongs to `whose` (mine, other, former, shared) in that company."""
    return f"{whose}canary{slug}"


class PlatformObjects:
    """A part of the story of `world_objects.Told`."""

    def session(self, key):
        """Signed in with the password a moment ago, however long the tests run: dangerous acts ask for no second time."""
        session = self.company.client(key).session
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            {"method": "password", "at": time.time() + 86400, "reauthenticated": True}
        ]
        session.save()
        return session.session_key

    def company_itself(self):
        """Its mail domain is proved, so that its directory may make accounts."""
        self.refs["company"] = self.slug
        owner = self.company.people["owner"].user
        EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)

    def token(self, key):
        """A token with everything the person may."""
        actor, person = self.actor(key), self.company.people[key]
        _, secret = tokens.create_token(
            membership=person, name=f"Token {key}", kind="person", scopes=actor.capabilities, days=30, actor=actor
        )
        return secret

    def workflow_of_its_own(self):
        """One that people start about an assignment."""
        program = self.assignments["mine"].program
        definition = Definition.objects.create(
            program=program, key="visit", title=f"Visit {self.word()}", subject_type="talent.assignment"
        )
        step = {"key": "go", "title": "Go there", "kind": "task", "who": {"person": "manager"}}
        graph = {"steps": [step], "triggers": {"button": "Plan a visit", "api": True}}
        publish(definition=definition, graph_data=graph, actor=self.actor("program_manager"))
        self.refs["callable"] = definition.public_id

    def imports_and_jobs(self):
        self.workflow_of_its_own()
        manager = self.actor("program_manager")
        self.refs["mapping_import"] = self.start_import(manager).public_id
        checked = self.start_import(manager)
        jobs.run(job_id=imports.check(run=checked, mapping=checked.mapping, actor=manager).pk)
        self.refs["checked_import"] = checked.public_id
        run = self.start_import(manager)
        jobs.run(job_id=imports.check(run=run, mapping=run.mapping, actor=manager).pk)
        run.refresh_from_db()
        done = imports.start(run=run, actor=manager)
        jobs.run(job_id=done.pk)
        begun = self.start_import(manager)
        waiting = imports.check(run=begun, mapping=begun.mapping, actor=manager)
        job = Job.objects.get(pk=done.pk)
        JobRow.objects.get_or_create(job=job, number=99, verdict="rejected", defaults={"reason": f"Bad {self.word()}"})
        self.refs |= {"import": run.public_id, "job": job.public_id, "waiting_job": waiting.public_id}
        run.refresh_from_db()
        self.refs["import_file"] = files_of(run).first().public_id

    def start_import(self, manager):
        text = f"name,email,country,rating\nImported {self.word()},imported@free.example,Italy,4\n,nobody@free.example,Italy,9\n"
        upload = SimpleUploadedFile(f"people-{self.word()}.csv", text.encode(), content_type="text/csv")
        return imports.start_import(spec=FREELANCERS, upload=upload, actor=manager)

    def platform(self):
        owner = self.actor("owner")
        own_role = roles.clone_role(role=Role.objects.get(key="viewer"), name=f"Auditors {self.word()}", actor=owner)
        email = f"invited.{self.word()}@free.example"
        invitation = invitations.invite(
            email=email, name=f"Ivy {self.word()}", kind="staff", role_keys=["viewer"], actor=owner
        )
        secret = re.search(r"/invitations/([\w-]+)/", next(m.body for m in mail.outbox if m.to == [email]))[1]
        token, _ = tokens.create_token(
            membership=self.company.people["owner"], name=f"Payroll {self.word()}", kind="integration",
            scopes=["people.see"], days=30, actor=owner,
        )  # fmt: skip
        for key, person in self.company.people.items():
            notify(membership=person, kind="general", title=f"News {canary(self.slug, key + 'news')}", link="")
        self.refs |= {
            "handover": self.somebody_left().public_id,
            "campaign": campaigns.start_campaign(title=f"Review {self.word()}", actor=owner).public_id,
            "role": own_role.key,
            "invitation": invitation.public_id,
            "invitation_secret": secret,
            "token": token.public_id,
            "member": self.company.people["teammate"].public_id,
            "suspended_member": self.company.people["suspended_guest"].public_id,
            "user": str(User.objects.get(email=self.company.people["owner"].user.email).pk),
            "news": self.news("owner"),
            "entity_pk": self.company.entity.pk,
            "unit": self.company.unit.public_id,
            "unit_pk": self.company.unit.pk,
            "program_pk": self.program.pk,
            "manager_id": self.company.people["hiring_manager"].public_id,
            "manager_pk": self.company.people["hiring_manager"].pk,
            "owner_pk": self.company.people["program_manager"].pk,
            "finance_id": self.company.people["finance"].public_id,
            "viewer_role_pk": Role.objects.get(key="viewer").pk,
            "today": self.today.isoformat(),
            "later": (self.today + timedelta(days=30)).isoformat(),
        }
        for key in ("freelancer", "hiring_manager"):
            self.refs[f"{key}_news"] = self.news(key)

    def news(self, key):
        title = f"News {canary(self.slug, key + 'news')}"
        return Notification.objects.get(membership=self.company.people[key], title=title).public_id

    def somebody_left(self):
        """An employee without a manager, whose guest waits for a successor."""
        gone = self.company.add("gone", "hiring_manager", name=f"Gone {self.word()}")
        guests = Membership.objects.filter(pk=self.company.people["suspended_guest"].pk)
        guests.update(sponsor=gone)
        members.end_membership(membership=gone, actor=self.actor("owner"))
        return Handover.objects.get(leaver=gone)

    def paused(self):
        """A run on hold, in which a step waits for its next attempt."""
        asked = self.ask(f"Paused {self.word()}", approve=False)
        run = Run.objects.get(subject_id=asked.pk, subject_type="talent.requisition")
        pause_run(run=run, reason="Wait for the budget.", actor=self.actor("program_manager"))
        queued = Step.objects.get(run=run, key="unit")
        Step.objects.filter(pk=queued.pk).update(
            state=Step.State.READY, run_at=timezone.now() + timedelta(days=1), attempt=1
        )
        self.refs |= {
            "paused_run": run.public_id,
            "queued_step": queued.public_id,
            "definition": run.version.definition.public_id,
        }

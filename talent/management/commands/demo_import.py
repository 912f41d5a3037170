"""`make demo-import FILE=people.csv`: freelancers from any CSV into the demo company, with the suggested mapping."""

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError

from freelance_hub.access import Actor, actor_for
from freelance_hub.errors import Refusal
from freelance_hub.models import ImportRow, ImportRun, Job, Membership, Tenant
from freelance_hub.permissions import Refused
from freelance_hub.services import imports, jobs
from freelance_hub.tenancy.context import tenant
from talent.imports import FREELANCERS

DEMO = "demo"  # the slug of the demo company; without it the oldest company is taken
REASONS_SHOWN = 10


class Command(BaseCommand):
    help = "Imports freelancers from a CSV. The last line on standard output is JSON: rows, accepted, rejected."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--company", default=DEMO, help="its address: the word after /t/ (default: the demo company)"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        company = self.company(options["company"])
        with tenant(company), path.open("rb") as file:
            person = Membership.objects.select_related("user").filter(
                state=Membership.State.ACTIVE, role_links__role__key="program_manager"
            ).order_by("pk").first()  # fmt: skip
            if person is None:
                raise CommandError(f"{company.name} has no program manager who could import.")
            with tenant(company, user_id=person.user_id, actor=str(person.user)):
                try:
                    run = self.bring_in(
                        UploadedFile(File(file), path.name, size=path.stat().st_size), actor_for(person)
                    )
                except (Refusal, Refused) as refusal:
                    raise CommandError(str(refusal)) from refusal
                self.report(company, run)

    def bring_in(self, upload: "UploadedFile[bytes]", actor: Actor) -> ImportRun:
        """The same three steps as on the pages; without waiting for a worker."""
        run = imports.start_import(spec=FREELANCERS, upload=upload, actor=actor)
        self.say(f"{run.file_name}: {run.dialect['rows']:,} rows, {run.dialect['encoding']}")
        for column, key in run.mapping.items():
            field = FREELANCERS.field(key)
            self.say(f"  {column} → {field.label if field else '(not imported)'}")
        self.finish("Checking", imports.check(run=run, mapping=run.mapping, actor=actor))
        run.refresh_from_db()
        if any(run.counts.get(verdict) for verdict in (ImportRow.Verdict.NEW, ImportRow.Verdict.CHANGED)):
            self.finish("Importing", imports.start(run=run, actor=actor))
            run.refresh_from_db()
        return run

    def finish(self, title: str, job: Job) -> None:
        """Do the job here, or wait for the worker that was faster."""
        self.say(f"{title} …")
        jobs.run(job_id=job.pk)
        job.refresh_from_db()
        while job.state in Job.OPEN:
            time.sleep(0.5)
            job.refresh_from_db()
        if job.state != Job.State.DONE:
            raise CommandError(job.error or f"{job.title}: {job.get_state_display().lower()}.")

    def report(self, company: Tenant, run: ImportRun) -> None:
        rejected = ImportRow.objects.filter(run=run, verdict=ImportRow.Verdict.REJECTED).order_by("number")
        for row in rejected[:REASONS_SHOWN]:
            self.say(f"  {row.reason}")
        counts = run.counts
        bad = counts.get(ImportRow.Verdict.REJECTED, 0)
        words = [f"{rows:,} {ImportRow.Verdict(verdict).label.lower()}" for verdict, rows in counts.items() if rows]
        self.say(f"{company.name}: {', '.join(words)}.")
        rows = sum(counts.values())
        self.stdout.write(json.dumps({"rows": rows, "accepted": rows - bad, "rejected": bad}))

    def company(self, slug: str) -> Tenant:
        """The company; on a machine where nothing was set up yet, tables and demo are made first."""
        found = self.find(slug)
        if found is None:
            self.manage("migrate", "--no-input", "--verbosity", "0", role="owner")
            found = self.find(slug)
        if found is None and "demo" in get_commands():
            self.manage("demo")
            found = self.find(slug)
        if found is None:
            raise CommandError("There is no demo company yet. Run `make up` once, or name another by --company.")
        return found

    @staticmethod
    def find(slug: str) -> Tenant | None:
        try:
            wanted = Tenant.objects.filter(slug=slug).first()
            return wanted or (Tenant.objects.order_by("pk").first() if slug == DEMO else None)
        except ProgrammingError:  # no tables yet
            return None

    def manage(self, *command: str, role: str = "app") -> None:
        self.say(f"manage.py {command[0]} …")
        environment = {**os.environ, "FH_DATABASE_ROLE": role}
        done = subprocess.run(  # noqa: S603
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=sys.stderr,
            check=False,
        )
        if done.returncode:
            raise CommandError(f"`manage.py {command[0]}` failed; what it says stands above.")

    def say(self, line: str) -> None:
        self.stderr.write(line, self.style.NOTICE)
        self.stderr.flush()

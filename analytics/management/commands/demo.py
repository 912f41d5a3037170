"""Build the demo company through the services, and say what it did, how many and how long."""

import json
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from analytics.demo.people import SLUG, make_company, sign_ins
from analytics.demo.postbox import BACKEND, Postbox
from analytics.demo.story import Story


class Command(BaseCommand):
    """All stages of the main job, as the people who would do them; nothing outside the repository is needed."""

    help = "Builds the demo company and prints a table of what it did."

    def handle(self, *args: Any, **options: Any) -> None:
        Postbox.passes_on_to, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, BACKEND
        try:
            with transaction.atomic():
                cast = make_company(f"demo-{secrets.token_hex(5)}")
            story = Story(cast)
            told = story.tell()
        finally:
            settings.EMAIL_BACKEND = Postbox.passes_on_to
        file = settings.LOCAL_DIR / "demo.json"
        if cast.company.slug == SLUG or not file.exists():  # later demos are for the table they print
            settings.LOCAL_DIR.mkdir(exist_ok=True)
            file.write_text(json.dumps(sign_ins(cast), indent=2), encoding="utf-8")
            file.chmod(0o600)
        self.stdout.write(
            f"\n{cast.company.name} at /t/{cast.company.slug}/\n{'Stage':<9}{'How many':>9}{'Seconds':>9}  What"
        )
        for line in told:
            self.stdout.write(f"{line.stage:<9}{line.count:>9}{line.seconds:>9.1f}  {line.what}")
        self.stdout.write(f"{'':<9}{'':>9}{sum(line.seconds for line in told):>9.1f}  in all\n")

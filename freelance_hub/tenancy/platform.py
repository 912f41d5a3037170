"""The one door through the wall between companies, for operators' jobs. Each use leaves its reason in the audit log."""

import json
from collections.abc import Generator
from contextlib import contextmanager

from django.db import connections

from freelance_hub.tenancy.context import Context, current, use


@contextmanager
def across_tenants(reason: str, *, actor: str) -> Generator[Context]:
    """See and change the rows of every tenant, on the database alias `platform`.

    `reason` is a sentence that an auditor will understand, `actor` says who. Side effect: one audit entry, before anything is
    read; when it cannot be written nothing is read. Raises ValueError without a reason or an actor.
    """
    if not reason.strip() or not actor.strip():
        msg = "A look across tenants needs a reason and an actor."
        raise ValueError(msg)
    before = current()
    context = Context(platform=True, user_id=before.user_id, request_id=before.request_id, actor=actor)
    with use(context):
        with connections["platform"].cursor() as cursor:
            details = json.dumps({"reason": reason})
            cursor.execute("SELECT hub_audit_record('tenants.crossed', '', NULL, %s::jsonb)", [details])
        yield context

"""What `manage.py migrate` brings to companies and programs that are older than a playbook."""

from typing import Any

from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor

from freelance_hub.access import automation
from freelance_hub.models import Tenant
from freelance_hub.tenancy import audit_triggers
from freelance_hub.tenancy.context import tenant
from programs.models import KnowledgePage, Program
from programs.selectors import playbooks_of
from workflows.services import definitions


def install_new_playbooks(using: str, **_signal: Any) -> None:
    """The playbooks that this version ships: those of the company, and for each program those of its pack. What is there
    stays as it is, switched off or changed.

    Does nothing after migrating in part, or back: models and tables then differ. Side effects: as
    `definitions.install_playbooks`, in a transaction for each company.
    """
    connection = connections[using]
    executor = MigrationExecutor(connection)
    if not audit_triggers.is_owner(connection) or executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    for company in Tenant.objects.order_by("pk"):
        with tenant(company, actor="Upgrade"), transaction.atomic():
            _install_in(company)


def _install_in(company: Tenant) -> None:
    actor = automation(tenant_id=company.pk, label="Upgrade")
    programs = list(Program.objects.exclude(state=Program.State.CLOSED).order_by("pk"))
    if programs or KnowledgePage.objects.exists():
        definitions.install_company_playbooks(actor=actor)
    for program in programs:
        definitions.install_playbooks(program=program, keys=playbooks_of(program), actor=actor)

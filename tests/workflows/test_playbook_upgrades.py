"""An upgrade: programs and companies that are older than a playbook get it, once, and keep what they have made of theirs."""

import pytest
from django.core.management import call_command
from django.db import connection

from tests.factories.work import make_program
from tests.servers import use_database
from tests.world import find_company
from workflows.models import Definition
from workflows.services import definitions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def migrate():
    """`manage.py migrate` as the owner of the tables, on this test's database."""
    name = connection.settings_dict["NAME"]

    def run():
        use_database(name, role="fh_owner")
        try:
            call_command("migrate", interactive=False, verbosity=0)
        finally:
            use_database(name)

    yield run
    use_database(name)


@pytest.fixture
def older():
    """A company with a live and a closed program of a version that knew one playbook, which was switched off since; and a
    company without programs."""
    company = find_company("acme")
    find_company("rival")
    with company.enter():
        make_program(company, state="closed")
        program = make_program(company)
        definition, *_ = definitions.install_playbooks(program=program, keys=[], actor=company.automation())
        definition.is_active = False
        definition.save(update_fields=["is_active"])
        return company, program


def keys(company, program):
    with company.enter():
        return sorted(Definition.objects.filter(program=program).values_list("key", flat=True))


def test_programs_and_companies_get_what_is_new_and_keep_what_is_theirs(older, migrate):
    company, program = older

    migrate()
    once = keys(company, program), keys(company, None)
    migrate()

    assert (keys(company, program), keys(company, None)) == once
    assert {"document_renewal", "requisition_approval"} <= set(once[0])
    assert {"knowledge_review", "access_recertification"} <= set(once[1])
    with company.enter():
        assert not Definition.objects.get(program=program, key="requisition_approval").is_active
        assert not Definition.objects.filter(program__state="closed").exists()
    with find_company("rival").enter():
        assert not Definition.objects.exists()

"""What the tests of accesses share: a guest at work, a connected system, a resource in it and one that is kept by hand."""

from dataclasses import dataclass

from talent.services import assignments
from tests.factories.talent import guest_freelancer, hire
from tests.workflows.a_system import GOOD_SECRET, System
from tests.world import Company
from workflows.models import AccessGrant, Connection, Resource
from workflows.services import connections, grants, upkeep


@dataclass
class Stage:
    """One company with an assignment at work. `team` is behind the connection, `laptop` is kept by a person."""

    company: Company
    system: System
    connection: Connection
    assignment: object
    team: Resource
    laptop: Resource

    def actor(self, role):
        return self.company.actor(role)

    def give(self, resource, **details):
        details = {"reason": "The work needs it.", "actor": self.actor("program_manager"), **details}
        return grants.give_access(assignment=self.assignment, resource=resource, **details)

    def open(self, resource=None):
        """A grant that is open, here and outside."""
        grant = self.give(resource or self.team)
        converge()
        grant.refresh_from_db()
        return grant

    def end(self, reason="The work is done."):
        assignments.request_end(assignment=self.assignment, reason=reason, actor=self.actor("program_manager"))


def converge():
    """What the beat and its workers do in the current company."""
    for connection_id in upkeep.look_after_company():
        upkeep.see_to_connection(connection_id)


def set_up(company, system):
    """Inside the company."""
    connection = connections.create_connection(
        kind="scim",
        name=f"Directory of {company.slug}",
        settings={"url": "https://scim.example.com/v2"},
        secret=GOOD_SECRET,
        actor=company.actor("owner"),
    )
    assignment = hire(company, freelancer=guest_freelancer(company))
    team = Resource.objects.create(name="Team", kind="team", connection=connection, external_id="t1")
    laptop = Resource.objects.create(
        name="Laptop", kind="device", keeper=company.people["teammate"], close_help="Collect it at the desk."
    )
    return Stage(company, system, connection, assignment, team, laptop)


def tell(grant):
    grant.refresh_from_db()
    return grant.state, grant.is_open_outside


S = AccessGrant.State

"""Grants, reconciler and connector together in front of the Microsoft 365 of the tests: guests at work, a team, a licence."""

from datetime import datetime, timedelta

from django.db.models import F, Q

from talent.services import assignments
from tests.factories.talent import guest_freelancer, hire
from tests.workflows.access_stage import converge
from tests.workflows.fake_graph import CLIENT, DIRECTORY, SECRET
from tests.workflows.outside import resource
from workflows.models import AccessGrant, Connection, ConnectorCall
from workflows.services import connections, grants

SKU = "c7df2760-2c81-4ef7-b578-5b5392b571df"


class Directory365:
    """One company with a connection that was set up as an administrator does it."""

    def __init__(self, company, fake):
        self.company, self.fake = company, fake
        fake.skus[SKU] = ["ENTERPRISEPREMIUM", 5]
        self.connection = connections.create_connection(
            kind="graph",
            name="Microsoft 365",
            settings={"tenant": DIRECTORY, "client_id": CLIENT, "usage_location": "DE"},
            secret=SECRET,
            actor=company.actor("owner"),
        )
        self.team = resource(self.connection, fake.add_group("Design", team=True), name="Design")
        self.group = resource(self.connection, fake.add_group("Print"), kind="group", name="Print")
        self.licence = resource(self.connection, SKU, kind="licence", name="Office")
        fake.seen.clear()

    def guest(self, key="freelancer", **details):
        """An assignment at work of one guest."""
        if key not in self.company.people:
            self.company.add(key, "freelancer")
        return hire(self.company, freelancer=guest_freelancer(self.company, key), **details)

    def give(self, assignment, *resources):
        """One grant for each resource; the first one, or all of them."""
        boss = self.company.actor("program_manager")
        made = [
            grants.give_access(assignment=assignment, resource=one, reason="The work needs it.", actor=boss)
            for one in resources or (self.team,)
        ]
        return made if resources else made[0]

    def end(self, assignment):
        boss = self.company.actor("program_manager")
        assignments.request_end(assignment=assignment, reason="The work is done.", actor=boss)

    def pass_time(self, **span):
        """Everything that happened was that much earlier; what waits is due that much sooner."""
        ago = timedelta(**span or {"minutes": 2})
        ConnectorCall.objects.update(at=F("at") - ago)
        AccessGrant.objects.exclude(try_at=None).update(try_at=F("try_at") - ago)
        Connection.objects.exclude(paused_until=None).update(paused_until=F("paused_until") - ago)
        for user in self.fake.users.values():
            made = datetime.fromisoformat(user["createdDateTime"]) - ago
            user["createdDateTime"] = made.isoformat().replace("+00:00", "Z")

    def settle(self, rounds=12):
        """The beat and its workers, until nothing is left to do; how many rounds that took."""
        for done in range(rounds):
            if not AccessGrant.objects.filter(self._restless()).exists():
                return done
            converge()
            self.pass_time()
        raise AssertionError("It never ended.")

    @staticmethod
    def _restless():
        return Q(state="pending") | Q(state__in=AccessGrant.OPEN, close_by__isnull=False)

    def members(self, resource=None):
        """Mail addresses in a team or group, in the order of the alphabet."""
        return sorted(self.fake.users[user]["mail"] for user in self.fake.groups[(resource or self.team).external_id])

    def changes(self):
        """Calls that changed something, without batches, whose parts stand for themselves."""
        return [call for call in self.fake.seen if not call.startswith(("GET", "POST /$batch"))]


def mail(key="freelancer"):
    return f"{key}@acme.example"

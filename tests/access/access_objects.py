"""Accesses for the matrix: the catalogue, grants in each state that a page needs, a connection, a difference."""

from freelance_hub.sealed import seal
from workflows.models import Connection, Drift
from workflows.services import grants, resources, upkeep

NOWHERE = "https://localhost/hook"  # no call goes there: the address is not public


class AccessObjects:
    """One part of the story of a company."""

    def accesses(self):
        """In the middle of the engagements."""
        manager, word = self.actor("program_manager"), self.word()
        things = {
            name: resources.create_resource(
                name=f"{name.title()} {word}",
                kind="device",
                program=self.program,
                keeper=self.company.people["hiring_manager"],
                close_help=f"At the desk {word}",
                actor=manager,
            )
            for name in ("laptop", "badge", "phone")
        }
        given = {
            name: grants.give_access(
                assignment=self.assignments["mine"],
                resource=things[name],
                reason=f"Needed {self.word('mine')}",
                actor=manager,
            )
            for name in ("laptop", "badge")
        }
        upkeep.look_after_company()
        grants.suspend_grant(grant=given["badge"], reason=f"Lost {self.word('mine')}", actor=manager)
        connection = self.connection(word)
        team = resources.create_resource(
            name=f"Team {word}",
            kind="team",
            connection=connection,
            external_id="t1",
            program=self.program,
            actor=manager,
        )
        found = Drift.objects.create(resource=team, kind="unknown", account="stray", label=f"Stray {word}")
        self.refs |= {
            "resource": things["phone"].public_id,
            "given_resource": things["laptop"].public_id,
            "team": team.public_id,
            "grant": given["laptop"].public_id,
            "held_grant": given["badge"].public_id,
            "connection": connection.public_id,
            "idle_connection": self.connection(f"idle {word}").public_id,
            "drift": found.public_id,
        }

    def connection(self, word):
        made = Connection(kind="webhook", name=f"Hook {word}", settings={"url": NOWHERE}, tenant=self.company.tenant)
        made.secret = seal(
            f"whsec_{'a' * 32}",
            tenant_id=self.company.tenant.pk,
            table="workflows_connection",
            row_id=made.public_id,
            field="secret",
        )
        made.save()
        return made

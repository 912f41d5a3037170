"""Programs and members as subjects of runs: what comes round for all of them, and what follows when somebody leaves."""

from freelance_hub.models import Membership
from programs.access import visible_programs
from programs.models import Program
from workflows.about import moments
from workflows.facts import DATE, TEXT, YES_NO, Fact
from workflows.models import Handover
from workflows.subjects import SubjectKind, register


def load() -> None:
    """Register them."""
    register(
        SubjectKind(
            model=Program,
            noun="program",
            program=lambda program: program,
            program_lookup="pk",
            searched=("name",),
            people={"program_owner": lambda program: program.owner},
            facts={"state": Fact(TEXT, lambda program: program.state, "State: draft, live or closed")},
            selections={"live": lambda rows: rows.filter(state=Program.State.LIVE)},
            events=moments.PROGRAM,
            visible=visible_programs,
            named_by="number",
            route=("program_detail", lambda program: {"number": program.number}),
            related=("owner__user",),
        )
    )
    register(
        SubjectKind(
            model=Membership,
            noun="member",
            searched=("user__name", "user__email"),
            people={
                "member": lambda membership: membership,
                "manager": lambda membership: membership.manager,
                "sponsor": lambda membership: membership.sponsor,
            },
            facts={
                "kind": Fact(TEXT, lambda membership: membership.kind, "Kind: staff or guest"),
                "is_staff": Fact(YES_NO, lambda one: one.kind == Membership.Kind.STAFF, "An employee"),
                "has_manager": Fact(YES_NO, lambda one: one.manager_id is not None, "Somebody manages them"),
                "ended_at": Fact(DATE, lambda membership: membership.ended_at, "Left on"),
            },
            events=moments.MEMBER,
            route=("member_roles", lambda membership: {"public_id": membership.public_id}),
            related=("user", "manager__user", "sponsor__user"),
        )
    )
    register(
        SubjectKind(
            model=Handover,
            noun="handover",
            searched=("leaver__user__name",),
            people={"successor": lambda handover: handover.successor},
            facts={
                "has_successor": Fact(
                    YES_NO, lambda handover: handover.successor_id is not None, "Somebody takes over"
                ),
            },
            events=moments.HANDOVER,
            route=("orphan_detail", lambda handover: {"public_id": handover.public_id}),
            related=("leaver__user", "successor__user"),
        )
    )

"""Questions that several pages ask of programs. Callers narrow the rows through `programs.access` first."""

from datetime import date
from decimal import Decimal

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from freelance_hub.models import Membership, StoredFile
from programs.models import Budget, KnowledgePage, Message, PageRead, PageVersion, Program, Workspace, WorkspaceMember
from programs.packs import PACKS


def current_budget(program: Program, *, on: date | None = None) -> Budget | None:
    """The budget whose period holds the day (today without one), in the program's currency; None when there is none."""
    on = on or timezone.localdate()
    return Budget.objects.filter(program=program, starts_on__lte=on, ends_on__gte=on).order_by("-starts_on").first()


def budget_left(budget: Budget, *, used: Decimal) -> Decimal:
    """What remains of a budget, in its currency; negative when overspent. `used` is reckoned by talent and analytics."""
    return budget.amount - used


def approval_limit(program: Program) -> Decimal:
    """The amount, in the program's currency, above which a request needs the second approval; zero: always."""
    return Decimal(program.settings.get("approval_limit", "0"))


def with_reading(
    pages: QuerySet[KnowledgePage], *, membership_id: int | None, role_keys: frozenset[str]
) -> QuerySet[KnowledgePage]:
    """Pages with `is_required` (for one of the roles), `is_read` (in today's version) and `was_read` (in any)."""
    reads = PageRead.objects.filter(page=OuterRef("pk"), membership=membership_id)
    return pages.annotate(
        is_required=Q(required_roles__overlap=sorted(role_keys)) if role_keys else Value(value=False),
        is_read=Exists(reads.filter(version=OuterRef("version"))),
        was_read=Exists(reads),
    )


def required_unread(
    pages: QuerySet[KnowledgePage], *, membership_id: int | None, role_keys: frozenset[str]
) -> QuerySet[KnowledgePage]:
    """The pages that one of the roles must read and the person has not read in today's version."""
    rows = with_reading(pages, membership_id=membership_id, role_keys=role_keys)
    return rows.filter(Q(("is_required", True), ("is_read", False))).order_by("position", "pk")


def reading_progress(program: Program) -> tuple[int, int]:
    """How many required readings of the program's pages are done, and how many are due: one a person and page."""
    people: dict[str, set[int]] = {}
    for link in program.role_links:
        people.setdefault(link.role.key, set()).add(link.membership_id)
    todays = Q(reads__version=F("version"))
    pages = KnowledgePage.objects.filter(program=program).annotate(
        read_by=ArrayAgg("reads__membership_id", filter=todays, default=Value([]))
    )
    done = due = 0
    for roles, read_by in pages.values_list("required_roles", "read_by"):
        readers = set().union(*(people.get(role, set()) for role in roles))
        due += len(readers)
        done += len(readers.intersection(read_by))
    return done, due


def people_of(program: Program) -> list[tuple[Membership, list[str]]]:
    """Active employees with a role in the program, by name, each with the names of those roles."""
    found: dict[int, tuple[Membership, list[str]]] = {}
    for link in program.role_links:
        found.setdefault(link.membership_id, (link.membership, []))[1].append(link.role.name)
    return list(found.values())


def text_of(page: KnowledgePage) -> PageVersion:
    """Today's version of a page, with its author."""
    return PageVersion.objects.select_related("author__user").get(page=page, number=page.version)


def members_of(workspace: Workspace) -> QuerySet[WorkspaceMember]:
    """The people in a room: employees first, then guests, each by name."""
    return (
        WorkspaceMember.objects.filter(workspace=workspace, membership__state=Membership.State.ACTIVE)
        .select_related("membership__user")
        .order_by("-membership__kind", "membership__user__name", "pk")
    )


def workspace_files(workspace: Workspace) -> QuerySet[StoredFile]:
    """Files that hang on the messages of a room, newest first."""
    messages = Message.objects.filter(workspace=workspace).values("pk")
    return (
        StoredFile.objects.filter(owner_kind="message", owner_id__in=messages)
        .select_related("uploaded_by__user")
        .order_by("-created_at", "-pk")
    )


def with_people(workspaces: QuerySet[Workspace]) -> QuerySet[Workspace]:
    """Rooms with `people`, the number of their active members."""
    return workspaces.annotate(
        people=Count("members", filter=Q(members__membership__state=Membership.State.ACTIVE), distinct=True)
    )


def playbooks_of(program: Program) -> list[str]:
    """Keys of the playbooks that the program's pack ships today; none for a pack that is no longer shipped."""
    return PACKS[program.pack_key].playbooks if program.pack_key in PACKS else []

"""Who sees which programs, pages and workspaces. One pair of functions a noun; everything else goes through them."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from freelance_hub.access import Actor, fetch, has_conditions, program_limit, with_conditions
from freelance_hub.permissions import Capability, require
from programs.models import Budget, KnowledgePage, Message, Program, Workspace, WorkspaceMember

C = Capability


def visible_programs(actor: Actor) -> QuerySet[Program]:
    """Employees with the right see their programs; guests see none."""
    if actor.is_guest or not actor.can(C.PROGRAM_SEE):
        return Program.objects.none()
    return Program.objects.filter(program_limit(actor, "pk"))


def access_program(actor: Actor, number: int, *, to: str = C.PROGRAM_SEE) -> Program:
    """The program PRG-`number`. Http404 for guests and other programs, Refused without the right."""
    _employees_need(actor, C.PROGRAM_SEE)
    rows = visible_programs(actor).select_related("owner__user", "legal_entity", "org_unit")
    return fetch(rows, actor=actor, to=to, number=number)


def visible_budgets(actor: Actor) -> QuerySet[Budget]:
    """Budgets of one's programs, for those who see money."""
    if actor.is_guest or not actor.can(C.BUDGET_SEE):
        return Budget.objects.none()
    return Budget.objects.filter(program_limit(actor))


def visible_pages(actor: Actor) -> QuerySet[KnowledgePage]:
    """Pages of one's programs and of the whole company; guests see none."""
    if actor.is_guest or not actor.can(C.PAGE_SEE):
        return KnowledgePage.objects.none()
    if actor.programs is None:
        return KnowledgePage.objects.all()
    return KnowledgePage.objects.filter(Q(program=None) | Q(program__in=actor.programs))


def access_page(actor: Actor, slug: str, *, to: str = C.PAGE_SEE) -> KnowledgePage:
    """The page with that slug. Http404 for guests and pages of other programs, Refused without the right."""
    _employees_need(actor, C.PAGE_SEE)
    rows = visible_pages(actor).select_related("owner__user", "program")
    return fetch(rows, actor=actor, to=to, slug=slug)


def visible_workspaces(actor: Actor) -> QuerySet[Workspace]:
    """Rooms one is in; with `workspace.see_all` every room of one's programs.

    Guests: only open rooms that they are in and that the conditions of higher apps (noun `workspace`: the assignment is
    active, the documents are valid) still grant. While no app has registered a condition, guests see nothing.
    """
    if not actor.can(C.WORKSPACE_SEE):
        return Workspace.objects.none()
    mine = Exists(WorkspaceMember.objects.filter(workspace=OuterRef("pk"), membership=actor.membership_id))
    if actor.is_guest:
        if not has_conditions("workspace"):
            return Workspace.objects.none()
        return with_conditions("workspace", Workspace.objects.filter(mine, state=Workspace.State.OPEN), actor)
    if actor.can(C.WORKSPACE_SEE_ALL):
        return Workspace.objects.filter(program_limit(actor))
    return Workspace.objects.filter(mine)


def access_workspace(actor: Actor, public_id: object, *, to: str = C.WORKSPACE_SEE) -> Workspace:
    """The room with that public id. Http404 when it is not among one's own, Refused for employees without the right."""
    if not actor.is_guest:
        require(actor, C.WORKSPACE_SEE)
    rows = visible_workspaces(actor).select_related("program", "tenant")
    return fetch(rows, actor=actor, to=to, public_id=public_id)


def visible_messages(actor: Actor) -> QuerySet[Message]:
    """What was said in the rooms one sees."""
    return Message.objects.filter(workspace__in=visible_workspaces(actor).values("pk"))


def access_message(actor: Actor, message_id: int) -> Message:
    """The message with that id: what the file registry asks before it hands out a file. Http404 when not visible."""
    if not actor.is_guest:
        require(actor, C.WORKSPACE_SEE)
    return fetch(visible_messages(actor), actor=actor, to=C.WORKSPACE_SEE, pk=message_id)


def _employees_need(actor: Actor, capability: str) -> None:
    """Guests learn nothing (404); an employee without the right learns which one is missing (403)."""
    if actor.is_guest:
        raise Http404
    require(actor, capability)

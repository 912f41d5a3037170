"""Tables of programs."""

from programs.models.budgets import Budget
from programs.models.knowledge import KnowledgePage, PageRead, PageVersion
from programs.models.programs import LaunchItem, Program
from programs.models.workspaces import Message, Workspace, WorkspaceMember

__all__ = [
    "Budget",
    "KnowledgePage",
    "LaunchItem",
    "Message",
    "PageRead",
    "PageVersion",
    "Program",
    "Workspace",
    "WorkspaceMember",
]

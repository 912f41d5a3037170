"""What people may do: capabilities, the shipped roles, and the question itself.

Capabilities are verbs on nouns. The label of each is the sentence that the screens of roles, the API scopes and the
refusal page show. From design/access.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from freelance_hub.access import Actor


class Capability(models.TextChoices):
    """Everything that can be allowed, with one sentence of help each."""

    # The company
    TENANT_MANAGE = "tenant.manage", "Change the company's settings and its sign-in."
    PEOPLE_SEE = "people.see", "See who is a member of the company."
    PEOPLE_MANAGE = "people.manage", "Invite, suspend and remove people and give them roles."
    PEOPLE_PROVISION = "people.provision", "Keep employees as the company's directory says (SCIM), for a token of it."
    ROLE_MANAGE = "role.manage", "Clone and edit roles."
    TOKEN_MANAGE = "token.manage", "Make and revoke API tokens of integrations."
    AUDIT_SEE = "audit.see", "Read the audit log."
    JOB_SEE = "job.see", "See long-running work that others started."
    # Programs and knowledge
    PROGRAM_SEE = "program.see", "See programs and their launch checklist."
    PROGRAM_MANAGE = "program.manage", "Launch programs and change their settings."
    BUDGET_SEE = "budget.see", "See budgets and what is left of them."
    PAGE_SEE = "page.see", "Read knowledge pages."
    PAGE_EDIT = "page.edit", "Write knowledge pages."
    WORKSPACE_SEE = "workspace.see", "Open the workspaces of engagements one is part of."
    WORKSPACE_SEE_ALL = "workspace.see_all", "Open every workspace of one's programs."
    WORKSPACE_TAKE_PART = "workspace.take_part", "Write messages and share files in a workspace."
    WORKSPACE_MANAGE = "workspace.manage", "Open and archive workspaces and choose who is in them."
    # Talent
    FREELANCER_SEE = "freelancer.see", "See the talent directory."
    FREELANCER_MANAGE = "freelancer.manage", "Add, import and change freelancers."
    RATE_SEE = "rate.see", "See rates of everyone, not only of one's own engagements."
    REQUISITION_SEE = "requisition.see", "See requisitions."
    REQUISITION_CREATE = "requisition.create", "Ask for a freelancer."
    REQUISITION_APPROVE = "requisition.approve", "Approve or reject requisitions of others."
    REQUISITION_APPROVE_MONEY = "requisition.approve_money", "Approve requisitions above the money limit."
    REQUISITION_MANAGE = "requisition.manage", "Hold, close and change every requisition of one's programs."
    ASSIGNMENT_SEE = "assignment.see", "See assignments."
    ASSIGNMENT_SEE_ALL = "assignment.see_all", "See every assignment of one's programs, not only those one manages."
    ASSIGNMENT_ENGAGE = "assignment.engage", "Engage a freelancer and start onboarding."
    ASSIGNMENT_END = "assignment.end", "End an assignment and start offboarding."
    WORK_SEE = "work.see", "See timesheets and deliverables."
    WORK_SUBMIT = "work.submit", "Hand in one's own time and deliverables."
    WORK_ACCEPT = "work.accept", "Accept work or return it with a reason."
    # Money
    INVOICE_SEE = "invoice.see", "See invoices."
    INVOICE_CREATE = "invoice.create", "Make invoices from accepted work."
    INVOICE_APPROVE = "invoice.approve", "Approve invoices of one's own engagements."
    INVOICE_RELEASE = "invoice.release", "Approve invoices for payment, as finance."
    PAYMENT_SEE = "payment.see", "See payment batches."
    PAYMENT_EXPORT = "payment.export", "Make and download payment batches."
    PERSON_SEE_BANK = "person.see_bank", "See bank details; each look is logged."
    # Workflows
    TASK_SEE = "task.see", "See tasks and approvals that wait for oneself."
    TASK_SEE_ALL = "task.see_all", "See all workflow runs of one's programs."
    WORKFLOW_MANAGE = "workflow.manage", "Publish workflows; retry, skip, pause and cancel what is on its way."
    WORKFLOW_START = "workflow.start", "Start a workflow by its button or over the API."
    # Access
    ACCESS_SEE = "access.see", "See who has access to what, in one's programs or of one's own engagements."
    ACCESS_ASK = "access.ask", "Give and end access of freelancers in one's own engagements."
    ACCESS_MANAGE = "access.manage", "Keep the catalogue, give and end every access of one's programs."
    CONNECTION_SEE = "connection.see", "See connections to other systems, their state and last calls; never secrets."
    CONNECTION_MANAGE = "connection.manage", "Set up, test and change connections to other systems."
    # Figures
    KPI_SEE = "kpi.see", "See the dashboard of one's programs."
    KPI_MANAGE = "kpi.manage", "Set KPI targets."
    # Guests
    PORTAL_USE = "portal.use", "Use the portal."


C = Capability


@dataclass(frozen=True)
class RoleSpec:
    """A shipped role."""

    name: str
    description: str
    capabilities: frozenset[Capability]
    is_guest: bool = False


def _role(name: str, description: str, capabilities: Iterable[Capability], *, is_guest: bool = False) -> RoleSpec:
    return RoleSpec(name, description, frozenset(capabilities), is_guest)


_READ = {C.PROGRAM_SEE, C.PAGE_SEE, C.TASK_SEE}
_SEE_EVERYTHING = _READ | {
    C.PEOPLE_SEE,
    C.BUDGET_SEE,
    C.FREELANCER_SEE,
    C.REQUISITION_SEE,
    C.ASSIGNMENT_SEE,
    C.ASSIGNMENT_SEE_ALL,
    C.WORK_SEE,
    C.INVOICE_SEE,
    C.PAYMENT_SEE,
    C.RATE_SEE,
    C.KPI_SEE,
}

SYSTEM_ROLES: dict[str, RoleSpec] = {
    "owner": _role(
        "Owner",
        "Runs the company's account: people, roles, settings, connections. Approves nothing by right.",
        _SEE_EVERYTHING - {C.RATE_SEE}
        | {
            C.TENANT_MANAGE,
            C.PEOPLE_MANAGE,
            C.PEOPLE_PROVISION,
            C.ROLE_MANAGE,
            C.TOKEN_MANAGE,
            C.AUDIT_SEE,
            C.JOB_SEE,
            C.TASK_SEE_ALL,
        }
        | {C.ACCESS_SEE, C.ACCESS_MANAGE, C.CONNECTION_SEE, C.CONNECTION_MANAGE},
    ),
    "program_manager": _role(
        "Program manager",
        "Runs programs: everything in them, money visible; own requests are approved by others.",
        _SEE_EVERYTHING
        | {
            C.PROGRAM_MANAGE,
            C.PAGE_EDIT,
            C.WORKSPACE_SEE,
            C.WORKSPACE_SEE_ALL,
            C.WORKSPACE_TAKE_PART,
            C.WORKSPACE_MANAGE,
            C.FREELANCER_MANAGE,
            C.REQUISITION_CREATE,
            C.REQUISITION_APPROVE,
            C.REQUISITION_MANAGE,
            C.ASSIGNMENT_ENGAGE,
            C.ASSIGNMENT_END,
            C.WORK_ACCEPT,
            C.INVOICE_CREATE,
            C.INVOICE_APPROVE,
            C.TASK_SEE_ALL,
            C.WORKFLOW_MANAGE,
            C.WORKFLOW_START,
            C.ACCESS_SEE,
            C.ACCESS_MANAGE,
            C.KPI_MANAGE,
            C.JOB_SEE,
        },
    ),
    "hiring_manager": _role(
        "Hiring manager",
        "Needs work done: requests, engages and accepts work of own engagements.",
        _READ
        | {
            C.FREELANCER_SEE,
            C.REQUISITION_SEE,
            C.REQUISITION_CREATE,
            C.ASSIGNMENT_SEE,
            C.ASSIGNMENT_ENGAGE,
            C.ASSIGNMENT_END,
            C.WORKSPACE_SEE,
            C.WORKSPACE_TAKE_PART,
            C.WORKSPACE_MANAGE,
            C.WORK_SEE,
            C.WORK_ACCEPT,
            C.INVOICE_SEE,
            C.INVOICE_CREATE,
            C.INVOICE_APPROVE,
            C.WORKFLOW_START,
            C.ACCESS_SEE,
            C.ACCESS_ASK,
            C.KPI_SEE,
        },
    ),
    "approver": _role(
        "Approver",
        "Decides: sees what is asked and what the decision needs.",
        _READ | {C.REQUISITION_SEE, C.REQUISITION_APPROVE, C.REQUISITION_APPROVE_MONEY, C.BUDGET_SEE},
    ),
    "finance": _role(
        "Finance",
        "Pays and exports: money of all programs, no personal files.",
        _READ
        | {
            C.BUDGET_SEE,
            C.RATE_SEE,
            C.REQUISITION_SEE,
            C.REQUISITION_APPROVE_MONEY,
            C.ASSIGNMENT_SEE,
            C.ASSIGNMENT_SEE_ALL,
            C.WORK_SEE,
            C.INVOICE_SEE,
            C.INVOICE_RELEASE,
            C.PAYMENT_SEE,
            C.PAYMENT_EXPORT,
            C.PERSON_SEE_BANK,
            C.KPI_SEE,
        },
    ),
    "compliance": _role(
        "Compliance",
        "Law, privacy and security: findings, documents, the audit log.",
        _READ
        | {
            C.PEOPLE_SEE,
            C.FREELANCER_SEE,
            C.REQUISITION_SEE,
            C.ASSIGNMENT_SEE,
            C.ASSIGNMENT_SEE_ALL,
            C.AUDIT_SEE,
            C.KPI_SEE,
            C.TASK_SEE_ALL,
            C.ACCESS_SEE,
            C.CONNECTION_SEE,
        },
    ),
    "viewer": _role(
        "Viewer",
        "Sees and exports, changes nothing.",
        (_SEE_EVERYTHING - {C.TASK_SEE}) | {C.AUDIT_SEE, C.TASK_SEE_ALL, C.ACCESS_SEE, C.CONNECTION_SEE},
    ),
    "freelancer": _role(
        "Freelancer",
        "A guest: own profile, engagements, workspaces, time and money.",
        {C.PORTAL_USE, C.WORKSPACE_SEE, C.WORKSPACE_TAKE_PART, C.WORK_SUBMIT, C.TASK_SEE},
        is_guest=True,
    ),
    "agency": _role(
        "Agency",
        "A guest company: own people and what concerns them.",
        {C.PORTAL_USE, C.TASK_SEE},
        is_guest=True,
    ),
}


class Refused(Exception):  # noqa: N818  becomes the 403 page
    """A member lacks a capability. The page names it and whom to ask."""

    def __init__(self, capability: str) -> None:
        self.capability = Capability(capability)
        super().__init__(f"This needs the right “{self.capability.value}”: {self.capability.label}")


def require(actor: "Actor", capability: str) -> None:
    """Nothing when the actor has the capability; raises Refused otherwise."""
    if not actor.can(capability):
        raise Refused(capability)

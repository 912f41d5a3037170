"""The state machines of talent: which service moves what from where to where, and which capability that takes."""

from freelance_hub.permissions import Capability
from freelance_hub.states import Transition, machine
from talent.models import Amendment, Assignment, Invoice, Requisition, Submission
from talent.models.work import WorkState

_R = Requisition.State
REQUISITION = machine(
    "requisition",
    "talent.Requisition",
    Transition((_R.DRAFT,), _R.IN_APPROVAL, "submit_requisition", Capability.REQUISITION_CREATE),
    Transition((_R.IN_APPROVAL,), _R.OPEN, "approve_requisition", Capability.REQUISITION_APPROVE),
    Transition((_R.IN_APPROVAL,), _R.DRAFT, "reject_requisition", Capability.REQUISITION_APPROVE),
    Transition((_R.IN_APPROVAL,), _R.DRAFT, "return_requisition", Capability.REQUISITION_APPROVE),
    Transition((_R.OPEN,), _R.ON_HOLD, "hold_requisition", Capability.REQUISITION_CREATE),
    Transition((_R.ON_HOLD, _R.FILLED), _R.OPEN, "reopen_requisition", Capability.REQUISITION_CREATE),
    Transition((_R.OPEN, _R.ON_HOLD), _R.FILLED, "activate_assignment"),
    Transition((_R.OPEN, _R.ON_HOLD, _R.FILLED), _R.CLOSED, "close_requisition", Capability.REQUISITION_CREATE),
    Transition(
        (_R.DRAFT, _R.IN_APPROVAL, _R.OPEN, _R.ON_HOLD),
        _R.CANCELLED,
        "cancel_requisition",
        Capability.REQUISITION_CREATE,
    ),
)

_S = Submission.State
SUBMISSION = machine(
    "submission",
    "talent.Submission",
    Transition((_S.NEW,), _S.SHORTLISTED, "shortlist", Capability.REQUISITION_CREATE),
    Transition(
        (_S.NEW, _S.SHORTLISTED, _S.INTERVIEW, _S.OFFERED), _S.DECLINED, "decline", Capability.REQUISITION_CREATE
    ),
    Transition((_S.NEW, _S.SHORTLISTED, _S.INTERVIEW, _S.OFFERED), _S.HIRED, "engage", Capability.ASSIGNMENT_ENGAGE),
)

_A = Assignment.State
ASSIGNMENT = machine(
    "assignment",
    "talent.Assignment",
    Transition((_A.PLANNED,), _A.ONBOARDING, "start_onboarding", Capability.ASSIGNMENT_ENGAGE),
    Transition((_A.ONBOARDING,), _A.ACTIVE, "activate_assignment"),
    Transition((_A.ACTIVE,), _A.SUSPENDED, "suspend_assignment", Capability.ASSIGNMENT_END),
    Transition((_A.SUSPENDED,), _A.ACTIVE, "resume_assignment", Capability.ASSIGNMENT_END),
    Transition(
        (_A.PLANNED, _A.ONBOARDING, _A.ACTIVE, _A.SUSPENDED), _A.ENDING, "request_end", Capability.ASSIGNMENT_END
    ),
    Transition((_A.ENDING,), _A.ENDED, "request_end", Capability.ASSIGNMENT_END),
    Transition((_A.ENDED,), _A.OFFBOARDING, "start_offboarding"),
    Transition((_A.OFFBOARDING,), _A.CLOSED, "close_assignment"),
)

_M = Amendment.State
AMENDMENT = machine(
    "amendment",
    "talent.Amendment",
    Transition((_M.DRAFT,), _M.IN_APPROVAL, "submit_amendment", Capability.ASSIGNMENT_ENGAGE),
    Transition((_M.IN_APPROVAL,), _M.OFFERED, "offer_amendment"),
    Transition((_M.IN_APPROVAL,), _M.REJECTED, "reject_amendment"),
    Transition((_M.IN_APPROVAL,), _M.DRAFT, "return_amendment"),
    Transition((_M.OFFERED,), _M.AGREED, "accept_amendment", Capability.PORTAL_USE),
    Transition((_M.OFFERED,), _M.DECLINED, "decline_amendment", Capability.PORTAL_USE),
    Transition(
        (_M.DRAFT, _M.IN_APPROVAL, _M.OFFERED), _M.WITHDRAWN, "withdraw_amendment", Capability.ASSIGNMENT_ENGAGE
    ),
)

_W = WorkState
TIME_LINE = machine(
    "time line",
    "talent.TimeLine",
    Transition((_W.DRAFT, _W.RETURNED), _W.SUBMITTED, "submit_time", Capability.WORK_SUBMIT),
    Transition((_W.SUBMITTED,), _W.ACCEPTED, "accept_time", Capability.WORK_ACCEPT),
    Transition((_W.SUBMITTED,), _W.RETURNED, "return_time", Capability.WORK_ACCEPT),
    Transition((_W.ACCEPTED,), _W.INVOICED, "create_invoice", Capability.INVOICE_CREATE),
    Transition((_W.INVOICED,), _W.ACCEPTED, "reject_invoice", Capability.INVOICE_APPROVE),
    Transition((_W.INVOICED,), _W.PAID, "mark_paid", Capability.PAYMENT_EXPORT),
)
DELIVERABLE = machine(
    "deliverable",
    "talent.Deliverable",
    Transition((_W.DRAFT, _W.RETURNED), _W.SUBMITTED, "submit_deliverable", Capability.WORK_SUBMIT),
    Transition((_W.SUBMITTED,), _W.ACCEPTED, "accept_deliverable", Capability.WORK_ACCEPT),
    Transition((_W.SUBMITTED,), _W.RETURNED, "return_deliverable", Capability.WORK_ACCEPT),
    Transition((_W.ACCEPTED,), _W.INVOICED, "create_invoice", Capability.INVOICE_CREATE),
    Transition((_W.INVOICED,), _W.ACCEPTED, "reject_invoice", Capability.INVOICE_APPROVE),
    Transition((_W.INVOICED,), _W.PAID, "mark_paid", Capability.PAYMENT_EXPORT),
)

_I = Invoice.State
INVOICE = machine(
    "invoice",
    "talent.Invoice",
    Transition((), _I.SUBMITTED, "create_invoice", Capability.INVOICE_CREATE),
    Transition((_I.SUBMITTED,), _I.IN_APPROVAL, "approve_invoice", Capability.INVOICE_APPROVE),
    Transition((_I.IN_APPROVAL,), _I.APPROVED, "release_invoice", Capability.INVOICE_RELEASE),
    Transition((_I.SUBMITTED,), _I.REJECTED, "reject_invoice", Capability.INVOICE_APPROVE),
    Transition((_I.IN_APPROVAL,), _I.REJECTED, "reject_invoice", Capability.INVOICE_RELEASE),
    Transition((_I.APPROVED,), _I.EXPORTED, "export_payments", Capability.PAYMENT_EXPORT),
    Transition((_I.EXPORTED,), _I.PAID, "mark_paid", Capability.PAYMENT_EXPORT),
)

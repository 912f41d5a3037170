"""The events that can start a workflow or end a wait, as sentences that follow “when”. What is missing here is not offered."""

REQUISITION = {
    "requisition.created": "a request is written",
    "requisition.updated": "a request is changed",
    "requisition.submitted": "a request is sent for approval",
    "requisition.approved": "a request is approved",
    "requisition.rejected": "a request is rejected",
    "requisition.returned": "a request is given back",
    "requisition.held": "a request is put on hold",
    "requisition.reopened": "a request is opened again",
    "requisition.filled": "a request is filled",
    "requisition.closed": "a request is closed",
    "requisition.cancelled": "a request is taken back",
}
# Of other things, whose payload names the request.
OF_REQUISITION = {
    "submission.added": "somebody is put forward for the request",
    "submission.shortlisted": "somebody is put on its shortlist",
    "submission.declined": "somebody who was put forward is declined",
    "assignment.planned": "an assignment is agreed on",
}
ASSIGNMENT = {
    "assignment.planned": "an assignment is agreed on",
    "assignment.onboarding_started": "the onboarding starts",
    "assignment.workspace_attached": "the workspace is opened",
    "assignment.invited": "the freelancer is invited",
    "assignment.activated": "the work begins",
    "assignment.suspended": "an assignment is suspended",
    "assignment.resumed": "an assignment goes on",
    "assignment.terms_changed": "new terms are in force",
    "assignment.manager_changed": "an assignment gets another manager",
    "assignment.ended": "an assignment ends",
    "assignment.offboarding_started": "the off-boarding starts",
    "assignment.access_ended": "the guest's access is closed",
    "assignment.closed": "the file is closed",
}
OF_ASSIGNMENT = {
    "access.granted": "an access is opened for it",
    "access.suspended": "an access is held back",
    "access.resumed": "an access is open again",
    "access.revoked": "an access is closed",
    "amendment.submitted": "a change of its terms is sent for approval",
    "amendment.offered": "a change of its terms is offered",
    "amendment.agreed": "a change of its terms is accepted",
    "amendment.declined": "a change of its terms is declined",
}
AMENDMENT = {
    "amendment.created": "a change of terms is written",
    "amendment.updated": "a change of terms is changed",
    "amendment.submitted": "a change of terms is sent for approval",
    "amendment.offered": "a change of terms is offered to the freelancer",
    "amendment.returned": "a change of terms is given back",
    "amendment.rejected": "a change of terms is rejected",
    "amendment.agreed": "a change of terms is accepted",
    "amendment.declined": "a change of terms is declined",
    "amendment.withdrawn": "a change of terms is taken back",
}
INVOICE = {
    "invoice.submitted": "an invoice is submitted",
    "invoice.manager_approved": "the manager approves an invoice",
    "invoice.approved": "an invoice is released for payment",
    "invoice.rejected": "an invoice is rejected",
    "invoice.paid": "an invoice is paid",
}
ACCESS = {
    "access.asked": "an access is asked for",
    "access.granted": "an access is opened",
    "access.held_back": "an access is held back by a fact",
    "access.suspended": "an access is held back by somebody",
    "access.resumed": "an access is open again",
    "access.closing": "an access is due to be closed",
    "access.revoked": "an access is closed",
}
PAGE = {
    "page.created": "a page is written",
    "page.updated": "a page is changed",
    "page.reviewed": "a page was looked at again",
    "page.read": "somebody confirms to have read a page",
}
PROGRAM = {
    "program.launched": "a program is launched",
    "program.went_live": "a program goes live",
    "program.owner_changed": "a program gets another owner",
    "program.limit_set": "the approval limit of a program changes",
}
MEMBER = {
    "membership.joined": "somebody joins the company",
    "membership.roles_changed": "the roles of a member change",
    "membership.place_changed": "a member gets another manager",
    "membership.suspended": "a member is suspended",
    "membership.resumed": "a member comes back",
    "membership.ended": "a member leaves",
}
HANDOVER = {
    "handover.opened": "somebody who left had something to hand over",
    "handover.assigned": "a successor is named",
    "handover.made": "what somebody left behind has a successor",
    "handover.orphaned": "what somebody left behind has no successor",
}

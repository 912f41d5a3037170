"""Who may see and touch what of talent: one rule per noun, used by pages, API, exports, files and notifications alike.

`visible_<things>(actor)` is the queryset of a rule, `access_<thing>(actor, …, to=…)` the one object: Http404 for who may
not see it, Refused for who may see it but not do this.
"""

from talent.access.amendments import access_amendment, amendment_money_visible, amendments_of, visible_amendments
from talent.access.assignments import (
    access_assignment,
    guest_has_open_assignment,
    rate_visible,
    visible_assignments,
    working_in_workspace,
)
from talent.access.billing import (
    access_batch,
    access_batch_file,
    access_invoice,
    access_invoicing,
    invoicing_assignments,
    is_same_person,
    owns_work,
    signer,
    visible_batches,
    visible_invoices,
    why_not_approve,
    why_not_release,
)
from talent.access.people import access_freelancer, own_freelancer, visible_freelancers
from talent.access.requisitions import (
    access_requisition,
    access_submission,
    money_visible,
    sees_all_money,
    visible_requisitions,
    visible_submissions,
)
from talent.access.work import (
    access_deliverable,
    access_deliverable_files,
    access_time_line,
    access_timesheet,
    assignment_scope,
    opens_timesheet,
    timesheet_assignments,
    visible_deliverables,
    visible_time_lines,
)

__all__ = [
    "access_amendment",
    "access_assignment",
    "access_batch",
    "access_batch_file",
    "access_deliverable",
    "access_deliverable_files",
    "access_freelancer",
    "access_invoice",
    "access_invoicing",
    "access_requisition",
    "access_submission",
    "access_time_line",
    "access_timesheet",
    "amendment_money_visible",
    "amendments_of",
    "assignment_scope",
    "guest_has_open_assignment",
    "invoicing_assignments",
    "is_same_person",
    "money_visible",
    "opens_timesheet",
    "own_freelancer",
    "owns_work",
    "rate_visible",
    "sees_all_money",
    "signer",
    "timesheet_assignments",
    "visible_amendments",
    "visible_assignments",
    "visible_batches",
    "visible_deliverables",
    "visible_freelancers",
    "visible_invoices",
    "visible_requisitions",
    "visible_submissions",
    "visible_time_lines",
    "why_not_approve",
    "why_not_release",
    "working_in_workspace",
]

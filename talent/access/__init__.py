"""Who may see and touch what of talent: one rule per noun, used by pages, API, exports, files and notifications alike.

`visible_<things>(actor)` is the queryset of a rule, `access_<thing>(actor, …, to=…)` the one object: Http404 for who may
not see it, Refused for who may see it but not do this.
"""

from talent.access.assignments import (
    access_assignment,
    guest_has_open_assignment,
    rate_visible,
    visible_assignments,
    working_in_workspace,
)
from talent.access.people import access_freelancer, own_freelancer, visible_freelancers
from talent.access.requisitions import (
    access_requisition,
    access_submission,
    money_visible,
    visible_requisitions,
    visible_submissions,
)

__all__ = [
    "access_assignment",
    "access_freelancer",
    "access_requisition",
    "access_submission",
    "guest_has_open_assignment",
    "money_visible",
    "own_freelancer",
    "rate_visible",
    "visible_assignments",
    "visible_freelancers",
    "visible_requisitions",
    "visible_submissions",
    "working_in_workspace",
]

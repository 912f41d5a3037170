"""Tables of talent."""

from talent.models.amendments import Amendment
from talent.models.billing import Invoice, InvoiceLine, PaymentBatch, PaymentRow
from talent.models.engagements import Assignment, Engagement
from talent.models.people import Freelancer, FreelancerSkill, PayoutAccount, Skill
from talent.models.sourcing import Requisition, RequisitionSkill, Submission
from talent.models.work import Deliverable, TimeLine

__all__ = [
    "Amendment",
    "Assignment",
    "Deliverable",
    "Engagement",
    "Freelancer",
    "FreelancerSkill",
    "Invoice",
    "InvoiceLine",
    "PaymentBatch",
    "PaymentRow",
    "PayoutAccount",
    "Requisition",
    "RequisitionSkill",
    "Skill",
    "Submission",
    "TimeLine",
]

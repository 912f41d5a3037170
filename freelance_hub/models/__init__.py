"""The platform's tables."""

from freelance_hub.models.accounts import (
    Invitation,
    InvitationRole,
    LegalEntity,
    Membership,
    MembershipRole,
    OrgUnit,
    Role,
    Tenant,
    User,
)
from freelance_hub.models.api import ApiToken, IdempotencyKey
from freelance_hub.models.audit import AuditEvent
from freelance_hub.models.directory import DirectoryPerson
from freelance_hub.models.events import Delivery, Event
from freelance_hub.models.files import StoredFile
from freelance_hub.models.identity import IdentityProvider
from freelance_hub.models.imports import ImportRow, ImportRun
from freelance_hub.models.jobs import Job, JobRow
from freelance_hub.models.lists import SavedView
from freelance_hub.models.notifications import Notification, NotificationPreference
from freelance_hub.models.operations import Counter, Heartbeat

__all__ = [
    "ApiToken",
    "AuditEvent",
    "Counter",
    "Delivery",
    "DirectoryPerson",
    "Event",
    "Heartbeat",
    "IdempotencyKey",
    "IdentityProvider",
    "ImportRow",
    "ImportRun",
    "Invitation",
    "InvitationRole",
    "Job",
    "JobRow",
    "LegalEntity",
    "Membership",
    "MembershipRole",
    "Notification",
    "NotificationPreference",
    "OrgUnit",
    "Role",
    "SavedView",
    "StoredFile",
    "Tenant",
    "User",
]

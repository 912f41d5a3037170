"""What the platform itself adds to the navigation and to the search palette."""

from freelance_hub import navigation
from freelance_hub.navigation import Command, NavItem
from freelance_hub.permissions import Capability

navigation.register(
    NavItem(
        key="people",
        label="People",
        icon="users-round",
        url_name="member_list",
        section="Company",
        capability=Capability.PEOPLE_SEE,
        order=10,
    ),
    NavItem(
        key="company",
        label="Company",
        icon="settings",
        url_name="company_detail",
        section="Company",
        capability=Capability.TENANT_MANAGE,
        order=20,
    ),
    NavItem(
        key="audit",
        label="Audit log",
        icon="scroll-text",
        url_name="audit_list",
        section="Company",
        capability=Capability.AUDIT_SEE,
        order=30,
    ),
    NavItem(
        key="jobs",
        label="Long work",
        icon="clock",
        url_name="job_list",
        section="Company",
        capability=Capability.JOB_SEE,
        order=40,
    ),
    Command(
        label="Invite somebody", icon="user-plus", url_name="invitation_create", capability=Capability.PEOPLE_MANAGE
    ),
    Command(label="Choose how I hear of news", icon="bell", url_name="preferences"),
    Command(label="Make an API token", icon="key-round", url_name="token_create"),
)

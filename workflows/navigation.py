"""What workflows adds to the navigation."""

from freelance_hub.navigation import Command, NavItem, Shell, register
from freelance_hub.permissions import Capability

register(
    NavItem(
        key="inbox", label="Inbox", icon="inbox", url_name="inbox", capability=Capability.TASK_SEE, order=20, tab=True
    ),
    NavItem(
        key="runs",
        label="Workflows",
        icon="workflow",
        url_name="run_list",
        section="Program",
        capability=Capability.TASK_SEE_ALL,
        order=40,
    ),
    NavItem(
        key="grants",
        label="Accesses",
        icon="key-round",
        url_name="grant_list",
        section="Program",
        capability=Capability.ACCESS_SEE,
        order=42,
    ),
    NavItem(
        key="connections",
        label="Connections",
        icon="plug",
        url_name="connection_list",
        section="Company",
        capability=Capability.CONNECTION_SEE,
        order=80,
    ),
    NavItem(
        key="portal_grants",
        label="Accesses",
        icon="key-round",
        url_name="portal_grant_list",
        capability=Capability.PORTAL_USE,
        order=65,
        shell=Shell.PORTAL,
    ),
    NavItem(
        key="tasks",
        label="Tasks",
        icon="list-checks",
        url_name="portal_tasks",
        capability=Capability.TASK_SEE,
        order=60,
        tab=True,
        shell=Shell.PORTAL,
    ),
    NavItem(
        key="access_reviews",
        label="Access reviews",
        icon="badge-check",
        url_name="campaign_list",
        section="Program",
        capability=Capability.TASK_SEE_ALL,
        order=60,
    ),
    NavItem(
        key="access_review",
        label="Access review",
        icon="badge-check",
        url_name="attestation_list",
        section="Program",
        capability=Capability.ACCESS_SEE,
        unless=Capability.TASK_SEE_ALL,
        order=60,
    ),
    Command(label="Review accesses that I answer for", icon="badge-check", url_name="attestation_list"),
    NavItem(
        key="handovers",
        label="Handovers",
        icon="user-check",
        url_name="orphan_list",
        section="Company",
        capability=Capability.PEOPLE_MANAGE,
        order=30,
    ),
    Command(label="Check a sealed file", icon="shield-check", url_name="document_check"),
    Command(
        label="Let somebody stand in", icon="user-check", url_name="delegation_create", capability=Capability.TASK_SEE
    ),
    Command(
        label="Workflow definitions",
        icon="workflow",
        url_name="definition_list",
        capability=Capability.TASK_SEE_ALL,
    ),
    Command(label="New workflow", icon="plus", url_name="definition_create", capability=Capability.WORKFLOW_MANAGE),
    Command(
        label="Monitoring of workflows",
        icon="activity",
        url_name="workflow_monitoring",
        capability=Capability.TASK_SEE_ALL,
    ),
    Command(label="Open my inbox", icon="inbox", url_name="inbox", capability=Capability.TASK_SEE),
    Command(
        label="Add a resource to the catalogue",
        icon="library",
        url_name="resource_create",
        capability=Capability.ACCESS_MANAGE,
    ),
)

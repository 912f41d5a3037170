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
        key="tasks",
        label="Tasks",
        icon="list-checks",
        url_name="portal_tasks",
        capability=Capability.TASK_SEE,
        order=60,
        tab=True,
        shell=Shell.PORTAL,
    ),
    Command(label="Open my inbox", icon="inbox", url_name="inbox", capability=Capability.TASK_SEE),
)

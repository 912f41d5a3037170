"""What programs adds to the navigation."""

from freelance_hub.navigation import Command, NavItem, Shell, register
from freelance_hub.permissions import Capability

register(
    NavItem(
        key="workspaces",
        label="Workspaces",
        icon="messages-square",
        url_name="workspace_list",
        section="Delivery",
        capability=Capability.WORKSPACE_SEE,
        order=40,
        tab=True,
    ),
    NavItem(
        key="programs",
        label="Programs",
        icon="rocket",
        url_name="program_list",
        section="Program",
        capability=Capability.PROGRAM_SEE,
        order=10,
    ),
    NavItem(
        key="pages",
        label="How we work",
        icon="book-open",
        url_name="page_list",
        section="Program",
        capability=Capability.PAGE_SEE,
        order=20,
    ),
    NavItem(
        key="workspaces",
        label="Workspaces",
        icon="messages-square",
        url_name="portal_workspace_list",
        capability=Capability.WORKSPACE_SEE,
        order=20,
        tab=True,
        shell=Shell.PORTAL,
    ),
    Command(label="Launch a program", icon="rocket", url_name="program_launch", capability=Capability.PROGRAM_MANAGE),
    Command(label="Write a page", icon="pencil", url_name="page_create", capability=Capability.PAGE_EDIT),
)

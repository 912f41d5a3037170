"""What analytics adds to the navigation."""

from freelance_hub import navigation
from freelance_hub.navigation import NavItem

navigation.register(
    NavItem(key="dashboard", label="Overview", icon="layout-dashboard", url_name="dashboard", order=1, tab=True),
    NavItem(
        key="kpis",
        label="Figures",
        icon="chart-column",
        url_name="kpi_list",
        section="Program",
        capability="kpi.see",
        order=30,
    ),
)

"""The kinds of connection that come with the product."""

from workflows.connectors.base import Setting, register
from workflows.connectors.graph import GraphConnector
from workflows.connectors.scim import ScimConnector
from workflows.connectors.webhook import WebhookConnector
from workflows.models import Connection

Kind = Connection.Kind


def register_shipped() -> None:
    """Make them known. Called in `apps.ready()`; docs/connections.md says what an administrator sets up at the other end."""
    register(
        Kind.GRAPH,
        GraphConnector,
        settings=(
            Setting(
                "tenant", "Directory (tenant) ID", "Of your Entra ID, such as 8f6e2c6e-6c52-4a56-9d0c-1d3a9d6a2f10."
            ),
            Setting("client_id", "Application (client) ID", "Of the app registration that you made for Freelance Hub."),
            Setting("redirect_url", "Where guests arrive", "After they accept.", is_required=False, is_url=True),
            Setting("usage_location", "Country of licences", "Two letters, such as DE.", is_required=False),
            Setting("language", "Language of invitations", "Such as en-US or de-DE.", is_required=False),
        ),
        secret_label="Client secret",  # noqa: S106  a label
        secret_help="Its value, not its ID; or a PEM text with private key and certificate.",  # noqa: S106
        tells_activity=True,
    )
    register(
        Kind.SCIM,
        ScimConnector,
        settings=(Setting("url", "Base address", "Ends before /Users, often with /scim/v2.", is_url=True),),
        secret_label="Bearer token",  # noqa: S106
    )
    register(
        Kind.WEBHOOK,
        WebhookConnector,
        settings=(Setting("url", "Address", "It gets a signed POST for each access to open or close.", is_url=True),),
        secret_label="Signing secret",  # noqa: S106
        secret_help="whsec_ and Base64. Two with a space between while you change it.",  # noqa: S106
    )

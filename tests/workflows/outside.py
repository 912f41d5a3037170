"""Systems outside, in this process: an adapter stands at their address, so that product code calls the real one."""

from freelance_hub import outgoing
from freelance_hub.sealed import seal
from workflows.connectors.base import Person
from workflows.models import Connection, Resource

ANA = Person(email="ana@free.example", name="Ana Ruiz", company="Acme GmbH")


def stand_at(monkeypatch, adapter, *addresses):
    """Whatever starts with one of the addresses reaches the adapter; the guard of the door stays."""
    real = outgoing.session

    def session():
        opened = real()
        for address in addresses:
            opened.mount(address, adapter)
        return opened

    monkeypatch.setattr(outgoing, "session", session)
    return adapter


def connect(kind, settings, secret, name=""):
    """A connection as `services.connections` keeps it, without the look at the other side."""
    row = Connection(kind=kind, name=name or kind, settings=settings)
    row.tenant_id = row.tenant_id or _tenant()
    row.secret = seal(
        secret, tenant_id=row.tenant_id, table="workflows_connection", row_id=row.public_id, field="secret"
    )
    row.save()
    return row


def _tenant():
    from freelance_hub.tenancy.context import current_tenant_id

    return current_tenant_id()


def resource(connection, external_id, kind="team", name=""):
    return Resource.objects.create(
        connection=connection, external_id=external_id, kind=kind, name=name or f"{kind} {external_id}"
    )

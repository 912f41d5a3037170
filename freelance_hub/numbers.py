"""Numbers people say aloud (REQ-318): gap-free per tenant, never a global sequence."""

from django.db import connection

from freelance_hub.tenancy.context import NoTenant, current


def next_number(series: str) -> int:
    """The next number of a series of the current tenant, from 1, without gaps.

    Taken inside the caller's transaction: the counter row stays locked until it ends, so a roll-back gives the number
    back. Raises NoTenant without a tenant.
    """
    tenant_id = current().tenant_id
    if tenant_id is None:
        msg = f"A number of the series {series} needs a tenant."
        raise NoTenant(msg)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hub_counter (tenant_id, series, value) VALUES (%s, %s, 1) "
            "ON CONFLICT (tenant_id, series) DO UPDATE SET value = hub_counter.value + 1 RETURNING value",
            [tenant_id, series],
        )
        return int(cursor.fetchone()[0])

"""Organisation units: where cost lands, which unit stands above, and who approves for it."""

from django.db import transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership, OrgUnit
from freelance_hub.permissions import Capability, require


@transaction.atomic
def create_unit(*, name: str, code: str, parent: OrgUnit | None, approver: Membership | None, actor: Actor) -> OrgUnit:
    """A new unit. Raises Refused without tenant.manage, Refusal at the field as `change_unit`. Event `unit.created`."""
    require(actor, Capability.TENANT_MANAGE)
    _refuse(OrgUnit(), code=code, parent=parent, approver=approver)
    unit = OrgUnit.objects.create(name=name.strip(), code=code.strip(), parent=parent, approver=approver)
    events.announce("unit.created", unit, actor=actor, approver_id=unit.approver_id)
    return unit


@transaction.atomic
def change_unit(
    *, unit: OrgUnit, name: str, code: str, parent: OrgUnit | None, approver: Membership | None, actor: Actor
) -> OrgUnit:
    """Name, cost centre, the unit above and the approver; who is asked for an approval already stays asked.

    Raises Refused without tenant.manage, Refusal at the field for a cost centre that another unit has, for a circle of units
    and for an approver who is no active employee. Event `unit.changed`, unless nothing changes.
    """
    require(actor, Capability.TENANT_MANAGE)
    list(OrgUnit.objects.select_for_update(no_key=True).order_by("pk"))  # two halves of a circle see each other
    unit.refresh_from_db()
    _refuse(unit, code=code, parent=parent, approver=approver)
    before = unit.approver_id
    wanted = {"name": name.strip(), "code": code.strip(), "parent": parent, "approver": approver}
    changed = [field for field, value in wanted.items() if getattr(unit, field) != value]
    if not changed:
        return unit
    for field in changed:
        setattr(unit, field, wanted[field])
    unit.save(update_fields=changed)
    events.announce(
        "unit.changed", unit, actor=actor, fields=changed, approver_id=unit.approver_id, approver_before_id=before
    )
    return unit


def _refuse(unit: OrgUnit, *, code: str, parent: OrgUnit | None, approver: Membership | None) -> None:
    if OrgUnit.objects.filter(code=code.strip()).exclude(pk=unit.pk).exists():
        raise Refusal(f"Another unit has the cost centre {code.strip()}.", field="code", remedy="Choose another code.")
    if approver is not None and (approver.kind, approver.state) != (Membership.Kind.STAFF, Membership.State.ACTIVE):
        raise Refusal(f"{approver} is no active employee.", field="approver", remedy="Choose somebody who can sign in.")
    above, seen = parent, set[int]()
    while above is not None and above.pk not in seen:
        if above.pk == unit.pk:
            raise Refusal(f"{parent} stands below {unit}.", field="parent", remedy="Choose a unit that does not.")
        seen.add(above.pk)
        above = OrgUnit.objects.filter(pk=above.parent_id or 0).first()

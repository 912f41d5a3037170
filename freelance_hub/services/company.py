"""The company's own settings and its sign-in."""

from collections.abc import Sequence
from datetime import time
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.db import transaction

from freelance_hub import events
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from freelance_hub.models import IdentityProvider, Tenant
from freelance_hub.permissions import Capability, require
from freelance_hub.sealed import seal
from freelance_hub.worktime import region_problem

# Mail that everybody can have: an owner with such an address has not proved the domain.
SHARED_MAIL_DOMAINS = frozenset(
    [
        "aol.com",
        "bluewin.ch",
        "free.fr",
        "freenet.de",
        "gmail.com",
        "gmx.at",
        "gmx.ch",
        "gmx.com",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hey.com",
        "hotmail.com",
        "hotmail.de",
        "icloud.com",
        "laposte.net",
        "libero.it",
        "live.com",
        "mac.com",
        "mail.com",
        "mail.ru",
        "mailbox.org",
        "me.com",
        "msn.com",
        "orange.fr",
        "outlook.com",
        "outlook.de",
        "pm.me",
        "posteo.de",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "t-online.de",
        "tutanota.com",
        "web.de",
        "yahoo.com",
        "yahoo.de",
        "yandex.ru",
        "ymail.com",
        "zoho.com",
    ]
)


@transaction.atomic
def change_settings(
    *,
    company: Tenant,
    name: str,
    currency: str,
    time_zone: str,
    staff_second_factor: bool,
    actor: Actor,
    holiday_region: str,
    work_starts: time,
    work_ends: time,
    mail_decision_limit: Decimal | None,
) -> Tenant:
    """Change the company's name, currency (ISO 4217), zone (IANA), second-factor rule, working time and the amount above
    which a mail decides nothing without sign-in (in that currency; None: whatever the amount). Event `tenant.changed`.

    The table of tenants is not itself tenant-owned, so what changed is kept in the event. Raises Refusal at the field for
    a region that nobody knows, working time that ends before it starts and a limit below zero.
    """
    require(actor, Capability.TENANT_MANAGE)
    if problem := region_problem(holiday_region):
        raise Refusal(problem, field="holiday_region")
    if work_ends <= work_starts:
        raise Refusal("The working day ends before it starts.", field="work_ends", remedy="Choose a later time.")
    if mail_decision_limit is not None and mail_decision_limit < 0:
        raise Refusal("An amount is not below zero.", field="mail_decision_limit", remedy="0 asks for sign-in always.")
    after = {
        "name": name,
        "currency": currency,
        "time_zone": time_zone,
        "staff_second_factor": staff_second_factor,
        "holiday_region": holiday_region,
        "work_starts": work_starts,
        "work_ends": work_ends,
        "mail_decision_limit": mail_decision_limit,
    }
    stored = Tenant.objects.select_for_update().get(pk=actor.tenant_id)
    changes = {
        field: [_plain(getattr(stored, field)), _plain(value)]
        for field, value in after.items()
        if getattr(stored, field) != value
    }
    if changes:
        Tenant.objects.filter(pk=stored.pk).update(**after)
        events.announce("tenant.changed", stored, actor=actor, changes=changes)
    stored.refresh_from_db()
    return stored


def _plain(value: object) -> object:
    """As JSON keeps it."""
    return value if value is None or isinstance(value, bool | str) else str(value)


@transaction.atomic
def set_identity_provider(
    *,
    name: str,
    issuer: str,
    client_id: str,
    client_secret: str,
    domains: Sequence[str],
    is_enabled: bool,
    actor: Actor,
) -> IdentityProvider:
    """The company's OpenID Connect provider; an empty secret keeps the stored one. Event `identity_provider.changed`.

    A company may only name the mail domain of the person who sets it: they have proved it by signing in with a
    verified address of it. Other domains are refused with what to do.
    """
    require(actor, Capability.TENANT_MANAGE)
    proved = proved_domains(actor)
    shared = sorted(set(domains) & SHARED_MAIL_DOMAINS)
    if shared:
        raise Refusal(
            f"{', '.join(shared)} belongs to everybody, so no company can speak for it.",
            field="domains",
            remedy="Name your company's own domain.",
        )
    foreign = sorted(set(domains) - proved)
    if foreign:
        raise Refusal(
            f"{', '.join(foreign)} is not proved to be yours.",
            field="domains",
            remedy="Let an owner with a verified address of that domain add it.",
        )
    row, _ = IdentityProvider.objects.get_or_create(
        tenant_id=actor.tenant_id, defaults={"name": name, "issuer": issuer, "client_id": client_id}
    )
    row.name, row.issuer, row.client_id, row.is_enabled = name, issuer.rstrip("/"), client_id, is_enabled
    row.domains = sorted(domains)
    if client_secret:
        row.client_secret = seal(
            client_secret, tenant_id=actor.tenant_id, table="hub_identityprovider", row_id=row.pk, field="client_secret"
        )
    row.save()
    events.announce("identity_provider.changed", row, actor=actor, issuer=row.issuer, domains=row.domains)
    return row


def proved_domains(actor: Actor) -> set[str]:
    """Mail domains proved by verified addresses of the acting person, and those that stand already."""
    stored = IdentityProvider.objects.first()
    addresses = EmailAddress.objects.filter(user_id=actor.user_id, verified=True).values_list("email", flat=True)
    return {address.rpartition("@")[2].lower() for address in addresses} | set(stored.domains if stored else ())

"""Where freelancers are paid: written by themselves, stored sealed, shown as four characters."""

import re

from django.db import transaction
from django.utils import timezone

from freelance_hub import events, sealed
from freelance_hub.access import Actor
from freelance_hub.errors import Refusal
from talent.models import Freelancer, PayoutAccount

# Characters of an IBAN by country, where freelancers are most often paid; elsewhere the checksum alone must hold.
LENGTHS = {"AT": 20, "BE": 16, "CH": 21, "CZ": 24, "DE": 22, "DK": 18, "ES": 24, "FI": 18, "FR": 27, "GB": 22}
LENGTHS |= {"IE": 22, "IT": 27, "LU": 20, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "TR": 26}


@transaction.atomic
def set_payout_account(*, freelancer: Freelancer, holder: str, iban: str, bic: str = "", actor: Actor) -> PayoutAccount:
    """Write where this person is paid. Only they themselves may.

    Raises Refusal at the field for somebody else's account, an IBAN whose checksum fails or a BIC that cannot be.
    Side effects: one row with the number sealed, event `payout_account.changed` that tells the last four characters.
    """
    if actor.membership_id is None or freelancer.membership_id != actor.membership_id:
        raise Refusal("Only the person who is paid can change this.")
    number = clean_iban(iban)
    if not holder.strip():
        raise Refusal("Say in whose name the account is.", field="holder", code="required")
    account, _ = PayoutAccount.objects.update_or_create(
        freelancer=freelancer,
        defaults={
            "holder": " ".join(holder.split()),
            # One account a person: their id names the row, so that it can be sealed before it is stored.
            "iban": sealed.seal(
                number,
                tenant_id=freelancer.tenant.pk,
                table="talent_payoutaccount",
                row_id=freelancer.pk,
                field="iban",
            ),
            "iban_last4": number[-4:],
            "bic": clean_bic(bic),
            "updated_at": timezone.now(),
        },
    )
    events.announce("payout_account.changed", freelancer, actor=actor, last4=account.iban_last4)
    return account


def clean_iban(text: str) -> str:
    """The number without spaces, in capitals; raises Refusal when it is no IBAN (ISO 13616: mod 97 is 1)."""
    number = re.sub(r"[\s-]", "", text).upper()
    expected = LENGTHS.get(number[:2])
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", number) or (expected and len(number) != expected):
        raise Refusal(
            "This is not an IBAN.",
            field="iban",
            remedy="It begins with two letters and two digits, such as DE89 3704 0044 0532 0130 00.",
            code="invalid",
        )
    digits = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    if int(digits) % 97 != 1:
        raise Refusal(
            "A digit of this IBAN is wrong.",
            field="iban",
            remedy="Compare it with your bank statement.",
            code="checksum",
        )
    return number


def clean_bic(text: str) -> str:
    """The BIC in capitals, or nothing; raises Refusal for what cannot be one."""
    bic = re.sub(r"\s", "", text).upper()
    if bic and not re.fullmatch(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", bic):
        raise Refusal("This is not a BIC.", field="bic", remedy="It has 8 or 11 characters; leave it empty if unsure.")
    return bic

"""The demo's postbox: mails go where the settings say, and the demo reads the links in them as their people would."""

import re
from collections.abc import Iterable

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

BACKEND = f"{__name__}.Postbox"
INVITATION = re.compile(r"/invitations/([\w-]+)/")
_seen: list[EmailMessage] = []


class Postbox(BaseEmailBackend):
    """Remembers each mail and passes it on to the backend that the settings named."""

    passes_on_to = ""

    def send_messages(self, email_messages: Iterable[EmailMessage]) -> int:
        messages = list(email_messages)
        _seen.extend(messages)
        return get_connection(self.passes_on_to).send_messages(messages) or 0


def invitation_secret(address: str) -> str:
    """The secret of the newest invitation mailed to the address; LookupError when none was."""
    for message in reversed(_seen):
        if address in message.to and (found := INVITATION.search(str(message.body))):
            return found[1]
    raise LookupError(address)

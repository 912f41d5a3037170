"""Mail: one kind is a folder of three templates under templates/emails/<kind>/."""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

log = logging.getLogger(__name__)


def link(route: str, **kwargs: Any) -> str:
    """The absolute address of a route."""
    return f"{settings.PUBLIC_URL}{reverse(route, kwargs=kwargs)}"


def after_commit(kind: str, *, to: str, **context: Any) -> None:
    """Render now (inside the tenant), send after the transaction has committed."""
    message = compose(kind, to=to, **context)
    transaction.on_commit(lambda: send(message))


def compose(kind: str, *, to: str, **context: Any) -> EmailMultiAlternatives:
    """The mail of a kind as text with an HTML alternative; the subject is one line."""
    context |= {"public_url": settings.PUBLIC_URL}
    folder = f"emails/{kind}"
    subject = " ".join(render_to_string(f"{folder}/subject.txt", context).split())
    message = EmailMultiAlternatives(
        subject, render_to_string(f"{folder}/body.txt", context), settings.DEFAULT_FROM_EMAIL, [to]
    )
    message.attach_alternative(render_to_string(f"{folder}/body.html", context), "text/html")
    return message


def send(message: EmailMultiAlternatives) -> bool:
    """Hand the mail to the server; a server that is down is logged, never the user's fault. Returns whether it left."""
    try:
        message.send()
    except (OSError, SMTPException):
        log.exception("mail_failed", extra={"subject": message.subject})
        return False
    return True

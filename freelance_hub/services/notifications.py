"""Tell people: in the app, and by mail at once, in a daily digest or not at all, as each prefers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from freelance_hub import mails, queue
from freelance_hub.errors import Refusal
from freelance_hub.models import Membership, Notification, NotificationPreference


@dataclass(frozen=True)
class Kind:
    """A kind of notification: how it is called on the preferences page and how it is mailed unless told otherwise."""

    key: str
    label: str
    mail: str = NotificationPreference.Mail.NOW


# What the mail of a kind says beyond title and text, asked when it leaves:
# {"facts": [(label, value)], "actions": [(label, url)]}.
Letter = Callable[[Notification], Mapping[str, object]]
_letters: dict[str, Letter] = {}


kinds: dict[str, Kind] = {}


def register(key: str, label: str, *, mail: str = NotificationPreference.Mail.NOW) -> None:
    """Declare a kind. Called at import time of an app's receivers."""
    kinds[key] = Kind(key, label, mail)


def letter_of(key: str, letter: Letter) -> None:
    """Let mails of a kind say more. Called at import time, as `register`."""
    _letters[key] = letter


register("general", "Other news")


@transaction.atomic
def notify(
    *, membership: Membership, kind: str, title: str, body: str = "", link: str = "", dedupe_key: str = ""
) -> Notification | None:
    """Tell one member one thing; with a `dedupe_key` only once.

    Returns None when they were told before or want nothing of this kind. Side effects: a row, a mail task after commit.
    """
    chosen = kinds.get(kind, kinds["general"])
    preference = NotificationPreference.objects.filter(membership=membership, kind=chosen.key).first()
    mail = preference.mail if preference else chosen.mail
    in_app = preference.in_app if preference else True
    if not in_app and mail == NotificationPreference.Mail.NEVER:
        return None
    if dedupe_key and Notification.objects.filter(membership=membership, dedupe_key=dedupe_key).exists():
        return None
    told = Notification.objects.create(
        membership=membership,
        kind=chosen.key,
        title=title[:200],
        body=body[:500],
        link=link,
        mail=mail,
        dedupe_key=dedupe_key,
        read_at=None if in_app else timezone.now(),
    )
    if mail == NotificationPreference.Mail.NOW:
        queue.after_commit("hub.mail_notifications")
    return told


def notify_all(
    *, memberships: Iterable[Membership], kind: str, title: str, body: str = "", link: str = "", dedupe_key: str = ""
) -> None:
    """`notify` for each of them."""
    for membership in memberships:
        notify(membership=membership, kind=kind, title=title, body=body, link=link, dedupe_key=dedupe_key)


def mail_waiting() -> int:
    """Mail what waits to be mailed at once in the current tenant; returns how many mails left.

    A row is marked before its mail leaves: a crash between the two loses that one mail (it still stands in the app),
    which is kinder than sending it again and again.
    """
    sent = 0
    while True:
        with transaction.atomic():
            told = (
                Notification.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("membership__user", "tenant")
                .filter(mail=NotificationPreference.Mail.NOW, mailed_at=None)
                .order_by("id")
                .first()
            )
            if told is None:
                return sent
            told.mailed_at = timezone.now()
            told.save(update_fields=["mailed_at"])
        if told.membership.state == Membership.State.ACTIVE:
            more = {"facts": [], "actions": [], **(_letters[told.kind](told) if told.kind in _letters else {})}
            message = mails.compose(
                "notification", to=told.membership.user.email, told=told, company=told.tenant, **more
            )
            sent += mails.send(message)


def mail_digests() -> int:
    """One mail for each member with the unmailed news they want daily; returns how many mails left."""
    waiting = list(
        Notification.objects.select_related("membership__user", "tenant")
        .filter(mail=NotificationPreference.Mail.DAILY, mailed_at=None, membership__state=Membership.State.ACTIVE)
        .order_by("membership_id", "id")[:5000]
    )
    by_member: dict[Membership, list[Notification]] = defaultdict(list)
    for told in waiting:
        by_member[told.membership].append(told)
    sent = 0
    for membership, news in by_member.items():
        marked = Notification.objects.filter(pk__in=[told.pk for told in news], mailed_at=None).update(
            mailed_at=timezone.now()
        )
        if marked:
            message = mails.compose("digest", to=membership.user.email, news=news, company=news[0].tenant)
            sent += mails.send(message)
    return sent


def mark_read(*, membership: Membership, public_ids: Iterable[str] | None = None) -> int:
    """Mark one's own news as read: those named, or all. Returns how many changed."""
    unread = Notification.objects.filter(membership=membership, read_at=None)
    if public_ids is not None:
        unread = unread.filter(public_id__in=list(public_ids))
    return unread.update(read_at=timezone.now())


@transaction.atomic
def set_preference(*, membership: Membership, kind: str, in_app: bool, mail: str) -> None:
    """How a member hears of one kind. Raises Refusal for an unknown kind or way."""
    if kind not in kinds or mail not in NotificationPreference.Mail.values:
        raise Refusal("There is no such kind of notification.", remedy="Reload the page and choose again.")
    NotificationPreference.objects.update_or_create(
        membership=membership, kind=kind, defaults={"in_app": in_app, "mail": mail}
    )

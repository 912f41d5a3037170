"""Tags and filters of every template: values here, declared components in `freelance_hub/components.py`."""

import zlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from freelance_hub import charts, components, presentation
from freelance_hub.formats import day_text, device_name, file_size, initials, long_day_text, moment_text, money_text
from freelance_hub.links import tenant_url

register = template.Library()
register.tags.update(components.library.tags)


@register.simple_tag
def to(name: str, **kwargs: Any) -> str:
    """The address of a route of the current company: `{% to "requisition_detail" number=318 %}`."""
    return tenant_url(name, **kwargs)


@lru_cache(maxsize=1024)
def _icon(name: str, label: str, css: str) -> SafeString:
    if settings.DEBUG:
        from freelance_hub import assets  # noqa: PLC0415  only needed to explain a misspelt name while developing

        assets.require_icon(name)
    words = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    classes = f"icon {css}".strip()
    return format_html('<svg class="{}" {}><use href="{}#{}"/></svg>', classes, words, static("built/icons.svg"), name)


@register.simple_tag
def icon(name: str, label: str = "", *, css: str = "") -> str:
    """An icon of Lucide or of static/icons. Without a label it is decoration."""
    return _icon(name, label, css) if name else ""


@register.simple_tag
def chip(state: str, noun: str = "", *, word: str = "", tone: str = "", icon: str = "") -> str:
    """A state as tint, icon and word: `{% chip invoice.state "invoice" %}`; `word`, `tone` and `icon` override."""
    look = presentation.look(state, noun)
    picture = _icon(icon or look.icon, "", "")
    return format_html('<span class="chip" data-tone="{}">{}{}</span>', tone or look.tone, picture, word or look.word)


@register.simple_tag
def avatar(name: str, *, size: str = "") -> str:
    """Initials on a tint; the name itself must stand beside it."""
    tint = zlib.crc32(name.encode()) % 6
    markup = '<span class="avatar" data-tint="{}" data-size="{}" aria-hidden="true">{}</span>'
    return format_html(markup, tint, size, initials(name))


@register.simple_tag
def money(amount: Decimal | None, currency: str, *, cents: bool = True) -> str:
    """An amount with its currency; a dash when there is none."""
    if amount is None:
        return mark_safe('<span class="faint">–</span>')
    return format_html(
        '<data class="money" value="{} {}">{}</data>', amount, currency, money_text(amount, currency, cents=cents)
    )


@register.filter(name="money")
def money_filter(amount: Decimal | None, currency: str) -> str:
    """The same as plain text, for mails and attributes."""
    return "–" if amount is None else money_text(amount, currency)


@register.simple_tag
def when(moment: datetime | None, *, full: bool = False) -> str:
    """A moment in the person's time zone: "Today 14:03", "Yesterday 09:10", "5 Nov", "5 Nov 2025"; the rest in the title."""
    if moment is None:
        return mark_safe('<span class="faint">–</span>')
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    exact = moment_text(local)
    return _time(moment.isoformat(), exact, exact if full else _near(local))


def _time(machine: str, title: str, text: str) -> SafeString:
    # All three are made of digits and our own words; escaping them would double the cost of a date on a long list.
    return mark_safe(f'<time datetime="{machine}" title="{title}">{text}</time>')  # noqa: S308


def _near(local: datetime) -> str:
    today = timezone.localdate()
    if local.date() == today:
        return f"Today {local:%H:%M}"
    if local.date() == today - timedelta(days=1):
        return f"Yesterday {local:%H:%M}"
    return day_text(local, today=today)


@register.simple_tag
def day(value: date | None) -> str:
    """A date: "5 Nov", with the year when it is another one."""
    if value is None:
        return mark_safe('<span class="faint">–</span>')
    return _time(value.isoformat(), long_day_text(value), day_text(value, today=timezone.localdate()))


@register.simple_tag
def due(value: date | None, *, done: bool = False) -> str:
    """How far a date is: "in 3 days", "today", "2 days late" (with tone and icon), plain once `done`."""
    if value is None or done:
        return day(value)
    days = (value - timezone.localdate()).days
    if days > 14:
        return day(value)
    words = {0: "today", 1: "tomorrow", -1: "1 day late"}.get(days) or (
        f"in {days} days" if days > 0 else f"{-days} days late"
    )
    tone = "bad" if days < 0 else "warn" if days <= 1 else "neutral"
    picture = _icon("clock-alert", "", "") if days <= 1 else ""
    title = long_day_text(value)
    markup = '<time class="due" data-tone="{}" datetime="{}" title="{}">{}{}</time>'
    return format_html(markup, tone, value.isoformat(), title, picture, words)


@register.simple_tag
def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `{% count 3 "person" "people" %}` reads "3 people"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


@register.filter
def is_current(address: str, request: HttpRequest) -> bool:
    """Whether the page lies at the address or under it."""
    return bool(address) and request.path.startswith(address)


@register.filter
def size(value: int | None) -> str:
    """Bytes for people: "3.1 MB"."""
    return file_size(value)


@register.filter
def device(user_agent: str) -> str:
    """A browser's description of itself, for people: "Firefox on Windows"."""
    return device_name(user_agent)


@register.filter
def percent(value: float | Decimal | None) -> str:
    """A share (0.4) as "40 %"; a dash when there is none."""
    return "–" if value is None else f"{value * 100:.0f} %"


@register.filter(is_safe=False)
def markdown(text: str) -> SafeString:
    """Text of people as safe HTML."""
    from freelance_hub.markdown import render  # noqa: PLC0415  the parser is only loaded where text is shown

    return render(text or "")


@register.simple_tag
def spark(values: Sequence[float], *, tone: str = "") -> str:
    """A small line without axes; the figure itself stands beside it."""
    return charts.spark(values, tone=tone)


@register.inclusion_tag("components/bars.html")
def bars(chart: charts.Bars) -> dict[str, Any]:
    """Stacked bars with legend and the same numbers as a table; build the input with `charts.Bars`."""
    return {"chart": chart, "drawing": charts.bars(chart)}

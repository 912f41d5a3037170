"""The tag that shows what higher apps add to a page."""

from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from freelance_hub.panels import panels_of

register = template.Library()


@register.simple_tag(takes_context=True)
def panels(context: Context, place: str, subject: Any) -> SafeString:
    """All panels of a place, one below the other: `{% panels "workspace" workspace %}`."""
    request = context["request"]
    found = panels_of(place, subject, request.actor)
    return mark_safe("".join(get_template(name).render(own, request) for name, own in found))  # noqa: S308  rendered templates

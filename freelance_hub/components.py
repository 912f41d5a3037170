"""The declared interface components. Each function is a template tag; its signature is the contract, its template the look.

`block` components take what stands between `{% card %}` and `{% endcard %}`, `leaf` components stand alone.
A wrong or missing input fails when the template is compiled. `/styleguide/` shows them all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import wraps
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template.context import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from freelance_hub import presentation

library = template.Library()
Inputs = dict[str, Any]


def leaf(function: Callable[..., Inputs]) -> Callable[..., Inputs]:
    """A component without content, rendered by templates/components/<name>.html."""
    library.inclusion_tag(f"components/{function.__name__}.html")(function)
    return function


def block(function: Callable[..., Inputs]) -> Callable[..., str]:
    """A component around content, rendered by templates/components/<name>.html, which finds it as `content`."""

    @wraps(function)
    def render(content: str, *args: Any, **kwargs: Any) -> str:
        return get_template(f"components/{function.__name__}.html").render(function(content, *args, **kwargs))

    library.simple_block_tag(render)
    return render


def block_with_token(function: Callable[..., Inputs]) -> Callable[..., str]:
    """A block component that holds a form: it also gets the page's `csrf_token`."""

    @wraps(function)
    def render(context: Context, content: str, *args: Any, **kwargs: Any) -> str:
        inputs = {**function(context, content, *args, **kwargs), "csrf_token": context.get("csrf_token", "")}
        return get_template(f"components/{function.__name__}.html").render(inputs)

    library.simple_block_tag(takes_context=True)(render)
    return render


def stripped(content: str) -> SafeString:
    """Content without white space around it, so that a template can ask whether there is any."""
    return mark_safe(content.strip())  # noqa: S308  a block's content was escaped when it was rendered


# Page


@block
def page_head(
    content: str,
    title: str,
    *,
    lead: str = "",
    state: str = "",
    noun: str = "",
    number: str = "",
    back: str = "",
    back_label: str = "Back",
) -> Inputs:
    """What this is, what state it is in, what one can do next. Content: the actions, the primary one last."""
    return locals()


@block
def card(
    content: str,
    title: str = "",
    *,
    lead: str = "",
    href: str = "",
    link: str = "See all",
    id: str = "",  # noqa: A002  the name of the HTML attribute
    flush: bool = False,
    level: int = 2,
) -> Inputs:
    """A white surface with a heading. `flush` lets tables and lists reach the edge."""
    return locals()


@leaf
def breadcrumb(*pairs: str) -> Inputs:
    """`{% breadcrumb "Requisitions" list_url "REQ-12" %}`: label and address in turn; the last label is this page."""
    links = list(zip(pairs[0:-1:2], pairs[1:-1:2], strict=True))
    return {"links": links, "here": pairs[-1] if pairs else ""}


@block
def tabs(content: str, label: str) -> Inputs:
    """Links between views of the same thing. Content: `{% tab %}`."""
    return locals()


@leaf
def tab(label: str, href: str, *, current: bool = False, count: int | str | None = None) -> Inputs:
    return locals()


@block
def menu(content: str, label: str, *, icon: str = "ellipsis", text: bool = False, align: str = "end") -> Inputs:
    """A button that opens a small panel. Content: links and `{% post %}` buttons. `text` shows the label."""
    return locals()


@block
def empty(content: str, title: str, *, icon: str = "inbox") -> Inputs:
    """Nothing here yet: say what will stand here and how it gets here; put the action into the content."""
    return locals()


@block
def notice(content: str, *, tone: str = "busy", title: str = "") -> Inputs:
    """Something to know before going on. Tones: neutral, busy, good, warn, bad."""
    return {**locals(), "icon": NOTICE_ICONS.get(tone, "info")}


NOTICE_ICONS = {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-x", "busy": "info", "neutral": "info"}


# Facts


@leaf
def kpi(
    label: str,
    value: object,
    *,
    unit: str = "",
    note: str = "",
    tone: str = "",
    href: str = "",
    spark: Sequence[float] = (),
    share: float | None = None,
    target: str = "",
) -> Inputs:
    """One figure. `share` 0 to 100 draws a bar, `spark` a line; `tone` colours the note with its icon; `target` in words."""
    return {**locals(), "icon": KPI_ICONS.get(tone, "")}


KPI_ICONS = {"good": "circle-check", "warn": "clock-alert", "bad": "triangle-alert"}


@leaf
def meter(value: float, maximum: float = 100, *, label: str, text: str = "", tone: str = "") -> Inputs:
    """A bar for a share of something, with its words beside it."""
    return locals()


@block
def facts(content: str, *, columns: int = 1) -> Inputs:
    """A list of name and value. Content: `{% fact %}`."""
    return locals()


@block
def fact(content: str, label: str) -> Inputs:
    """One fact; empty content reads as a dash."""
    return {"content": stripped(content), "label": label}


@block
def timeline(content: str, *, label: str = "History") -> Inputs:
    """What happened, newest first. Content: `{% happening %}`."""
    return locals()


@block
def happening(
    content: str, *, who: str, when: datetime | date | None, icon: str = "circle-dot", tone: str = "neutral"
) -> Inputs:
    """One line of a timeline: who, what (the content), when."""
    return locals()


@block
def steps(
    content: str, *, label: str, done: int | None = None, total: int | None = None, ordered: bool = True
) -> Inputs:
    """A checklist or the way of something. Content: `{% step %}`. With `done` and `total` it shows progress."""
    return locals()


@block
def step(content: str, label: str, state: str = "waiting", *, note: str = "", href: str = "") -> Inputs:
    """One step. States: done, active, waiting, skipped, failed, refused. Content: what can be done here."""
    return {
        **locals(),
        "content": stripped(content),
        "icon": STEP_ICONS.get(state, "minus"),
        "word": STEP_WORDS.get(state, state),
    }


STEP_ICONS = {
    "done": "check",
    "active": "clock",
    "waiting": "minus",
    "skipped": "chevrons-right",
    "failed": "x",
    "refused": "x",
}
STEP_WORDS = {
    "done": "Done",
    "active": "Now",
    "waiting": "Later",
    "skipped": "Skipped",
    "failed": "Failed",
    "refused": "No",
}


@leaf
def progress(
    *,
    title: str,
    done: int,
    total: int | None,
    state: str,
    note: str = "",
    poll: str = "",
    cancel: str = "",
    key: str = "job",
) -> Inputs:
    """Long work. `poll` is the address of this fragment, asked every 2 s while it runs; `cancel` takes a POST (add a token)."""
    running = state in {"queued", "running"}
    return {**locals(), "running": running, "look": presentation.look(state, "job")}


# People and talk


@leaf
def person(name: str, *, note: str = "", href: str = "", guest: bool = False) -> Inputs:
    """Avatar and name in a row."""
    return locals()


@block
def thread(content: str, *, label: str = "Messages") -> Inputs:
    """A conversation, oldest first. Content: `{% message %}`."""
    return locals()


@block
def message(
    content: str, *, who: str, when: datetime | None, mine: bool = False, guest: bool = False, note: str = ""
) -> Inputs:
    """One message. Content: its text (use `|markdown`) and its files."""
    return locals()


@leaf
def file_list(files: Iterable[Mapping[str, Any]], *, empty: str = "No files yet.") -> Inputs:
    """Files: mappings of name, href, size (bytes), kind, who, when; all but name may be missing."""
    return {
        "files": [{"href": "", "size": None, "kind": "", "who": "", "when": None, **item} for item in files],
        "empty": empty,
    }


@leaf
def code(value: str, *, label: str = "Value", secret: bool = False) -> Inputs:
    """A value to copy. `secret`: hidden until asked for, and said to be shown only once."""
    return locals()


# Forms


@leaf
def field(bound: BoundField, *, label: str = "", help: str = "", optional: bool = True) -> Inputs:  # noqa: A002
    """One form field: label, help, error, widget. `optional` says so beside fields that may stay empty."""
    input_type = getattr(bound.field.widget, "input_type", "")
    group = bool(bound.use_fieldset) and input_type in {"radio", "checkbox"}
    return {
        "field": bound,
        "label": label or bound.label,
        "help": help or bound.help_text,
        "group": group,
        "single_checkbox": input_type == "checkbox" and not group,
        "upload": input_type == "file",
        "say_optional": optional and not bound.field.required and input_type != "checkbox",
    }


@leaf
def pick(bound: BoundField) -> Inputs:
    """A filter with several choices: a button that opens a panel of boxes; goes into a `.filters` form."""
    return {"field": bound, "options": [widget.data for widget in bound.subwidgets]}


@block_with_token
def form_for(
    context: Context,
    content: str,
    form: BaseForm,
    *,
    submit: str = "Save",
    cancel: str = "",
    action: str = "",
    danger: bool = False,
    icon: str = "",
    method: str = "post",
    key: str = "",
) -> Inputs:
    """A whole form: summary of errors, fields (the content, or all of them when it is empty), submit and cancel."""
    return {"content": stripped(content), **{k: v for k, v in locals().items() if k not in {"content", "context"}}}


@block_with_token
def confirm(
    context: Context,
    content: str,
    title: str,
    *,
    submit: str,
    cancel: str,
    action: str = "",
    typed: str = "",
    danger: bool = True,
    error: str = "",
) -> Inputs:
    """A dangerous act: the content says in numbers what will happen; `typed` is a name to type (posted as `typed`)."""
    return {k: v for k, v in locals().items() if k != "context"}


@library.inclusion_tag("components/post.html", takes_context=True)
def post(
    context: Context,
    href: str,
    label: str,
    *,
    icon: str = "",
    kind: str = "",
    name: str = "",
    value: str = "",
    hide_label: bool = False,
) -> Inputs:
    """A button that posts to an address. `kind`: "", primary, quiet, danger; `name` and `value` ride along."""
    return {k: v for k, v in locals().items() if k != "context"} | {"csrf_token": context.get("csrf_token", "")}


@block
def dialog(content: str, id: str, title: str) -> Inputs:  # noqa: A002
    """A dialog of this page, opened by `<button type="button" data-open="id">`."""
    return locals()

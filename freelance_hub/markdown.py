"""The one safe renderer of Markdown that people write: pages, messages, descriptions.

Two locks: HTML in the source is text (markdown-it, `js-default`), and what comes out passes an allow-list (nh3).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

# Beyond this a text is data, not prose; rendering it would keep the page waiting.
MAX_LENGTH = 200_000

_TAGS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "strong", "em", "s"}
_TAGS |= {"ul", "ol", "li", "a", "img", "table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
_CLASSES = {"th": {"is-right", "is-center"}, "td": {"is-right", "is-center"}, "table": {"table"}}


class _Renderer(RendererHTML):
    """Pictures from elsewhere become links (they would tell others who reads the page); cells are aligned by class."""

    def image(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        source = str(tokens[idx].attrs.get("src", ""))
        if source.startswith("/") and not source.startswith("//"):
            return super().image(tokens, idx, options, env)
        alt = self.renderInlineAsText(tokens[idx].children, options, env) or "picture"
        return f'<a href="{nh3.clean_text(source)}">{nh3.clean_text(alt)}</a>'

    def renderToken(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: N802  overrides
        token = tokens[idx]
        if token.type in {"th_open", "td_open"} and (style := str(token.attrs.pop("style", ""))):
            side = style.partition(":")[2].strip()
            if side in {"right", "center"}:
                token.attrSet("class", f"is-{side}")
        return super().renderToken(tokens, idx, options, env)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "linkify": False}, renderer_cls=_Renderer)
    parser.core.ruler.push("shift_headings", _shift_headings)
    return parser


def _shift_headings(state: Any) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + state.env['shift'], 6)}"


def render(text: str, *, shift: int = 1) -> SafeString:
    """The Markdown as HTML that may stand in a page.

    `shift` moves headings down, so that the page keeps the only h1. Links get rel="noopener nofollow"; a picture is
    shown only from this site.
    """
    if len(text) > MAX_LENGTH:
        text = text[:MAX_LENGTH] + "\n\n…"
    html = _parser().render(text, {"shift": shift})
    return mark_safe(  # noqa: S308  the allow-list has the last word
        nh3.clean(
            html,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            allowed_classes=_CLASSES,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener nofollow",
        )
    )

"""The rows of a list as HTML, made in Python: a template would cost more per cell than the query per row."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from freelance_hub.lists.declare import Column, ListPage

NOTHING = mark_safe('<span class="faint">–</span>')


def row_key(page: ListPage, row: Any) -> str:
    return str(getattr(row, page.row_key))


def rows_html(page: ListPage, rows: Sequence[Any], columns: Sequence[Column], *, selectable: bool) -> SafeString:
    """One `<tr>` a row, its first column the heading and the link. Every value is escaped unless it is a SafeString."""
    cells = [(_opening(column), column.reader()) for column in columns[1:]]
    head = columns[0].reader()
    out: list[str] = []
    for row in rows:
        out.append("<tr>")
        if selectable:
            key, label = conditional_escape(row_key(page, row)), conditional_escape(page.row_label(row))
            out.append(
                f'<td data-cell="select"><input type="checkbox" name="pick" value="{key}" aria-label="Select {label}"></td>'
            )
        text = _text(head(row))
        if page.row_link:
            text = f'<a href="{conditional_escape(page.row_link(row))}">{text}</a>'
        out.append(f'<th scope="row" data-cell="title">{text}</th>')
        for opening, read in cells:
            out.append(f"{opening}{_text(read(row))}</td>")
        out.append("</tr>")
    return mark_safe("".join(out))  # noqa: S308  every value above was escaped or safe


def _text(value: Any) -> str:
    if type(value) is SafeString and value:  # most cells are: asking `conditional_escape` costs as much as making them
        return value
    return NOTHING if value is None or value == "" else conditional_escape(value)


def _opening(column: Column) -> str:
    """The cell's tag. On a phone `data-cell` places it on the card, `data-label` names it there."""
    label = format_html(' data-label="{}"', column.label) if column.place in {"meta", "figure"} else ""
    css = format_html(' class="{}"', column.class_) if column.class_ else ""
    return format_html('<td data-cell="{}"{}{}>', column.place, label, css)

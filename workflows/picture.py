"""The picture of a workflow: layout by graphlay, drawing by us. Each step is a link with an icon and words for its state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import graphlay
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT = 216, 70  # of a step, in pixels
MARGIN = 12
CORNER = 8  # of an edge
LETTERS = 22  # of a title that fit on one line
NOTE_LETTERS = 25

KIND_ICONS = {
    "automation": "zap",
    "decision": "split",
    "approval": "stamp",
    "task": "clipboard-check",
    "form": "text-cursor-input",
    "document": "file-text",
    "wait": "hourglass",
    "workflow": "workflow",
}


@dataclass(frozen=True, kw_only=True)
class Node:
    """One step as the picture shows it. `label` is what a screen reader says; `tone`, `icon` and `word` are its state."""

    key: str
    title: str
    kind: str
    href: str
    label: str
    word: str
    icon: str
    tone: str = "neutral"
    is_faded: bool = False  # later, or passed over
    is_now: bool = False
    is_chosen: bool = False  # being edited


@dataclass(frozen=True)
class Arrow:
    """`child` comes after `parent`; `words` is the outcome that is asked for. `is_taken` None: nobody knows yet."""

    parent: str
    child: str
    words: str = ""
    is_taken: bool | None = None


def ranks(keys: Sequence[str], arrows: Iterable[Arrow]) -> dict[str, int]:
    """The row of each step: the longest way to it from a beginning. Arrows that close a circle do not count."""
    children: dict[str, list[str]] = {key: [] for key in keys}
    for arrow in arrows:
        if arrow.parent in children and arrow.child in children:
            children[arrow.parent].append(arrow.child)
    order = _without_loops(keys, children)
    rank = dict.fromkeys(keys, 0)
    for key in order:
        for child in children[key]:
            rank[child] = max(rank[child], rank[key] + 1)
    return rank


def _without_loops(keys: Sequence[str], children: dict[str, list[str]]) -> list[str]:
    """An order in which parents stand before children; takes the arrows that lead back out of `children`."""
    done: list[str] = []
    state: dict[str, int] = {}

    def visit(key: str) -> None:
        state[key] = 1
        for child in list(children[key]):
            if state.get(child) == 1:
                children[key].remove(child)
            elif child not in state:
                visit(child)
        state[key] = 2
        done.append(key)

    for key in keys:
        if key not in state:
            visit(key)
    return done[::-1]


def draw(nodes: Sequence[Node], arrows: Sequence[Arrow], *, label: str) -> SafeString:
    """The SVG. Links come in reading order: row by row, from left to right."""
    if not nodes:
        return mark_safe("")
    known = {node.key for node in nodes}
    arrows = [arrow for arrow in arrows if {arrow.parent, arrow.child} <= known and arrow.parent != arrow.child]
    plan = _layout(nodes, arrows)
    left, right, top, bottom = _bounds(plan, arrows)
    dx, dy = MARGIN - left, MARGIN - top
    width, height = _px(right - left + 2 * MARGIN), _px(bottom - top + 2 * MARGIN)
    places = {key: (x + dx - WIDTH / 2, y + dy - HEIGHT / 2) for key, (x, y) in plan.positions().items()}
    lines, words = [], []
    for arrow, edge in zip(arrows, plan.edges, strict=True):
        points = [(point["x"] + dx, point["y"] + dy) for point in edge["points"]]
        lines.append(_line(arrow, points))
        if arrow.words:
            anchor = edge["label_anchor"]
            at = (anchor["x"] + dx, anchor["y"] + dy) if anchor else points[0]
            words.append(_words(arrow, at))
    in_order = sorted(nodes, key=lambda node: (places[node.key][1], places[node.key][0]))
    boxes = [_box(node, *places[node.key]) for node in in_order]
    return format_html(
        '<svg class="picture" role="group" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}" data-columns="{}">'
        '<g aria-hidden="true">{}</g><g aria-hidden="true">{}</g>{}</svg>',
        label,
        width,
        height,
        width,
        height,
        min(6, max(1, round((right - left) / (WIDTH + 28)))),
        _joined(lines),
        _joined(words),
        _joined(boxes),
    )


def _bounds(plan: Any, arrows: Sequence[Arrow]) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of all that is drawn, also of the words on arrows."""
    low, high = plan.bounds["min"], plan.bounds["max"]
    lefts, rights = [low["x"]], [high["x"]]
    for arrow, edge in zip(arrows, plan.edges, strict=True):
        if arrow.words and edge["label_anchor"]:
            half = _words_width(arrow) / 2
            lefts.append(edge["label_anchor"]["x"] - half)
            rights.append(edge["label_anchor"]["x"] + half)
    return min(lefts), max(rights), low["y"], high["y"]


def _words_width(arrow: Arrow) -> float:
    return 14 + 7 * len(arrow.words)


def _layout(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> Any:
    rank = ranks([node.key for node in nodes], arrows)
    graph = graphlay.Graph()
    for node in nodes:
        graph.node(node.key, width=WIDTH, height=HEIGHT, rank={"fixed": rank[node.key]})
    for arrow in arrows:
        size: dict[str, Any] = {}
        if arrow.words:
            size["label_size"] = {"width": float(_words_width(arrow)), "height": 20.0}
        graph.edge(arrow.parent, arrow.child, **size)
    spacing = {"layer_gap": 36.0, "node_gap": 28.0}
    return graphlay.layout(graph, options={"direction": "topbottom", "spacing": spacing})


def _line(arrow: Arrow, points: list[tuple[float, float]]) -> SafeString:
    """The way of an arrow with round corners, and its head."""
    (x, y), before = points[-1], points[-2]
    down = 1 if y >= before[1] else -1
    head = f"M{_px(x - 4)} {_px(y - 7 * down)}L{_px(x)} {_px(y)}L{_px(x + 4)} {_px(y - 7 * down)}"
    state = {None: "open", True: "taken", False: "not-taken"}[arrow.is_taken]
    return format_html('<path class="picture-arrow" data-way="{}" d="{}{}"/>', state, _way(points), head)


def _way(points: list[tuple[float, float]]) -> str:
    parts = [f"M{_px(points[0][0])} {_px(points[0][1])}"]
    for (before, corner), (_, following) in pairwise(pairwise(points)):
        start, end = _towards(corner, before), _towards(corner, following)
        parts.append(f"L{_at(start)}Q{_at(corner)} {_at(end)}")
    return "".join([*parts, f"L{_at(points[-1])}"])


def _towards(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """The point where the rounding of a corner begins, on the way to `other`."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max((dx * dx + dy * dy) ** 0.5, 0.01)
    share = min(CORNER, length / 2) / length
    return corner[0] + dx * share, corner[1] + dy * share


def _words(arrow: Arrow, at: tuple[float, float]) -> SafeString:
    width = _words_width(arrow)
    return format_html(
        '<g class="picture-words"><rect x="{}" y="{}" width="{}" height="20" rx="6"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        _px(at[0] - width / 2),
        _px(at[1] - 10),
        _px(width),
        _px(at[0]),
        _px(at[1] + 4),
        arrow.words,
    )


def _box(node: Node, x: float, y: float) -> SafeString:
    """One step: shape of its kind, icon and word of its state."""
    lines = wrap(node.title, LETTERS, 2)
    top = y + (21 if len(lines) > 1 else 30)
    title = format_html_join(
        "",
        '<text class="picture-title" x="{}" y="{}">{}</text>',
        ((_px(x + 46), _px(top + 16 * number), line) for number, line in enumerate(lines)),
    )
    return format_html(
        '<a class="picture-step" id="node-{}" href="{}" aria-label="{}" data-kind="{}" data-tone="{}"{}{}{}>'
        '<title>{}</title>{}<circle class="picture-dot" cx="{}" cy="{}" r="13"/>'
        '<use class="picture-icon" href="{}#{}" x="{}" y="{}" width="15" height="15"/>{}'
        '<text class="picture-note" x="{}" y="{}">{}</text></a>',
        node.key,
        node.href,
        node.label,
        node.kind,
        node.tone,
        mark_safe(' data-faded=""') if node.is_faded else "",
        mark_safe(' data-now=""') if node.is_now else "",
        mark_safe(' aria-current="step"') if node.is_chosen else "",
        node.label,
        _shape(node.kind, x, y),
        _px(x + 25),
        _px(y + HEIGHT / 2),
        static("built/icons.svg"),
        node.icon,
        _px(x + 17.5),
        _px(y + HEIGHT / 2 - 7.5),
        title,
        _px(x + 46),
        _px(top + 16 * len(lines) + 1),
        wrap(node.word, NOTE_LETTERS, 1)[0],
    )


def _shape(kind: str, x: float, y: float) -> SafeString:
    """People: round corners; the clock: round ends; decisions: pointed ends; automations: plain; workflows: a double edge."""
    if kind == "decision":
        right, low, middle, tip = x + WIDTH, y + HEIGHT, y + HEIGHT / 2, 12
        path = (
            f"M{_px(x)} {_px(middle)}L{_px(x + tip)} {_px(y)}H{_px(right - tip)}L{_px(right)} {_px(middle)}"
            f"L{_px(right - tip)} {_px(low)}H{_px(x + tip)}Z"
        )
        return format_html('<path class="picture-shape" d="{}"/>', path)
    radius = {"automation": 3, "workflow": 3, "wait": HEIGHT / 2, "document": 3}.get(kind, 14)
    shape = _rect("picture-shape", x, y, WIDTH, HEIGHT, radius)
    if kind == "workflow":
        return shape + _rect("picture-inner", x + 3.5, y + 3.5, WIDTH - 7, HEIGHT - 7, 2)
    return shape


def _rect(css: str, x: float, y: float, width: float, height: float, radius: float) -> SafeString:
    markup = '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="{}"/>'
    return format_html(markup, css, _px(x), _px(y), _px(width), _px(height), _px(radius))


def wrap(text: str, letters: int, lines: int) -> list[str]:
    """The text on at most so many lines of so many letters; what does not fit ends with "…"."""
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if len(longer) <= letters or not found[-1]:
            found[-1] = longer
        else:
            found.append(word)
    kept = found[:lines]
    if len(found) > lines:
        kept[-1] = f"{kept[-1]} {found[lines]}"
    return [line if len(line) <= letters else f"{line[: letters - 1].rstrip()}…" for line in kept]


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _at(point: tuple[float, float]) -> str:
    return f"{_px(point[0])} {_px(point[1])}"


def _px(number: float) -> str:
    """A plot number: one decimal at most, and never one with a comma of some language."""
    return f"{number:.1f}".removesuffix(".0")

"""Charts as SVG. x and widths in percent, y in pixels, no viewBox: text keeps its size at every width, no style needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

TOP = 8
PLOT = 180
AXIS = 26  # below the plot: the names of the bars
CROWDED = 8  # more bars than this: every second name is dropped where the chart is narrow


@dataclass(frozen=True, slots=True)
class Bars:
    """Stacked bars: `labels` along x, `series` by name in drawing order (at most five), all values at least 0."""

    title: str
    summary: str  # one sentence with what is to be seen, read out instead of the drawing
    labels: Sequence[str]
    series: Mapping[str, Sequence[float]]
    unit: str = ""

    @property
    def rows(self) -> list[tuple[str, list[float]]]:
        """The same numbers as table rows."""
        return [(label, [values[i] for values in self.series.values()]) for i, label in enumerate(self.labels)]


def ticks(highest: float, wanted: int = 3) -> list[float]:
    """Round numbers from 0 to at least `highest`."""
    if highest <= 0:
        return [0, 1]
    raw = highest / wanted
    power = 10 ** floor(log10(raw))
    factors = (1, 2, 5, 10) if power == 1 else (1, 2, 2.5, 5, 10)  # people and invoices are not counted in halves
    step = next(power * factor for factor in factors if power * factor >= raw)
    return [step * i for i in range(ceil(highest / step) + 1)]


def number(value: float) -> str:
    """A plot number without needless decimals."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def bars(chart: Bars) -> SafeString:
    """The drawing of stacked bars; the caller shows the table beside it (`components/bars.html`)."""
    totals = [sum(values) for _, values in chart.rows]
    scale = ticks(max(totals, default=0))
    per_unit = PLOT / scale[-1]
    slot = 100 / max(len(totals), 1)
    crowded = len(totals) > CROWDED
    parts = [_line(number(tick), y=TOP + PLOT - tick * per_unit) for tick in scale]
    parts = [mark_safe('<g class="grid" aria-hidden="true">'), *parts, mark_safe("</g>")]
    for index, (label, values) in enumerate(chart.rows):
        split = ", ".join(f"{name} {number(value)}" for name, value in zip(chart.series, values, strict=True))
        title = f"{label}: {number(totals[index])} {chart.unit} ({split})"
        parts.append(_bar(title, values, x=slot * (index + 0.2), width=slot * 0.6, per_unit=per_unit))
        parts.append(_name(label, x=slot * (index + 0.5), minor=crowded and index % 2 == 0))
    words = f"{chart.title}. {chart.summary}"
    drawing = format_html_join("", "{}", ((part,) for part in parts))
    return format_html(
        '<svg class="bars" height="{}" role="img" aria-label="{}">{}</svg>', TOP + PLOT + AXIS, words, drawing
    )


# format_html turns numbers into text before it formats them, so plot numbers are formatted first.


def _line(words: str, *, y: float) -> SafeString:
    """A line of the grid with its value at the left."""
    height, below = f"{y:.1f}", f"{y + 4:.1f}"
    markup = '<line x1="0" x2="100%" y1="{0}" y2="{0}"/><text x="-10" y="{1}" text-anchor="end">{2}</text>'
    return format_html(markup, height, below, words)


def _bar(title: str, values: Sequence[float], *, x: float, width: float, per_unit: float) -> SafeString:
    """One stack, from the bottom up; a sliver below one pixel is left out."""
    base, rectangles = float(TOP + PLOT), []
    for place, value in enumerate(values, start=1):
        height = value * per_unit
        if height >= 1:
            top, tall = f"{base - height:.1f}", f"{max(height - 1.5, 1):.1f}"  # 1.5 px of ground between the parts
            rectangles.append((place, f"{x:.2f}%", f"{width:.2f}%", top, tall))
        base -= height
    markup = '<rect class="series-{}" x="{}" width="{}" y="{}" height="{}" rx="2"/>'
    return format_html('<g class="bar"><title>{}</title>{}</g>', title, format_html_join("", markup, rectangles))


def _name(label: str, *, x: float, minor: bool) -> SafeString:
    """The name below a bar; minor ones give way where the chart is narrow."""
    markup = '<text class="{}" x="{}" y="{}" text-anchor="middle" aria-hidden="true">{}</text>'
    return format_html(markup, "minor" if minor else "", f"{x:.2f}%", TOP + PLOT + 20, label)


def spark(values: Sequence[float], *, tone: str = "") -> SafeString:
    """A small filled line, stretched to its box; nothing for fewer than two values."""
    if len(values) < 2:
        return mark_safe("")
    low, spread = min(values), (max(values) - min(values)) or 1
    step = 100 / (len(values) - 1)
    points = (f"{i * step:.1f},{24 - float((value - low) / spread) * 20:.1f}" for i, value in enumerate(values))
    markup = (
        '<svg class="spark" data-tone="{0}" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon points="0,28 {1} 100,28"/><polyline points="{1}"/></svg>'
    )
    return format_html(markup, tone, " ".join(points))

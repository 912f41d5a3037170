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
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw)
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
    grid = format_html_join(
        "",
        '<line x1="0" x2="100%" y1="{0:.1f}" y2="{0:.1f}"/><text x="-10" y="{1:.1f}" text-anchor="end">{2}</text>',
        ((TOP + PLOT - tick * per_unit, TOP + PLOT - tick * per_unit + 4, number(tick)) for tick in scale),
    )
    drawn = [
        _bar(
            chart,
            index,
            slot=slot,
            per_unit=per_unit,
            total=totals[index],
            minor=len(totals) > CROWDED and index % 2 == 0,
        )
        for index in range(len(totals))
    ]
    return format_html(
        '<svg class="bars" height="{}" role="img" aria-label="{}"><g class="grid" aria-hidden="true">{}</g>{}</svg>',
        TOP + PLOT + AXIS,
        f"{chart.title}. {chart.summary}",
        grid,
        mark_safe("".join(drawn)),  # noqa: S308  made by format_html
    )


def _bar(chart: Bars, index: int, *, slot: float, per_unit: float, total: float, minor: bool) -> SafeString:
    label, values = chart.rows[index]
    parts = ", ".join(f"{name} {number(value)}" for name, value in zip(chart.series, values, strict=True))
    base, rectangles = float(TOP + PLOT), []
    for place, value in enumerate(values, start=1):
        height = value * per_unit
        if height >= 1:  # a sliver would only be the gap
            rectangles.append((place, slot * (index + 0.2), slot * 0.6, base - height, max(height - 1.5, 1)))
        base -= height
    unit = f" {chart.unit}" if chart.unit else ""
    drawn = format_html_join(
        "", '<rect class="series-{}" x="{:.2f}%" width="{:.2f}%" y="{:.1f}" height="{:.1f}" rx="2"/>', rectangles
    )
    name = format_html(
        '<text class="{}" x="{:.2f}%" y="{}" text-anchor="middle" aria-hidden="true">{}</text>',
        "minor" if minor else "",
        slot * (index + 0.5),
        TOP + PLOT + 20,
        label,
    )
    title = f"{label}: {number(total)}{unit} ({parts})"
    return format_html('<g class="bar"><title>{}</title>{}</g>{}', title, drawn, name)


def spark(values: Sequence[float], *, tone: str = "") -> SafeString:
    """A small filled line, stretched to its box; nothing for fewer than two values."""
    if len(values) < 2:
        return mark_safe("")
    low, spread = min(values), (max(values) - min(values)) or 1
    step = 100 / (len(values) - 1)
    line = " ".join(f"{i * step:.1f},{24 - (float(value) - low) / spread * 20:.1f}" for i, value in enumerate(values))
    return format_html(
        '<svg class="spark" data-tone="{0}" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">'
        '<polygon points="0,28 {1} 100,28"/><polyline points="{1}"/></svg>',
        tone,
        line,
    )

"""Charts as small SVG texts, drawn by our own functions: same input, same bytes.

One visual language: petrol is the positive end and newcomers, ochre the negative end and partners;
hatching and shape say again what colour says, so that grey print reads the same. Every chart is one
image whose `<title>` is the finding. The rows of a chart are as high as the rows of the table it stands
in, where the labels and the numbers are; texts in a chart are placed by their start (`text-anchor` would
draw them letter by letter). Lengths are points.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from feedback_app.analysis.statistic import Band, State, Statistic

TOKENS = Path(__file__).parents[1] / "static" / "css" / "tokens.css"
TONES = ("very-negative", "negative", "neutral", "positive", "very-positive")
HATCH = {"very-negative": 3.0, "negative": 5.5}  # distance between the white lines
ON_DARK = frozenset({"very-negative", "very-positive"})
NARROW, WIDE = frozenset("ijlftrI.,:;'’|!()[] "), frozenset("mwMWQ@%&OGD—")


@dataclass(frozen=True)
class Part:
    """One piece of a bar: a share in percents, its printed text, its tone and its answer."""

    percent: int
    text: str
    tone: str
    label: str = ""


@dataclass(frozen=True)
class Row:
    """One bar of parts, or the words that stand where it cannot be drawn."""

    parts: tuple[Part, ...] = ()
    note: str = ""


@cache
def palette() -> Mapping[str, str]:
    """Read the chart colours from the shared design tokens."""
    text = TOKENS.read_text(encoding="utf-8")
    return dict(re.findall(r"--chart-([\w-]+):\s*(#[0-9a-f]{6})", text))


def tones(count: int) -> tuple[str, ...]:
    """Choose the tones of an ordered scale of two to five answers, negative end first."""
    wanted = {1: (4,), 2: (0, 4), 3: (1, 2, 4), 4: (0, 1, 3, 4)}.get(count, (0, 1, 2, 3, 4))
    return tuple(TONES[i] for i in wanted)


def width_of(text: str, size: float) -> float:
    """Estimate how wide a text is in a plain sans-serif face."""
    return size * sum(0.3 if c in NARROW else 0.86 if c in WIDE else 0.58 for c in text)


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _rect(x: float, y: float, w: float, h: float, fill: str, extra: str = "") -> str:
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}" fill="{fill}"{extra}/>'


def _line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 0.5) -> str:
    return f'<path d="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}" stroke="{stroke}" stroke-width="{_n(width)}"/>'


def _text(x: float, y: float, text: str, fill: str, size: float = 8, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    face = f'font-family="Noto Sans, sans-serif" font-size="{_n(size)}"{weight}'
    return f'<text x="{_n(x)}" y="{_n(y)}" {face} fill="{fill}">{escape(text)}</text>'


def _hatch(x: float, y: float, w: float, h: float, step: float) -> str:
    """Draw slanted white lines over a rectangle as one path: patterns would need ids."""
    lines = []
    offset = -h + step / 2
    while offset < w:
        start, end = max(offset, 0.0), min(offset + h, w)
        if end > start:
            top, bottom = y + h - (start - offset), y + h - (end - offset)
            lines.append(f"M{_n(x + start)} {_n(top)}L{_n(x + end)} {_n(bottom)}")
        offset += step
    return f'<path d="{"".join(lines)}" stroke="#ffffff" stroke-width="0.8"/>' if lines else ""


def _segment(x: float, y: float, w: float, h: float, part: Part) -> str:
    colours = palette()
    shapes = _rect(x, y, w, h, colours[part.tone])
    if part.tone in HATCH:
        shapes += _hatch(x, y, w, h, HATCH[part.tone])
    size = min(8.0, h * 0.62)
    wide = width_of(part.text, size)
    if part.text and wide + 4 <= w:
        left, base = x + (w - wide) / 2, y + h / 2 + size * 0.36
        if part.tone in HATCH:  # a plate keeps the number readable on the lines
            shapes += _rect(left - 1.5, y + 1.2, wide + 3, h - 2.4, colours[part.tone])
        fill = "#ffffff" if part.tone in ON_DARK else colours["ink"]
        shapes += _text(left, base, part.text, fill, size)
    return shapes


def _figure(width: float, height: float, title: str, description: str, shapes: Iterable[str]) -> str:
    """Wrap shapes as one image with its finding as name."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{_n(width)}pt" height="{_n(height)}pt" '
        f'viewBox="0 0 {_n(width)} {_n(height)}"><title>{escape(title)}</title>'
    )
    desc = f"<desc>{escape(description)}</desc>" if description else ""
    return f"{head}{desc}{''.join(shapes)}</svg>"


def _rules(width: float, row: float, count: int) -> list[str]:
    """Continue the thin lines between the rows of the table around the chart."""
    return [
        _line(0, (i + 1) * row - 0.25, width, (i + 1) * row - 0.25, palette()["line"]) for i in range(count)
    ]


def diverging(rows: Sequence[Row], title: str, description: str, *, row: float, width: float) -> str:
    """Draw bars that grow left (negative) and right (positive) of one axis; a neutral answer is halved."""
    spans = [_span(r.parts) for r in rows] or [(0.0, 0.0)]
    left, right = max(20.0, *(s[0] for s in spans)), max(20.0, *(s[1] for s in spans))
    scale = (width - 2) / (left + right)
    axis = 1 + left * scale
    colours = palette()
    shapes = _rules(width, row, len(rows))
    shapes.append(_line(axis, 0, axis, row * len(rows), colours["axis"], 0.7))
    for i, each in enumerate(rows):
        middle = i * row + row / 2
        if each.note:
            shapes.append(_text(axis + 5, middle + 2.8, each.note, colours["ink"], 7.5))
        x, bar = axis - _span(each.parts)[0] * scale, min(13.0, row * 0.66)
        for part in each.parts:
            wide = part.percent * scale
            shapes.append(_segment(x, middle - bar / 2, wide, bar, part))
            x += wide
    return _figure(width, row * len(rows), title, description, shapes)


def _span(parts: Sequence[Part]) -> tuple[float, float]:
    """Return how far a bar reaches to each side of the axis, in percents."""
    half = sum(p.percent for p in parts if p.tone == "neutral") / 2
    negative = sum(p.percent for p in parts if p.tone in ("very-negative", "negative"))
    positive = sum(p.percent for p in parts if p.tone in ("positive", "very-positive"))
    return negative + half, positive + half


def stacked(parts: Sequence[Part], title: str, description: str, *, width: float) -> str:
    """Draw one bar of a hundred percent with each answer's name under its own part."""
    bar, size, colours = 20.0, 8.0, palette()
    total = sum(p.percent for p in parts) or 1
    shapes, x, places = [], 0.0, []
    for part in parts:
        wide = part.percent * width / total
        shapes.append(_segment(x, 0, wide, bar, part))
        places.append((x, wide))
        x += wide
    shown = [(p, place) for p, place in zip(parts, places, strict=True) if p.percent > 0]
    labels = [p.label if width_of(p.text, 8) + 4 <= place[1] else f"{p.label} {p.text}" for p, place in shown]
    starts = _spread(
        [place[0] + place[1] / 2 for _, place in shown], [width_of(t, size) for t in labels], width
    )
    for (part, place), label, start in zip(shown, labels, starts, strict=True):
        middle = place[0] + place[1] / 2
        foot = min(max(middle, start + 2), start + width_of(label, size) - 2)
        tone = colours["axis"]
        shapes.append(
            f'<path d="M{_n(middle)} {_n(bar)}L{_n(foot)} {_n(bar + 6)}" stroke="{tone}" stroke-width="0.6"/>'
        )
        shapes.append(
            _text(start, bar + 14.5, label, colours["ink"], size, bold=part.tone == "very-positive")
        )
    return _figure(width, bar + 18, title, description, shapes)


def _spread(middles: Sequence[float], widths: Sequence[float], width: float, gap: float = 8) -> list[float]:
    """Place labels under their parts, pushed apart so that none covers another."""
    starts = [m - w / 2 for m, w in zip(middles, widths, strict=True)]
    edge = 0.0
    for i, wide in enumerate(widths):
        starts[i] = max(starts[i], edge)
        edge = starts[i] + wide + gap
    edge = width
    for i in range(len(starts) - 1, -1, -1):
        starts[i] = min(starts[i], edge - widths[i])
        edge = starts[i] - gap
    return starts


def bars(values: Sequence[int | None], title: str, description: str, *, row: float, width: float) -> str:
    """Draw one plain bar per row on a scale that ends at the largest value; None is left out."""
    top = max([v for v in values if v is not None] + [1])
    colours = palette()
    bar = min(9.0, row * 0.6)
    shapes = _rules(width, row, len(values))
    for i, value in enumerate(values):
        if value is not None:
            y = i * row + (row - bar) / 2
            shapes.append(_rect(0.4, y, max(0.6, value / top * (width - 1)), bar, colours["very-positive"]))
    shapes.append(_line(0.4, 0, 0.4, row * len(values), colours["axis"], 0.7))
    return _figure(width, row * len(values), title, description, shapes)


def _grid(width: float, height: float, inset: float) -> list[str]:
    """Draw light lines at 0, 25, 50, 75 and 100 percent."""
    step = (width - 2 * inset) / 4
    return [_line(inset + i * step, 0, inset + i * step, height, palette()["line"], 0.6) for i in range(5)]


def _dot(x: float, y: float, colour: str, *, hollow: bool, diamond: bool = False) -> str:
    fill = f'fill="#ffffff" stroke="{colour}" stroke-width="1.4"' if hollow else f'fill="{colour}"'
    if diamond:
        up, down, left, right = (_n(v) for v in (y - 4.6, y + 4.6, x - 4.6, x + 4.6))
        return f'<path d="M{_n(x)} {up}L{right} {_n(y)}L{_n(x)} {down}L{left} {_n(y)}Z" {fill}/>'
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{"3.1" if hollow else "3.6"}" {fill}/>'


def _where(statistic: Statistic | None) -> float | None:
    """Return the percentage at which a statistic is drawn; a band lies in its middle, withheld nowhere."""
    if statistic is None or statistic.state is State.WITHHELD:
        return None
    if statistic.state is State.BAND:
        return 10 if statistic.band is Band.BELOW else 90
    return statistic.positive


def _band_line(x: float, y: float, w: float, colour: str) -> str:
    return _rect(x, y - 3, w, 6, "#ffffff", f' stroke="{colour}" stroke-width="0.9"')


def paired_dots(
    pairs: Sequence[tuple[Statistic | None, Statistic | None]],
    title: str,
    description: str,
    *,
    row: float,
    width: float,
) -> str:
    """Draw newcomers (round) and partners (diamond) on one line per question; few answers are hollow."""
    colours, inset = palette(), 6.0
    scale, height = (width - 2 * inset) / 100, row * len(pairs)
    shapes = _rules(width, row, len(pairs)) + _grid(width, height, inset)
    for i, pair in enumerate(pairs):
        y = i * row + row / 2
        places = [_where(s) for s in pair]
        known = [p for p in places if p is not None]
        if len(known) == 2:
            shapes.append(
                _line(inset + known[0] * scale, y, inset + known[1] * scale, y, colours["axis"], 1.6)
            )
        names = ("newcomer", "partner")
        for statistic, place, name in zip(pair, places, names, strict=True):
            if statistic is None or place is None:
                continue
            if statistic.state is State.BAND:
                shapes.append(_band_line(inset + (place - 10) * scale, y, 20 * scale, colours[name]))
            hollow = statistic.state is not State.SHOWN
            shapes.append(
                _dot(inset + place * scale, y, colours[name], hollow=hollow, diamond=name == "partner")
            )
    return _figure(width, height, title, description, shapes)


def interval_dots(
    statistics: Sequence[Statistic | None],
    frame: Statistic,
    title: str,
    description: str,
    *,
    row: float,
    width: float,
    partner: bool = False,
) -> str:
    """Draw each group's value with its 95 % interval over the band of the whole (Flanders)."""
    colours, inset = palette(), 6.0
    scale, height = (width - 2 * inset) / 100, row * len(statistics)
    colour = colours["partner" if partner else "newcomer"]
    shapes = []
    if frame.low is not None and frame.high is not None:
        shapes.append(
            _rect(inset + frame.low * scale, 0, (frame.high - frame.low) * scale, height, colours["band"])
        )
    shapes += _rules(width, row, len(statistics)) + _grid(width, height, inset)
    if frame.positive is not None:
        middle = inset + frame.positive * scale
        shapes.append(_line(middle, 0, middle, height, colours["axis"], 1))
    for i, statistic in enumerate(statistics):
        place, y = _where(statistic), i * row + row / 2
        if statistic is None or place is None:
            continue
        if statistic.state is State.BAND:
            shapes.append(_band_line(inset + (place - 10) * scale, y, 20 * scale, colour))
            continue
        if statistic.low is not None and statistic.high is not None:
            shapes.append(
                _line(inset + statistic.low * scale, y, inset + statistic.high * scale, y, colour, 1.3)
            )
        hollow = statistic.state is State.INDICATIVE
        shapes.append(_dot(inset + place * scale, y, colour, hollow=hollow, diamond=partner))
    return _figure(width, height, title, description, shapes)


def flow(
    steps: Sequence[tuple[int | None, bool]], title: str, description: str, *, row: float, width: float
) -> str:
    """Draw how many of those invited are left at each step; the flag marks a partner's step."""
    top = max([count for count, _ in steps if count is not None] + [1])
    colours, bar = palette(), min(12.0, row * 0.62)
    shapes = _rules(width, row, len(steps))
    for i, (count, partner) in enumerate(steps):
        if count is not None:
            y, wide = i * row + (row - bar) / 2, max(0.8, count / top * width)
            shapes.append(_rect(0, y, wide, bar, colours["partner" if partner else "newcomer"]))
            if partner:
                shapes.append(_hatch(0, y, wide, bar, HATCH["negative"]))
    return _figure(width, row * len(steps), title, description, shapes)

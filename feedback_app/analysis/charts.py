"""Charts as small SVG texts, drawn by our own functions: same input, same bytes.

One visual language: petrol is the positive end and newcomers, ochre the negative end and partners;
hatching and shape say again what colour says, so that grey print reads the same. Every chart is one
image whose `<title>` is the finding. The rows of a chart are as high as the rows of the table it stands
in, where the labels and the numbers are. Lengths are points.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from feedback_app.analysis.drawing import (
    dot,
    hatch,
    image,
    line,
    lines,
    palette,
    rect,
    text,
    width_of,
)
from feedback_app.analysis.statistic import Band, State, Statistic

TONES = ("very-negative", "negative", "neutral", "positive", "very-positive")
HATCH = {"very-negative": 3.0, "negative": 5.5}  # distance between the white lines
ON_DARK = frozenset({"very-negative", "very-positive"})


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


def tones(count: int) -> tuple[str, ...]:
    """Choose the tones of an ordered scale of two to five answers, negative end first."""
    wanted = {1: (4,), 2: (0, 4), 3: (1, 2, 4), 4: (0, 1, 3, 4)}.get(count, (0, 1, 2, 3, 4))
    return tuple(TONES[i] for i in wanted)


def scale_parts(
    answers: Sequence[tuple[str, str]], shares: Mapping[str, int | None], printed: Callable[[int], str]
) -> tuple[Part, ...]:
    """Turn the shares of ordered answers (key, label; negative first) into a bar; () unless all are out."""
    known = [(key, label) for key, label in answers if key in shares]
    if not known or any(shares[key] is None for key, _label in known):
        return ()
    return tuple(
        Part(shares[key] or 0, printed(shares[key] or 0), tone, label)
        for (key, label), tone in zip(known, tones(len(known)), strict=False)
    )


def _segment(x: float, y: float, w: float, h: float, part: Part) -> str:
    colours = palette()
    shapes = rect(x, y, w, h, colours[part.tone])
    if part.tone in HATCH:
        shapes += hatch(x, y, w, h, HATCH[part.tone])
    size = min(8.0, h * 0.62)
    wide = width_of(part.text, size)
    if part.text and wide + 4 <= w:
        left, base = x + (w - wide) / 2, y + h / 2 + size * 0.36
        if part.tone in HATCH:  # a plate keeps the number readable on the lines
            shapes += rect(left - 1.5, y + 1.2, wide + 3, h - 2.4, colours[part.tone])
        fill = "#ffffff" if part.tone in ON_DARK else colours["ink"]
        shapes += text(left, base, part.text, fill, size)
    return shapes


def _seam(x: float, y: float, h: float) -> str:
    """Part two answers with a white line, so that they stay two where print makes their tones alike."""
    return line(x, y, x, y + h, "#ffffff", 0.8)


def _rules(width: float, row: float, count: int) -> list[str]:
    """Continue the thin lines between the rows of the table around the chart."""
    ends = [(0.0, (i + 1) * row - 0.25, width, (i + 1) * row - 0.25) for i in range(count)]
    return [lines(ends, palette()["line"], 0.5)]


def diverging(rows: Sequence[Row], title: str, description: str, *, row: float, width: float) -> str:
    """Draw bars that grow left (negative) and right (positive) of one axis; a neutral answer is halved."""
    spans = [_span(r.parts) for r in rows] or [(0.0, 0.0)]
    left, right = max(20.0, *(s[0] for s in spans)), max(20.0, *(s[1] for s in spans))
    scale = (width - 2) / (left + right)
    axis = 1 + left * scale
    colours = palette()
    shapes = _rules(width, row, len(rows))
    shapes.append(line(axis, 0, axis, row * len(rows), colours["axis"], 0.7))
    for i, each in enumerate(rows):
        middle = i * row + row / 2
        if each.note:
            shapes.append(text(axis + 5, middle + 2.8, each.note, colours["ink"], 7.5))
        x, bar = axis - _span(each.parts)[0] * scale, min(13.0, row * 0.66)
        for part in each.parts:
            wide = part.percent * scale
            shapes.append(_segment(x, middle - bar / 2, wide, bar, part))
            x += wide
            shapes.append(_seam(x, middle - bar / 2, bar))
    return image(width, row * len(rows), title, description, shapes)


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
        if x < width - 1:
            shapes.append(_seam(x, 0, bar))
    shown = [(p, place) for p, place in zip(parts, places, strict=True) if p.percent > 0]
    labels = [p.label if width_of(p.text, 8) + 4 <= place[1] else f"{p.label} {p.text}" for p, place in shown]
    labels = _fitting(labels, size, width)
    starts = _spread(
        [place[0] + place[1] / 2 for _, place in shown], [width_of(t, size) for t in labels], width
    )
    for (part, place), label, start in zip(shown, labels, starts, strict=True):
        middle = place[0] + place[1] / 2
        foot = min(max(middle, start + 2), start + width_of(label, size) - 2)
        tone = colours["axis"]
        shapes.append(line(middle, bar, foot, bar + 6, tone, 0.6))
        shapes.append(text(start, bar + 14.5, label, colours["ink"], size, bold=part.tone == "very-positive"))
    return image(width, bar + 18, title, description, shapes)


def _fitting(labels: list[str], size: float, width: float) -> list[str]:
    """Shorten what is longer than its share where not all fit on one line; the table below has them whole."""
    most = width / max(len(labels), 1) - 8
    if sum(width_of(label, size) + 8 for label in labels) <= width:
        return labels
    letters = int(most / size / 0.86) - 1  # of the widest
    return [one if width_of(one, size) <= most else f"{one[: max(letters, 1)]}…" for one in labels]


def labels_fit(parts: Sequence[Part], width: float) -> bool:
    """Whether the answers' names stand beside each other under one bar."""
    return sum(width_of(f"{one.label} {one.text}", 8) + 8 for one in parts) <= width


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
            shapes.append(rect(0.4, y, max(0.6, value / top * (width - 1)), bar, colours["very-positive"]))
    shapes.append(line(0.4, 0, 0.4, row * len(values), colours["axis"], 0.7))
    return image(width, row * len(values), title, description, shapes)


def grid(width: float, height: float, inset: float) -> list[str]:
    """Draw light lines at 0, 25, 50, 75 and 100 percent."""
    step = (width - 2 * inset) / 4
    ends = [(inset + i * step, 0.0, inset + i * step, height) for i in range(5)]
    return [lines(ends, palette()["line"], 0.6)]


def where(statistic: Statistic | None) -> float | None:
    """Return the percentage at which a statistic is drawn; a band lies in its middle, withheld nowhere."""
    if statistic is None or statistic.state is State.WITHHELD:
        return None
    if statistic.state is State.BAND:
        return 10 if statistic.band is Band.BELOW else 90
    return statistic.positive


def _band_line(x: float, y: float, w: float, colour: str) -> str:
    return rect(x, y - 3, w, 6, "#ffffff", f' stroke="{colour}" stroke-width="0.9"')


def paired_dots(
    pairs: Sequence[tuple[Statistic | None, Statistic | None]],
    title: str,
    description: str,
    *,
    row: float,
    width: float,
    names: tuple[str, str] = ("", ""),
) -> str:
    """Draw newcomers (round) and partners (diamond) on one line per question; few answers are hollow.

    `names` of the two stand beside the first pair that has room for them.
    """
    colours, inset = palette(), 6.0
    scale, height = (width - 2 * inset) / 100, row * len(pairs)
    shapes = _rules(width, row, len(pairs)) + grid(width, height, inset)
    shapes += _two_names(pairs, names, row, inset, width)
    for i, pair in enumerate(pairs):
        y = i * row + row / 2
        places = [where(s) for s in pair]
        known = [p for p in places if p is not None]
        if len(known) == 2:
            shapes.append(
                line(inset + known[0] * scale, y, inset + known[1] * scale, y, colours["axis"], 1.6)
            )
        names = ("newcomer", "partner")
        for statistic, place, name in zip(pair, places, names, strict=True):
            if statistic is None or place is None:
                continue
            if statistic.state is State.BAND:
                shapes.append(_band_line(inset + (place - 10) * scale, y, 20 * scale, colours[name]))
            hollow = statistic.state is not State.SHOWN
            shapes.append(
                dot(inset + place * scale, y, colours[name], hollow=hollow, diamond=name == "partner")
            )
    return image(width, height, title, description, shapes)


def _two_names(
    pairs: Sequence[tuple[Statistic | None, Statistic | None]],
    names: tuple[str, str],
    row: float,
    inset: float,
    width: float,
) -> list[str]:
    """Call the two sides by name, outside the first pair of points that leaves room on both sides."""
    colours, size, scale = palette(), 7.0, (width - 2 * inset) / 100
    for i, pair in enumerate(pairs):
        places = [where(one) for one in pair]
        if places[0] is None or places[1] is None:
            continue
        ends = sorted(
            (inset + place * scale, name) for place, name in zip(places, names, strict=True) if place
        )
        if len(ends) < 2:
            continue
        (left, first), (right, last) = ends
        start, y = left - 8 - width_of(first, size), i * row + row / 2 + 2.5
        if start >= 0 and right + 8 + width_of(last, size) <= width:
            return [
                text(start, y, first, colours["ink"], size),
                text(right + 8, y, last, colours["ink"], size),
            ]
    return []


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
            rect(inset + frame.low * scale, 0, (frame.high - frame.low) * scale, height, colours["band"])
        )
    shapes += _rules(width, row, len(statistics)) + grid(width, height, inset)
    if frame.positive is not None:
        middle = inset + frame.positive * scale
        shapes.append(line(middle, 0, middle, height, colours["axis"], 1))
    shapes += _groups(statistics, row, inset, scale, colour, diamond=partner)
    return image(width, height, title, description, shapes)


def beside_frames(
    pairs: Sequence[tuple[Statistic | None, Statistic]],
    title: str,
    description: str,
    *,
    row: float,
    width: float,
    partner: bool = False,
) -> str:
    """Draw one group's value per question over the band of the whole (Flanders) for that question."""
    colours, inset = palette(), 6.0
    scale, height = (width - 2 * inset) / 100, row * len(pairs)
    colour = colours["partner" if partner else "newcomer"]
    shapes = []
    for i, (_own, frame) in enumerate(pairs):
        top, tall = i * row + 2, row - 4.5
        if frame.low is not None and frame.high is not None:
            start, wide = inset + frame.low * scale, (frame.high - frame.low) * scale
            shapes.append(rect(start, top, wide, tall, colours["band"]))
        if frame.positive is not None:
            middle = inset + frame.positive * scale
            shapes.append(line(middle, top, middle, top + tall, colours["axis"], 1))
    shapes += _rules(width, row, len(pairs)) + grid(width, height, inset)
    shapes += _groups([own for own, _frame in pairs], row, inset, scale, colour, diamond=partner)
    return image(width, height, title, description, shapes)


def _groups(
    statistics: Sequence[Statistic | None],
    row: float,
    inset: float,
    scale: float,
    colour: str,
    *,
    diamond: bool,
) -> list[str]:
    """Draw one value with its interval, or its band, per row; nothing where it is withheld."""
    spans, shapes = [], []
    for i, one in enumerate(statistics):
        place, y = where(one), i * row + row / 2
        if one is None or place is None:
            continue
        if one.state is State.BAND:
            shapes.append(_band_line(inset + (place - 10) * scale, y, 20 * scale, colour))
            continue
        if one.low is not None and one.high is not None:
            spans.append((inset + one.low * scale, y, inset + one.high * scale, y))
        hollow = one.state is State.INDICATIVE
        shapes.append(dot(inset + place * scale, y, colour, hollow=hollow, diamond=diamond))
    return [lines(spans, colour, 1.3), *shapes]


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
            shapes.append(rect(0, y, wide, bar, colours["partner" if partner else "newcomer"]))
            if partner:
                shapes.append(hatch(0, y, wide, bar, HATCH["negative"]))
    return image(width, row * len(steps), title, description, shapes)

"""The course of one question over waves: a line with intervals, broken where the question was another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from feedback_app.analysis.charts import where
from feedback_app.analysis.drawing import dashes, dot, image, line, lines, palette, rect, text, width_of
from feedback_app.analysis.statistic import State, Statistic

#: a percent is a point high, so that an interval of a few percent stands out from behind its dot
HEIGHT = 150.0
_TOP, _FLOOR, _INSET, _END = 18.0, 118.0, 46.0, 22.0
#: the dot and the caps at both ends of its interval: they stick out where it is short
_DOT, _CAP = 2.3, 4.5
_BESIDE = 26.0  # room for the name of Flanders beside the last point


@dataclass(frozen=True)
class Point:
    """One wave: where it stands in time (half-years), its name, printed share and base, and its figures.

    `frame` is what Flanders said where the line is a region's. `broken`: the question was worded so
    differently in the wave before that the two may not be compared.
    """

    place: int
    label: str
    share: str
    base: str
    statistic: Statistic | None
    frame: Statistic | None = None
    broken: bool = False


@dataclass(frozen=True)
class Marks:
    """The words that stand in the drawing: at a break, and beside the line of Flanders."""

    broken: str
    frame: str = ""


def trend(
    points: Sequence[Point],
    marks: Marks,
    title: str,
    description: str,
    *,
    width: float,
    partner: bool = False,
) -> str:
    """Draw shares from 0 to 100 % over time; lines join neighbours with a figure and one wording."""
    colours = palette()
    colour = colours["partner" if partner else "newcomer"]
    xs = _places(points, width - (_BESIDE if marks.frame else 0))
    shapes = _levels(width)
    shapes += _frame(points, xs, marks.frame, width)
    shapes += _breaks(points, xs, marks.broken, width)
    for (before, x1), (after, x2) in pairwise(zip(points, xs, strict=True)):
        one, other = where(before.statistic), where(after.statistic)
        if one is not None and other is not None and not after.broken:
            shapes.append(line(x1, _y(one), x2, _y(other), colour, 1.6))
    for point, x in zip(points, xs, strict=True):
        shapes += _point(point, x, colour, width, partner=partner)
    return image(width, HEIGHT, title, description, shapes)


def _places(points: Sequence[Point], width: float) -> list[float]:
    """Where each wave stands: as far apart as they are in time."""
    first, last = points[0].place, points[-1].place
    step = (width - _INSET - _END) / max(1, last - first)
    return [_INSET + (point.place - first) * step for point in points]


def _y(percent: float) -> float:
    return _FLOOR - percent / 100 * (_FLOOR - _TOP)


def _levels(width: float) -> list[str]:
    colours, levels = palette(), (0, 50, 100)
    shapes = [lines([(26, _y(level), width, _y(level)) for level in levels], colours["line"], 0.6)]
    for level in levels:
        words = f"{level} %"
        shapes.append(text(22 - width_of(words, 7), _y(level) + 2.5, words, colours["ink"], 7))
    return shapes


def _point(point: Point, x: float, colour: str, width: float, *, partner: bool) -> list[str]:
    shapes = [
        *(
            _centred(x, _FLOOR + 11 + 9 * i, part, width, bold=True)
            for i, part in enumerate(_two_lines(point.label))
        ),
        _centred(x, HEIGHT - 3, point.base, width),
    ]
    place, one = where(point.statistic), point.statistic
    if place is None or one is None:
        return [*shapes, _centred(x, _y(50) + 2.5, point.share, width)]
    top = place
    if one.state is State.BAND:
        shapes.append(rect(x - 3, _y(place + 10), 6, _y(0) - _y(20), "#ffffff", f' stroke="{colour}"'))
        top = place + 10
    elif one.low is not None and one.high is not None:
        ends = [(x - _CAP, _y(end), x + _CAP, _y(end)) for end in (one.low, one.high)]
        shapes.append(lines([(x, _y(one.low), x, _y(one.high)), *ends], colour, 1.1))
        top = one.high
    shapes.append(dot(x, _y(place), colour, hollow=one.state is not State.SHOWN, diamond=partner, size=_DOT))
    return [*shapes, _centred(x, _y(top) - 4, point.share, width, bold=True)]


def _two_lines(label: str) -> list[str]:
    """Break a name before its last word, so that six of them fit beside each other."""
    return label.rsplit(" ", 1)


def _centred(x: float, y: float, words: str, width: float, *, bold: bool = False) -> str:
    wide = width_of(words, 7)
    return text(min(max(0.0, x - wide / 2), width - wide), y, words, palette()["ink"], 7, bold=bold)


def _breaks(points: Sequence[Point], xs: Sequence[float], words: str, width: float) -> list[str]:
    """A dashed line between two waves that may not be compared, with the reason above it."""
    shapes = []
    for (left, _before), (right, after) in pairwise(zip(xs, points, strict=True)):
        if after.broken:
            x = (left + right) / 2
            shapes.append(dashes(x, _TOP - 8, _FLOOR, palette()["axis"]))
            shapes.append(_centred(x, 8, words, width))
    return shapes


def _frame(points: Sequence[Point], xs: Sequence[float], words: str, width: float) -> list[str]:
    """Flanders behind a region: a pale line with its name at the end."""
    colours, shapes, last = palette(), [], None
    for (before, x1), (after, x2) in pairwise(zip(points, xs, strict=True)):
        one, other = where(before.frame), where(after.frame)
        if one is not None and other is not None and not after.broken:
            shapes.append(line(x1, _y(one), x2, _y(other), colours["axis"], 0.9))
    for point, x in zip(points, xs, strict=True):
        place = where(point.frame)
        if place is not None:
            shapes.append(rect(x - 4, _y(place) - 0.9, 8, 1.8, colours["axis"]))
            last = (x, place)
    if last and words:
        shapes.append(text(last[0] + 8, _y(last[1]) + 2.5, words, colours["ink"], 7))
    return shapes


def half_years(wave_key: str) -> int:
    """How many half-years a wave like 2026-H1 lies after the year nought."""
    year, _dash, half = wave_key.partition("-H")
    return 2 * int(year) + int(half or 1) - 1

"""Charts that bring their own words, for pages where no table stands row by row beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from feedback_app.analysis.charts import grid
from feedback_app.analysis.drawing import dashes, dot, image, line, palette, rect, text, width_of
from feedback_app.analysis.statistic import Band


@dataclass(frozen=True)
class Named:
    """One plain bar with its own words: an answer, its printed share, and how long it is."""

    label: str
    text: str
    percent: int | None


def named_bars(rows: Sequence[Named], title: str, description: str, *, width: float) -> str:
    """Draw one bar per row of a hundred percent, its words above it; a withheld share has words only."""
    colours, row, bar = palette(), 30.0, 11.0
    shapes = []
    for i, each in enumerate(rows):
        y = i * row + 15
        shapes.append(text(0, y - 4, f"{each.label}: {each.text}", colours["ink"], 9))
        shapes.append(rect(0, y, width, bar, colours["band"]))
        if each.percent:
            shapes.append(rect(0, y, each.percent / 100 * width, bar, colours["very-positive"]))
    return image(width, row * len(rows), title, description, shapes)


@dataclass(frozen=True)
class Spot:
    """One share on a line from 0 to 100 %: whose it is, its printed words, its interval or its band."""

    label: str
    words: str
    percent: int | None
    low: int | None = None
    high: int | None = None
    band: str = ""
    other: bool = False  # what it is compared with: drawn as a diamond


def comparison(
    spots: Sequence[Spot], title: str, description: str, *, width: float, edge: tuple[int, str] | None = None
) -> str:
    """Draw a few shares under each other on one scale; `edge` is a limit on it, with its words."""
    colours, inset, row, names = palette(), 6.0, 28.0, 12.0
    scale, height = (width - 2 * inset) / 100, row * len(spots) + 14
    shapes = grid(width, height - 13, inset)
    if edge:
        x = inset + edge[0] * scale
        shapes.append(dashes(x, 0, height - 13, colours["partner"]))
    for i, spot in enumerate(spots):
        y, colour = i * row + names + 8, colours["partner" if spot.other else "newcomer"]
        shapes.append(text(inset, i * row + names - 2, f"{spot.label}: {spot.words}", colours["ink"], 9))
        if spot.percent is None:
            continue
        x = inset + spot.percent * scale
        if spot.band:
            end = inset + (100 if spot.band == Band.ABOVE else 0) * scale
            shapes.append(rect(min(x, end), y - 3, abs(end - x), 6, "#ffffff", f' stroke="{colour}"'))
            continue
        if spot.low is not None and spot.high is not None:
            shapes.append(line(inset + spot.low * scale, y, inset + spot.high * scale, y, colour, 1.6))
        shapes.append(dot(x, y, colour, hollow=False, diamond=spot.other))
    feet = [(0, "0 %", 0.0), (50, "50 %", 0.5), (100, "100 %", 1.0)] + ([(*edge, 0.5)] if edge else [])
    for at, words, before in feet:
        start = inset + at * scale - before * width_of(words, 7.5)
        shapes.append(text(start, height - 2, words, colours["ink"], 7.5))
    return image(width, height, title, description, shapes)

"""Everything that is printed of a test follows from figures that were published anyway.

Effects, intervals and estimates are made from rounded shares and the printed ranges of n, and so are the
tests that decide (`analysis.fitting`): a test tells nothing that its figures do not.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from feedback_app.analysis.intervals import newcombe_difference
from feedback_app.analysis.paired import paired_difference
from feedback_app.analysis.patterns import shrunken_shares
from feedback_app.analysis.policy import Policy
from feedback_app.analysis.proposal import Figure
from feedback_app.analysis.statistic import Band, State, Statistic


@dataclass(frozen=True)
class Paired:
    """How many more moved up than down among the same people, with its 95 % interval, in percents."""

    difference: int
    low: int
    high: int


#: the edges of what a band leaves open, in percents
_BANDS = {Band.ABOVE: (80, 100), Band.BELOW: (0, 20)}


def figure_of(one: Statistic | None) -> Figure | None:
    """The positive share as published; None where it was withheld or where there is none."""
    if one is None or one.state is State.WITHHELD:
        return None
    if one.band is not None:
        edge = 80 if one.band is Band.ABOVE else 20
        return Figure(edge, str(one.band), one.base)
    return None if one.positive is None else Figure(one.positive, "", one.base, one.low, one.high)


def smallest_n(printed: str) -> int:
    """The fewest answers a printed n can stand for; 0 for none."""
    first = printed.partition("–")[0]
    return int(first) if first.isdecimal() else 0


def largest_n(printed: str) -> int:
    """The most answers a printed n can stand for; 0 for none."""
    last = printed.rpartition("–")[2]
    return int(last) if last.isdecimal() else 0


def summed_n(printed: Sequence[str]) -> str:
    """The sum of printed numbers of answers, as a range where one of them is a range."""
    low = sum(smallest_n(one) for one in printed)
    high = sum(largest_n(one) for one in printed)
    return str(low) if low == high else f"{low}–{high}"


def pooled(figures: Sequence[Figure]) -> Figure | None:
    """Several waves' figures as one: shares weighed by the fewest answers behind each.

    A band counts with its edge, and makes the whole a band: then the share is at least, or at most, so much.
    None for bands of both kinds: they leave everything open.
    """
    bands = {one.band for one in figures} - {""}
    if len(bands) > 1:
        return None
    weights = [smallest_n(one.n) for one in figures]
    weighed = zip(figures, weights, strict=True)
    share = sum((one.percent or 0) * weight for one, weight in weighed) / sum(weights)
    return Figure(round(share), "".join(bands), summed_n([one.n for one in figures]))


def effect(here: Figure, there: Figure) -> tuple[int | None, bool]:
    """Percentage points, here minus there, and whether a band makes that a least number; None: unknown."""
    low, high = _span(here)
    other_low, other_high = _span(there)
    if low == high and other_low == other_high:
        return low - other_low, False
    if low > other_high:
        return low - other_high, True
    return (high - other_low, True) if high < other_low else (None, False)


def _span(one: Figure) -> tuple[int, int]:
    percent = one.percent or 0
    if not one.band:
        return percent, percent
    low, high = _BANDS[Band(one.band)]
    return (percent, high) if one.band == Band.ABOVE else (low, percent)


def difference(here: Figure, there: Figure, policy: Policy) -> tuple[int | None, int | None]:
    """Newcombe's interval of the difference in points, from the printed figures; none beside a band."""
    if here.band or there.band:
        return None, None
    counts = [(_count(one), smallest_n(one.n)) for one in (here, there)]
    low, high = newcombe_difference(*counts[0], *counts[1])
    step = max(policy.step(n) for _count, n in counts)
    return step * math.floor(100 * low / step), step * math.ceil(100 * high / step)


def shrunken(figures: Sequence[Figure], policy: Policy) -> list[int]:
    """The regions' empirical-Bayes estimates in percents, rounded as their own figures are."""
    bases = [smallest_n(one.n) for one in figures]
    estimates = shrunken_shares([_count(one) for one in figures], bases)
    steps = [policy.step(base) for base in bases]
    return [step * round(100 * share / step) for share, step in zip(estimates, steps, strict=True)]


def q_value(q: float, figures: Sequence[Figure], policy: Policy) -> float:
    """q rounded up: to hundredths, to twentieths where a group is small, beside a band to .05, .10 or 1."""
    if any(one.band for one in figures):
        return next(edge for edge in (0.05, 0.1, 1.0) if q <= edge)
    step = 0.01 * max(policy.step(smallest_n(one.n)) for one in figures)
    return min(1.0, round(math.ceil(q / step - 1e-9) * step, 2) or round(step, 2))


def paired(one: Statistic | None, up: str, down: str, policy: Policy) -> Paired | None:
    """What follows from the published shares of who moved up and who moved down; None where one is withheld.

    In percents. The interval is rounded outward as shares are rounded.
    """
    shares = {share.value: share.percent for share in one.shares} if one else {}
    more, less = shares.get(up), shares.get(down)
    if one is None or more is None or less is None:
        return None
    n = smallest_n(one.base)
    rises, falls = round(more * n / 100), round(less * n / 100)
    low, high = paired_difference(min(rises, n - falls), falls, n)
    step = policy.step(n)
    return Paired(more - less, step * math.floor(100 * low / step), step * math.ceil(100 * high / step))


def _count(one: Figure) -> int:
    n = smallest_n(one.n)
    return min(n, round((one.percent or 0) * n / 100))

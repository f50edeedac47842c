"""The same people asked about before and now: tests and intervals on what they answered to both.

Pure, on counts. Only who changed tells something about change: those who came and those who left.
"""

import math
from typing import NamedTuple

from scipy import stats

from feedback_app.analysis.intervals import Interval


class McNemar(NamedTuple):
    """Two-sided p-values: exact, mid-p, and that of the statistic (chi-square, 1 degree of freedom)."""

    exact: float
    mid_p: float
    statistic: float
    p_value: float


def mcnemar(gained: int, lost: int) -> McNemar:
    """Did as many people come to one side as left it (McNemar, 1947)?

    Mid-p as Fagerland, Lydersen and Laake (2013) recommend for few changes; no continuity correction. Nobody
    changed: every p is 1. Raises ValueError for negative counts.
    """
    if gained < 0 or lost < 0:
        raise ValueError("numbers of people are never negative")
    changed = gained + lost
    if not changed:
        return McNemar(1.0, 1.0, 0.0, 1.0)
    exact = float(stats.binomtest(gained, changed).pvalue)
    seen = float(stats.binom.pmf(gained, changed, 0.5))
    statistic = (gained - lost) ** 2 / changed
    # as many on both sides: that outcome was counted once, not for each side
    mid_p = exact - (seen / 2 if gained == lost else seen)
    return McNemar(exact, mid_p, statistic, float(stats.chi2.sf(statistic, 1)))


def paired_difference(up: int, down: int, base: int, confidence: float = 0.95) -> Interval:
    """The interval of (up − down) / base among the same people (Bonett and Price, 2012).

    With two answers it is the difference of the shares at the positive end; with ordered answers Cliff's
    delta of paired answers. Raises ValueError where the counts do not fit in the base.
    """
    _check(up, down, base)
    more, less = (up + 1) / (base + 2), (down + 1) / (base + 2)
    spread = math.sqrt((more + less - (more - less) ** 2) / (base + 2))
    reach = float(stats.norm.isf((1 - confidence) / 2)) * spread
    return Interval(max(-1.0, more - less - reach), min(1.0, more - less + reach))


def paired_delta(better: int, worse: int, base: int) -> float:
    """Cliff's delta of paired ordered answers: how many more moved up than down, of all (Cliff, 1996)."""
    _check(better, worse, base)
    return (better - worse) / base


def _check(up: int, down: int, base: int) -> None:
    if base < 1 or up < 0 or down < 0 or up + down > base:
        raise ValueError(f"{up} up and {down} down do not fit among {base} people")

"""Intervals, effect sizes and tests on counts; scipy and statsmodels do the work where they can.

Runs in the worker and on the command line only: scipy takes seconds to import and much memory. Its parts
load when they are first used, and so does statsmodels (with pandas): compiling a report needs neither, and a
hundred megabytes beside the pages that are laid out are a quarter of what the worker may take.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy


class Interval(NamedTuple):
    """A lower and an upper bound, both as a share (0–1) unless the function says otherwise."""

    low: float
    high: float


class TrendTest(NamedTuple):
    """A trend's statistic (chi-square, 1 degree of freedom) and its two-sided p-value."""

    statistic: float
    p_value: float


class RankTest(NamedTuple):
    """The Mann–Whitney U of the first sample and its two-sided p-value."""

    statistic: float
    p_value: float


def wilson(positive: int, base: int, confidence: float = 0.95) -> Interval:
    """Give the score interval of a share (Wilson, 1927).

    Raises ValueError for an empty base, a count outside 0–base, or a confidence outside 0–1.
    """
    from statsmodels.stats.proportion import proportion_confint

    _check_share(positive, base)
    _check_confidence(confidence)
    low, high = proportion_confint(positive, base, alpha=1 - confidence, method="wilson")
    return Interval(max(0.0, float(low)), min(1.0, float(high)))


def newcombe_difference(x1: int, n1: int, x2: int, n2: int, confidence: float = 0.95) -> Interval:
    """Give the interval of the difference x1/n1 − x2/n2 between two groups (Newcombe, 1998, method 10).

    The score interval of statsmodels fails on small tables, this one does not. Raises ValueError as
    `wilson` does.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    _check_share(x1, n1)
    _check_share(x2, n2)
    _check_confidence(confidence)
    low, high = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", alpha=1 - confidence)
    return Interval(float(low), float(high))


def funnel_limits(n: int, theta: float, p: float) -> Interval:
    """Give the shares between which a group of n falls with chance 1 − p when its true share is theta.

    p is two-sided: .05 gives the 2.5 and 97.5 % limits. Exact binomial quantiles, interpolated between
    whole counts (Spiegelhalter, 2005, appendix A). Raises ValueError for n < 1 or theta or p outside 0–1.
    """
    if n < 1 or not 0 < theta < 1 or not 0 < p < 1:
        raise ValueError("funnel limits need n of at least 1, and theta and p between 0 and 1")
    return Interval(_funnel_limit(n, theta, p / 2), _funnel_limit(n, theta, 1 - p / 2))


def _funnel_limit(n: int, theta: float, chance: float) -> float:
    count = float(scipy.stats.binom.ppf(chance, n, theta))
    reached = scipy.stats.binom.cdf(count, n, theta)
    before = scipy.stats.binom.cdf(count - 1, n, theta)
    # Below a count of zero there is nothing to interpolate towards: the limit stays on the axis.
    return max(0.0, float(count - (reached - chance) / (reached - before)) / n)


def region_p_value(positive: int, base: int, theta: float) -> float:
    """Give the exact two-sided binomial p-value of one group against the share of all (theta)."""
    _check_share(positive, base)
    return float(scipy.stats.binomtest(positive, base, theta).pvalue)


def cliffs_delta(a: Sequence[float], b: Sequence[float]) -> float:
    """Give how much more often a value of a lies above one of b than below it, −1 to 1 (Cliff, 1993).

    Raises ValueError for an empty sample.
    """
    if not len(a) or not len(b):
        raise ValueError("Cliff's delta compares two samples with at least one value each")
    ordered = np.sort(np.asarray(b, dtype=float))
    values = np.asarray(a, dtype=float)
    below = np.searchsorted(ordered, values, side="left").sum()
    above = len(values) * len(ordered) - np.searchsorted(ordered, values, side="right").sum()
    return float((int(below) - int(above)) / (len(values) * len(ordered)))


def mann_whitney(a: Sequence[float], b: Sequence[float]) -> RankTest:
    """Test whether two ordinal samples differ (Mann and Whitney, 1947); exact when small without ties.

    Raises ValueError for an empty sample.
    """
    if not len(a) or not len(b):
        raise ValueError("Mann–Whitney compares two samples with at least one value each")
    result = scipy.stats.mannwhitneyu(a, b, alternative="two-sided")
    return RankTest(float(result.statistic), float(result.pvalue))


def cochran_armitage(positives: Sequence[int], bases: Sequence[int], scores: Sequence[float]) -> TrendTest:
    """Test a linear trend of shares over ordered groups (Cochran, 1954; Armitage, 1955).

    scores: the groups' place on the axis (wave numbers, doses). Raises ValueError for unequal lengths,
    fewer than two different scores among groups with answers, or counts outside 0–base.
    Equal answers everywhere (all or none positive) show no trend: statistic 0, p 1.
    """
    for positive, base in zip(positives, bases, strict=True):
        _check_share(positive, base)
    if len({score for score, _ in zip(scores, bases, strict=True)}) < 2:
        raise ValueError("a trend needs at least two different scores")
    x, n, score = (np.asarray(values, dtype=float) for values in (positives, bases, scores))
    pooled = x.sum() / n.sum()
    if pooled in (0.0, 1.0):
        return TrendTest(0.0, 1.0)
    centred = score - (n * score).sum() / n.sum()
    statistic = float((centred * x).sum() ** 2 / (pooled * (1 - pooled) * (n * centred**2).sum()))
    return TrendTest(statistic, float(scipy.stats.chi2.sf(statistic, 1)))


def cohen_kappa(table: Sequence[Sequence[int]]) -> float:
    """Give the agreement of two coders beyond chance, from their square table of counts (Cohen, 1960)."""
    from statsmodels.stats.inter_rater import cohens_kappa

    return float(cohens_kappa(np.asarray(table)).kappa)


def minimal_detectable_drop(n: int, start: float = 0.8, power: float = 0.8, alpha: float = 0.05) -> float:
    """Give the smallest drop from share `start` that two groups of n would show with this power.

    A share (0–1); arcsine effect size h of Cohen (1988), two-sided test at alpha. When even a drop to
    zero would be missed, the answer is `start` itself. Raises ValueError for n < 2.
    """
    from statsmodels.stats.power import NormalIndPower

    if n < 2:
        raise ValueError("two groups of at least two people are needed to see a drop")
    effect = NormalIndPower().solve_power(nobs1=n, alpha=alpha, power=power, alternative="two-sided")
    angle = 2 * np.arcsin(np.sqrt(start)) - float(np.squeeze(effect))
    return float(start - np.sin(max(0.0, angle) / 2) ** 2)


def minimal_detectable_excess(n: int, level: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """Give how far above `level` a share has to lie for one group of n to show it with this power.

    The two-sided score test against the level, normal approximation. When even a share of 1 would be missed,
    the answer is `1 - level`. Raises ValueError for n < 1.
    """
    if n < 1:
        raise ValueError("nobody shows no excess")
    certain, likely = scipy.stats.norm.isf(alpha / 2), scipy.stats.norm.ppf(power)

    def short(share: float) -> float:
        reach = certain * np.sqrt(level * (1 - level)) + likely * np.sqrt(share * (1 - share))
        return float(share - level - reach / np.sqrt(n))

    return 1 - level if short(1.0) <= 0 else float(scipy.optimize.brentq(short, level, 1.0)) - level


def _check_share(positive: int, base: int) -> None:
    if base < 1:
        raise ValueError("a share of nobody has no interval: the base is empty")
    if not 0 <= positive <= base:
        raise ValueError(f"{positive} positive answers do not fit in a base of {base}")


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1, not {confidence!r}")

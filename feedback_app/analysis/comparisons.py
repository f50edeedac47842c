"""The five families of comparisons as pure functions on counts; shares lie between 0 and 1.

scipy and statsmodels do the work where they can. Each function says which question it answers and whose
method it is; what follows from the p-values is `analysis.evidence`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats
from statsmodels.stats.proportion import proportions_ztest

from feedback_app.analysis.intervals import (
    Interval,
    cochran_armitage,
    funnel_limits,
    newcombe_difference,
    region_p_value,
    wilson,
)
from feedback_app.analysis.patterns import shrunken_shares

#: from this share of not positive answers on an item may be a problem, from this positive share a strength
NEGATIVE_LEVEL, POSITIVE_LEVEL = 0.30, 0.85

#: above this many answers the vectorised sum over all outcomes would take more memory than it is worth
_SUMMED = 2000
#: share of the regions at each end whose distance counts no further than the next one's
_WINSORISED = 0.10
#: how rare a spread has to be before it is no longer put down to chance
_DOUBT = 0.01


@dataclass(frozen=True)
class Level:
    """The share of an item that is not positive, with its Wilson interval, tested against 30 %."""

    negative: float
    interval: Interval
    p_value: float

    @property
    def problem(self) -> bool:
        """Whether even the interval's lower end reaches the level."""
        return self.interval.low >= NEGATIVE_LEVEL

    @property
    def strength(self) -> bool:
        """Whether nearly everybody is positive."""
        return 1 - self.negative >= POSITIVE_LEVEL and self.p_value <= 0.05

    @property
    def below(self) -> bool:
        """Whether even the interval's upper end lies below the level: only then is there no problem."""
        return self.interval.high < NEGATIVE_LEVEL


@dataclass(frozen=True)
class Regions:
    """One item in all regions against theta, the share of Flanders.

    limits: the funnel between which 95 % of regions like Flanders fall, `dispersion` included.
    """

    theta: float
    dispersion: float
    p_values: tuple[float, ...]
    effects: tuple[float, ...]
    limits: tuple[Interval, ...]
    shrunken: tuple[float, ...]


@dataclass(frozen=True)
class Change:
    """The difference of two shares (later minus earlier), with Newcombe's interval and a score test."""

    difference: float
    interval: Interval
    p_value: float


def level(positive: int, base: int) -> Level:
    """Is the share that is not positive at least 30 %? The score test that Wilson inverts."""
    interval = wilson(base - positive, base)
    negative = (base - positive) / base
    spread = np.sqrt(NEGATIVE_LEVEL * (1 - NEGATIVE_LEVEL) / base)
    p_value = float(2 * stats.norm.sf(abs(negative - NEGATIVE_LEVEL) / spread))
    return Level(negative, interval, p_value)


def level_tone(negative: float) -> str:
    """What a share that is not positive, in percents, may be: a problem, a strength, or neither."""
    if negative >= 100 * NEGATIVE_LEVEL:
        return "worse"
    return "better" if negative <= 100 * (1 - POSITIVE_LEVEL) + 1e-9 else ""


def regions(positives: Sequence[int], bases: Sequence[int], theta: float | None = None) -> Regions:
    """Does a region differ from Flanders? Exact funnel (Spiegelhalter, 2005), adjusted for over-dispersion.

    theta: the share of Flanders, else that of the given regions together. Every base is at least 1; where all
    answers are the same nothing differs.
    """
    x, n = np.asarray(positives), np.asarray(bases)
    centre = float(x.sum() / n.sum()) if theta is None else theta
    if not 0 < centre < 1:
        same = tuple(1.0 for _ in bases)
        point = tuple(Interval(centre, centre) for _ in bases)
        return Regions(centre, 1.0, same, tuple(0.0 for _ in bases), point, tuple(centre for _ in bases))
    spread = float(dispersion(x, n, np.asarray(centre)))
    return Regions(
        theta=centre,
        dispersion=spread,
        p_values=tuple(float(p) for p in region_p_values(x, n, np.asarray(centre), np.asarray(spread))),
        effects=tuple(float(share - centre) for share in x / n),
        limits=tuple(_widened(funnel_limits(int(base), centre, 0.05), centre, spread) for base in bases),
        shrunken=tuple(shrunken_shares(positives, bases)),
    )


def _widened(limits: Interval, centre: float, spread: float) -> Interval:
    wider = [centre + (limit - centre) * spread**0.5 for limit in limits]
    return Interval(max(0.0, wider[0]), min(1.0, wider[1]))


def dispersion(x: np.ndarray, n: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """How much more regions differ than chance explains: 1, or the factor on the variance.

    x, n: (..., regions); theta: (...). Mean square of the regions' z, winsorised so that the one that stands
    out does not hide itself (Spiegelhalter, 2005, on over-dispersion), and only where chance alone would give
    such a spread less than once in a hundred times: below that the exact funnel stands as it is.
    """
    centre = np.clip(theta[..., None], 1e-9, 1 - 1e-9)
    z = (x / n - centre) / np.sqrt(centre * (1 - centre) / n)
    low, high = np.quantile(z, [_WINSORISED, 1 - _WINSORISED], axis=-1, keepdims=True)
    factor = np.mean(np.clip(z, low, high) ** 2, axis=-1)
    number = z.shape[-1]
    return np.where(factor > stats.chi2.isf(_DOUBT, number) / number, factor, 1.0)


def region_p_values(x: np.ndarray, n: np.ndarray, theta: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Exact two-sided binomial p-values of regions (..., regions) against theta (...), many tables at once.

    spread: the dispersion (...); where it is above 1 the normal deviate behind p is divided by its root.
    """
    x, n = np.broadcast_arrays(x, n)
    centres = np.broadcast_to(theta[..., None], x.shape)
    p_values = np.empty(x.shape)
    for base in np.unique(n):
        chosen = n == base
        p_values[chosen] = _exact(x[chosen], int(base), centres[chosen])
    factor = np.broadcast_to(np.sqrt(spread)[..., None], x.shape)
    adjusted = 2 * stats.norm.sf(stats.norm.isf(p_values / 2) / factor)
    return np.where(factor > 1, adjusted, p_values)


def _exact(x: np.ndarray, base: int, theta: np.ndarray) -> np.ndarray:
    """Sum the chances of all outcomes that are no likelier than the one seen, as scipy's `binomtest` does."""
    if base > _SUMMED:
        return np.array([region_p_value(int(one), base, float(t)) for one, t in zip(x, theta, strict=True)])
    found = np.ones(x.shape)
    inner = (theta > 0) & (theta < 1)
    centres, which = np.unique(theta[inner], return_inverse=True)  # the regions of one table share theirs
    outcomes = np.arange(base + 1)
    ways = special.gammaln(base + 1) - special.gammaln(outcomes + 1) - special.gammaln(base - outcomes + 1)
    odds = np.log(centres)[:, None] * outcomes + np.log1p(-centres)[:, None] * (base - outcomes)
    chances = np.exp(ways + odds)[which]
    seen = np.take_along_axis(chances, x[inner][:, None], axis=1)
    found[inner] = np.where(chances <= seen * (1 + 1e-7), chances, 0.0).sum(axis=1)
    return np.minimum(found, 1.0)


def rank_test(a: Mapping[int, float], b: Mapping[int, float]) -> tuple[float, float]:
    """Cliff's delta of a over b and the two-sided p of Mann–Whitney, from people per value.

    The normal approximation with correction for ties and continuity, as scipy's `mannwhitneyu` gives it for
    the answers one by one; scipy has none for counts, and a million answers would fill its memory.
    """
    values = sorted(set(a) | set(b))
    x = np.array([a.get(value, 0) for value in values], dtype=float)
    y = np.array([b.get(value, 0) for value in values], dtype=float)
    n, m = x.sum(), y.sum()
    if not n or not m:
        raise ValueError("a rank test compares two groups with at least one answer each")
    below = np.concatenate(([0.0], np.cumsum(y)[:-1]))
    u = float((x * (below + y / 2)).sum())
    tied, total = x + y, n + m
    variance = n * m / 12 * ((total + 1) - (tied**3 - tied).sum() / (total * (total - 1)))
    delta = 2 * u / (n * m) - 1
    if variance <= 0:
        return float(delta), 1.0
    z = (abs(u - n * m / 2) - 0.5) / np.sqrt(variance)
    return float(delta), min(1.0, float(2 * stats.norm.sf(z)))


def change(now: tuple[int, int], then: tuple[int, int]) -> Change:
    """Did a share change between two (positive, base)? Pooled score test; Newcombe's interval (1998)."""
    (x1, n1), (x2, n2) = now, then
    interval = newcombe_difference(x1, n1, x2, n2)
    if x1 + x2 in (0, n1 + n2):
        return Change(0.0, interval, 1.0)
    _statistic, p_value = proportions_ztest([x1, x2], [n1, n2])
    return Change(x1 / n1 - x2 / n2, interval, float(p_value))


def line(waves: Sequence[tuple[int, int]]) -> float:
    """The p-value of a straight trend over three or more waves, (positive, base) each, oldest first.

    Cochran (1954) and Armitage (1955), waves equally far apart. Raises ValueError for fewer than three.
    """
    if len(waves) < 3:
        raise ValueError("a line needs three waves")
    positives, bases = zip(*waves, strict=True)
    return cochran_armitage(positives, bases, tuple(range(len(waves)))).p_value

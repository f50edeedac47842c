"""Finding patterns without being fooled: false-discovery control and shrunken estimates."""

import math
from collections.abc import Sequence

from statsmodels.stats.multitest import multipletests


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for the false discovery rate, in the order given (Benjamini and Hochberg, 1995).

    An adjusted value at or below q is a discovery at rate q. Raises ValueError for a p outside 0–1.
    """
    for p_value in p_values:
        if not 0 <= p_value <= 1:  # also refuses nan
            raise ValueError(f"a p-value lies between 0 and 1, not {p_value!r}")
    if not p_values:
        return []
    return [float(adjusted) for adjusted in multipletests(list(p_values), method="fdr_bh")[1]]


def shrunken_shares(positives: Sequence[int], bases: Sequence[int]) -> list[float]:
    """Pull each group's share towards the share of all groups, more so the fewer answers it has.

    Empirical Bayes: a beta prior round the pooled share, with as variance the part of the spread between
    groups that chance does not explain (moment estimator of DerSimonian and Laird, 1986, on binomial
    variances). Without such a part every group gets the pooled share; so does a group without answers.
    Raises ValueError for unequal lengths, a positive count outside 0–base, or no answers at all.
    """
    if any(not 0 <= positive <= base for positive, base in zip(positives, bases, strict=True)):
        raise ValueError("a number of positive answers lies between zero and its base")
    total = sum(bases)
    if not total:
        raise ValueError("no answers: there is no share to pull towards")
    pooled = sum(positives) / total
    strength = _prior_strength(positives, bases, pooled)
    if math.isinf(strength):
        return [pooled for _ in bases]
    return [
        (positive + strength * pooled) / (base + strength) if base + strength else pooled
        for positive, base in zip(positives, bases, strict=True)
    ]


def _prior_strength(positives: Sequence[int], bases: Sequence[int], pooled: float) -> float:
    """Weigh the prior in answers; infinite when chance explains all of the spread."""
    groups = [(x, n) for x, n in zip(positives, bases, strict=True) if n]
    variance = pooled * (1 - pooled)
    total = sum(n for _, n in groups)
    if not variance or len(groups) < 2:
        return math.inf
    spread = sum(n * (x / n - pooled) ** 2 for x, n in groups) / variance
    excess = spread - (len(groups) - 1)
    if excess <= 0:
        return math.inf
    between = excess * variance / (total - sum(n * n for _, n in groups) / total)
    return max(0.0, variance / between - 1)

"""The one way from a published figure to the counts a test may use.

A test sees no exact count: of all counts that print as this figure does, it gets the least extreme one. What
follows from it (p, q, tone, evidence, delta) is a function of published figures, and tells nothing more than
they do; it is on the careful side as well. From 50 answers on shares are whole percents and hardly differ.
"""

from collections.abc import Iterator, Mapping

from feedback_app.analysis.policy import Policy, rounded
from feedback_app.analysis.printed import largest_n, smallest_n
from feedback_app.analysis.proposal import Figure
from feedback_app.analysis.statistic import Band, Statistic


def least_extreme(figure: Figure, toward: float, policy: Policy) -> tuple[int, int]:
    """(positive, base) that prints as this figure and lies nearest to a share, in percents.

    Near is measured in standard errors, so that of two bases with one share the smaller is taken.
    """
    found = min(_fitting(figure, policy), key=lambda one: _distance(one, toward), default=None)
    if found is not None:
        return found
    base = smallest_n(figure.n)  # printed under another policy
    return round((figure.percent or 0) * base / 100), base


def toward_each_other(here: Figure, there: Figure, policy: Policy) -> tuple[tuple[int, int], tuple[int, int]]:
    """Both figures' counts, each as near to the other's printed share as it may be."""
    return (
        least_extreme(here, there.percent or 0, policy),
        least_extreme(there, here.percent or 0, policy),
    )


def _distance(counts: tuple[int, int], toward: float) -> tuple[float, int]:
    positive, base = counts
    return abs(positive - toward * base / 100) / base**0.5, base


def _fitting(figure: Figure, policy: Policy) -> Iterator[tuple[int, int]]:
    """Every (positive, base) that the policy prints as this figure."""
    cell, percent = policy.smallest_cell, figure.percent or 0
    for base in range(max(1, smallest_n(figure.n)), largest_n(figure.n) + 1):
        step = policy.step(base)
        if figure.band == Band.ABOVE:
            fits = [base - rest for rest in range(cell) if 100 * (base - rest) > policy.band_above * base]
        elif figure.band:
            fits = [one for one in range(cell) if 100 * one < policy.band_below * base]
        else:
            first = (2 * percent - step) * base // 200
            last = (2 * percent + step) * base // 200 + 1
            large = range(max(cell, first), min(base - cell, last) + 1)
            fits = [one for one in large if rounded(100 * one, base, step) == percent]
        yield from ((one, base) for one in fits)


def people_by_value(one: Statistic | None, values: Mapping[str, int]) -> dict[int, float] | None:
    """Value → people as the published shares of the fewest answers tell it; None where one is withheld.

    values: what each answer counts for.
    """
    shares = {share.value: share.percent for share in one.shares} if one else {}
    percents = {value: shares.get(key) for key, value in values.items()}
    known = {value: percent for value, percent in percents.items() if percent is not None}
    total = sum(known.values())
    if one is None or len(known) < len(percents) or not total:
        return None
    return {value: percent * smallest_n(one.base) / total for value, percent in known.items()}


def came_and_left(one: Statistic | None, here: Figure, there: Figure, policy: Policy) -> tuple[int, int]:
    """How many of the same people came to the positive end and left it, from what is published.

    one: the shares of who gained and who lost. Where these are withheld: as many of both as the two positive
    shares allow, which makes their difference as uncertain as it can be.
    """
    shares = {share.value: share.percent for share in one.shares} if one else {}
    gained, lost = shares.get("gained"), shares.get("lost")
    if one is not None and gained is not None and lost is not None:
        (up, _n), (down, _m) = toward_each_other(Figure(gained, n=one.base), Figure(lost, n=one.base), policy)
        return up, down
    (x1, n1), (x2, n2) = toward_each_other(here, there, policy)
    base = min(n1, n2)
    now, then = round(x1 * base / n1), round(x2 * base / n2)
    both_ways = min(now, then, base - now, base - then)
    return both_ways + max(0, now - then), both_ways + max(0, then - now)

"""Simulated years: eight regions, ten items, four waves, judged by the same functions as real answers."""

import numpy as np

from feedback_app.analysis.comparisons import dispersion, region_p_values
from feedback_app.analysis.evidence import Outcome, judge
from feedback_app.analysis.proposal import FLAGS

#: answers per region as in the published example, and all of a size
EXAMPLE, EQUAL = (160, 70, 120, 80, 60, 25, 62, 12), (120,) * 8
ITEMS, WAVES, POINTS = 10, 4, 0.10


def simulate(
    seed: int, years: int, bases: tuple[int, ...], share: float, drop: float = 0.0, region: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Flags and raw p-values of simulated years, both (years, waves, items, regions).

    drop: by how much the true share of one region lies lower on the first item, all year.
    """
    rng = np.random.default_rng(seed)
    n = np.array(bases)
    true = np.full((years, WAVES, ITEMS, len(bases)), share)
    true[:, :, 0, region] -= drop
    x = rng.binomial(n, true)
    theta = x.sum(axis=-1) / n.sum()
    p_values = region_p_values(x, n, theta, dispersion(x, n, theta))
    relevant = np.abs(x / n - theta[..., None]) >= POINTS
    flags = np.empty(x.shape, dtype=bool)
    for year in range(years):
        for wave in range(WAVES):
            family = [
                Outcome(float(p), bool(big))
                for p, big in zip(p_values[year, wave].flat, relevant[year, wave].flat, strict=True)
            ]
            found = [verdict in FLAGS for verdict, _q in judge(family)]
            flags[year, wave] = np.array(found).reshape(ITEMS, len(bases))
    return flags, p_values

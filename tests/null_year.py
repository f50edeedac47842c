"""Simulated years: eight regions, ten items, four waves, judged by the same functions as real answers.

As in `analysis.drafting` a region is compared in each wave and, from the second on, over the waves so far
together; the effect that has to matter is the one that is printed, from rounded shares.
"""

import numpy as np

from feedback_app.analysis.comparisons import dispersion, region_p_values
from feedback_app.analysis.evidence import Outcome, judge
from feedback_app.analysis.proposal import FLAGS

#: answers per region: as in the published example, and 120 in each
EXAMPLE, EQUAL = (160, 70, 120, 80, 60, 25, 62, 12), (120,) * 8
#: the region that differs where one does; it has 120 answers in both
REGION = 2
ITEMS, WAVES, POINTS = 10, 4, 10


def simulate(
    seed: int, years: int, bases: tuple[int, ...], share: float, drop: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Flags of simulated years, and the raw p-values of each wave alone: (years, waves, items, regions).

    drop: by how much the true share of one region lies lower on the first item, in every wave.
    """
    rng = np.random.default_rng(seed)
    n = np.array(bases)
    true = np.full((years, WAVES, ITEMS, len(bases)), share)
    true[:, :, 0, REGION] -= drop
    x = rng.binomial(n, true)
    so_far, waves = np.cumsum(x, axis=1), np.arange(1, WAVES + 1).reshape(-1, 1, 1)
    alone, together = _table(x, n), _table(so_far, n * waves)
    flags = np.zeros(x.shape, dtype=bool)
    for year in range(years):
        for wave in range(WAVES):
            tables = [alone, together] if wave else [alone]
            family = [
                Outcome(float(p), bool(big))
                for p_values, relevant in tables
                for p, big in zip(p_values[year, wave].flat, relevant[year, wave].flat, strict=True)
            ]
            found = np.array([verdict in FLAGS for verdict, _q in judge(family)])
            flags[year, wave] = found.reshape(len(tables), ITEMS, len(bases)).any(axis=0)
    return flags, alone[0]


def _table(x: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """p-values, and whether the printed difference is large enough."""
    n = np.broadcast_to(n, x.shape)
    theta = x.sum(axis=-1) / n.sum(axis=-1)
    step = np.where(n < 50, 5, 1)
    printed = step * np.floor(100 * x / n / step + 0.5)
    whole = np.floor(100 * theta + 0.5)[..., None]
    return region_p_values(x, n, theta, dispersion(x, n, theta)), np.abs(printed - whole) >= POINTS

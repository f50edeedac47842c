"""Simulated years: eight regions, ten items, four waves, judged by the same functions as real answers.

As in `analysis.drafting` a region is compared in each wave and, from the second on, over the waves so far
together, and every test sees published figures only: counts become figures, figures the least extreme counts.
A region that is withheld is not tested; in the spread between regions it counts as one like Flanders.
"""

from functools import cache
from pathlib import Path

import numpy as np
import yaml

from feedback_app.analysis import printed
from feedback_app.analysis.comparisons import dispersion, region_p_values
from feedback_app.analysis.counting import ItemCounts, ItemRule
from feedback_app.analysis.disclosure import publish_item
from feedback_app.analysis.evidence import Outcome, judge
from feedback_app.analysis.fitting import least_extreme
from feedback_app.analysis.policy import Policy
from feedback_app.analysis.proposal import FLAGS, Figure

#: answers per region: as in the published example, and 120 in each
EXAMPLE, EQUAL = (160, 70, 120, 80, 60, 25, 62, 12), (120,) * 8
#: the region that differs where one does; it has 120 answers in both
REGION = 2
ITEMS, WAVES, POINTS = 10, 4, 10
POLICY = Policy.from_mapping(
    yaml.safe_load((Path(__file__).parents[1] / "surveys" / "publication.yaml").read_text(encoding="utf-8"))
)


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
    exact = x.sum(axis=-1) / n.sum()
    raw = region_p_values(x, n, exact, dispersion(x, n, exact))
    flags = np.zeros(x.shape, dtype=bool)
    for wave in range(WAVES):
        tables = [_table(x[:, wave : wave + 1], n)]
        tables += [_table(x[:, : wave + 1], n)] if wave else []
        for year in range(years):
            family = [
                Outcome(float(p) if seen else None, bool(big))
                for p_values, relevant, shown in tables
                for p, big, seen in zip(
                    p_values[year].flat, relevant[year].flat, shown[year].flat, strict=True
                )
            ]
            found = np.array([verdict in FLAGS for verdict, _q in judge(family)])
            flags[year, wave] = found.reshape(len(tables), ITEMS, len(bases)).any(axis=0)
    return flags, raw


def _table(x: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """p-values, whether the printed difference is large enough, and whether there is a figure.

    x: (years, waves, items, regions), taken together over the waves.
    """
    years, waves, items, regions = x.shape
    counts = np.zeros((2, years, items, regions), dtype=int)
    relevant, shown = (np.zeros((years, items, regions), dtype=bool) for _ in range(2))
    thetas = np.zeros((years, items))
    bases, everybody, cells = n.tolist(), int(n.sum()), x.transpose(0, 2, 3, 1).tolist()
    for year, item in np.ndindex(years, items):
        by_wave = map(sum, zip(*cells[year][item], strict=True))
        whole = _together(tuple((one, everybody) for one in by_wave))
        assert whole is not None
        percent = whole.percent or 0
        thetas[year, item] = percent / 100
        for region in range(regions):
            parts = tuple((one, bases[region]) for one in cells[year][item][region])
            figure = _together(parts)
            if figure is None:
                base = waves * bases[region]
                counts[:, year, item, region] = round(base * percent / 100), base
                continue
            nearest = [_nearest(*part, percent) for part in parts]
            counts[:, year, item, region] = [sum(pair) for pair in zip(*nearest, strict=True)]
            effect, _at_least = printed.effect(figure, whole)
            relevant[year, item, region] = effect is not None and abs(effect) >= POINTS
            shown[year, item, region] = True
    spread = dispersion(counts[0], counts[1], thetas)
    return region_p_values(counts[0], counts[1], thetas, spread), relevant, shown


@cache
def published(positive: int, base: int) -> Figure | None:
    """What the policy lets out of an item with two answers."""
    counts = ItemCounts({"yes": positive, "no": base - positive}, people=base)
    rule = ItemRule("item", ("yes", "no"), ("yes",))
    one = publish_item(rule, counts, audience="newcomer", cut="region", member="kempen", policy=POLICY)
    return printed.figure_of(one)


@cache
def _together(parts: tuple[tuple[int, int], ...]) -> Figure | None:
    figures = [published(*part) for part in parts]
    known = [figure for figure in figures if figure is not None]
    if len(known) < len(figures):
        return None
    return printed.pooled(known) if len(known) > 1 else known[0]


@cache
def _nearest(positive: int, base: int, percent: int) -> tuple[int, int]:
    figure = published(positive, base)
    assert figure is not None
    return least_extreme(figure, percent, POLICY)

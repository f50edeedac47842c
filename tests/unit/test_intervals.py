"""Intervals, effects and tests reproduce the numbers of the method, to the digits printed there."""

import math

import pytest
from scipy import stats

from feedback_app.analysis.intervals import (
    cliffs_delta,
    cochran_armitage,
    cohen_kappa,
    funnel_limits,
    mann_whitney,
    minimal_detectable_drop,
    minimal_detectable_excess,
    newcombe_difference,
    region_p_value,
    wilson,
)


@pytest.mark.parametrize(
    ("positive", "base", "low", "high"), [(81, 263, 0.2553, 0.3662), (0, 20, 0, 0.1611), (20, 20, 0.8389, 1)]
)
def test_wilson(positive: int, base: int, low: float, high: float) -> None:
    assert wilson(positive, base) == pytest.approx((low, high), abs=5e-5)


def test_wilson_confidence() -> None:
    wide, narrow = wilson(30, 50, confidence=0.99), wilson(30, 50, confidence=0.8)
    assert wide.low < narrow.low < 0.6 < narrow.high < wide.high


@pytest.mark.parametrize(("positive", "base"), [(0, 0), (-1, 5), (6, 5)])
def test_wilson_refuses(positive: int, base: int) -> None:
    with pytest.raises(ValueError, match="base"):
        wilson(positive, base)
    with pytest.raises(ValueError, match="base"):
        newcombe_difference(1, 2, positive, base)


def test_confidence_is_a_chance() -> None:
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, confidence=95)


@pytest.mark.parametrize(
    ("counts", "low", "high"), [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090)]
)
def test_newcombe(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    assert newcombe_difference(*counts) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("counts", [(0, 10, 0, 10), (10, 10, 0, 10), (0, 1, 1, 1)])
def test_newcombe_on_extreme_tables(counts: tuple[int, int, int, int]) -> None:
    difference = counts[0] / counts[1] - counts[2] / counts[3]
    interval = newcombe_difference(*counts)
    assert -1 <= interval.low <= difference <= interval.high <= 1


@pytest.mark.parametrize(
    ("n", "limits"),
    [
        (10, (0.3025, 0.4705, 0.9767, 0.9991)),
        (50, (0.6009, 0.6729, 0.8956, 0.9452)),
        (200, (0.7060, 0.7407, 0.8516, 0.8802)),
    ],
)
def test_funnel_limits(n: int, limits: tuple[float, float, float, float]) -> None:
    outer, inner = funnel_limits(n, 0.8, 0.002), funnel_limits(n, 0.8, 0.05)
    assert (outer.low, inner.low, inner.high, outer.high) == pytest.approx(limits, abs=5e-5)


def test_funnel_limits_stay_on_the_axis() -> None:
    limits = funnel_limits(1, 0.5, 0.002)
    assert 0 <= limits.low <= limits.high <= 1


@pytest.mark.parametrize(("n", "theta", "p"), [(0, 0.8, 0.05), (10, 0, 0.05), (10, 1, 0.05), (10, 0.8, 0)])
def test_funnel_limits_refuse(n: int, theta: float, p: float) -> None:
    with pytest.raises(ValueError, match="funnel limits"):
        funnel_limits(n, theta, p)


def test_cochran_armitage_alcohol_and_malformation() -> None:
    test = cochran_armitage((48, 38, 5, 1, 1), (17114, 14502, 793, 127, 38), (0, 0.5, 1.5, 4, 7))
    assert test.statistic == pytest.approx(6.570, abs=5e-4)
    assert test.p_value == pytest.approx(0.0104, abs=5e-5)


@pytest.mark.parametrize("positives", [(0, 0, 0), (10, 20, 30)])
def test_no_trend_when_everybody_says_the_same(positives: tuple[int, ...]) -> None:
    assert cochran_armitage(positives, (10, 20, 30), (1, 2, 3)) == (0, 1)


def test_cochran_armitage_refuses() -> None:
    with pytest.raises(ValueError, match="scores"):
        cochran_armitage((1, 2), (10, 10), (1, 1))
    with pytest.raises(ValueError, match="zip"):
        cochran_armitage((1, 2), (10, 10), (1, 2, 3))


def test_mann_whitney() -> None:
    test = mann_whitney([19, 22, 16, 29, 24], [20, 11, 17, 12])
    assert test.statistic == 17
    assert test.p_value == pytest.approx(0.1111, abs=5e-5)


def test_cliffs_delta() -> None:
    a, b = (10, 10, 20, 20, 20, 30, 30, 30, 40, 50), (10, 20, 30, 40, 40, 50)
    assert cliffs_delta(a, b) == -0.25
    assert cliffs_delta(b, a) == 0.25
    # the same ordering as Mann–Whitney: delta = 2 U / (n m) − 1
    assert cliffs_delta(a, b) == pytest.approx(2 * stats.mannwhitneyu(a, b).statistic / 60 - 1)


@pytest.mark.parametrize("samples", [((), (1,)), ((1,), ())])
def test_comparing_with_nobody_is_refused(samples: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        cliffs_delta(*samples)
    with pytest.raises(ValueError, match="at least one"):
        mann_whitney(*samples)


def test_cohen_kappa() -> None:
    assert cohen_kappa([[20, 5], [10, 15]]) == pytest.approx(0.40)


@pytest.mark.parametrize(("n", "points"), [(10, 59), (30, 34), (50, 26), (100, 18), (200, 12)])
def test_minimal_detectable_drop(n: int, points: int) -> None:
    assert round(100 * minimal_detectable_drop(n)) == points


def test_a_tiny_group_could_miss_everything() -> None:
    assert minimal_detectable_drop(2, start=0.3) == pytest.approx(0.3)
    with pytest.raises(ValueError, match="two people"):
        minimal_detectable_drop(1)


def test_region_p_value() -> None:
    assert region_p_value(39, 60, 455 / 589) == pytest.approx(0.0303, abs=5e-5)


def test_what_could_be_seen_above_a_level() -> None:
    for n, points in ((10, 41), (55, 18), (100, 13), (200, 9)):
        excess = minimal_detectable_excess(n, 0.3)
        assert round(100 * excess) == points
        reach = 1.96 * math.sqrt(0.21 / n)
        share = 0.3 + excess
        assert stats.norm.sf((reach - excess) / math.sqrt(share * (1 - share) / n)) == pytest.approx(
            0.8, abs=1e-3
        )
    assert minimal_detectable_excess(1, 0.3) == 0.7
    with pytest.raises(ValueError, match="nobody"):
        minimal_detectable_excess(0, 0.3)

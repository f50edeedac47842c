"""The five comparisons reproduce the published numbers and agree with scipy where it has them."""

import math

import numpy as np
import pytest
from scipy import stats

from feedback_app.analysis.comparisons import (
    change,
    dispersion,
    level,
    line,
    rank_test,
    region_p_values,
    regions,
)
from feedback_app.analysis.evidence import Outcome, judge
from feedback_app.analysis.intervals import cliffs_delta, funnel_limits, region_p_value
from feedback_app.analysis.proposal import Verdict

# Eight regions on "welkom"
POSITIVES = (132, 48, 101, 61, 39, 15, 50, 9)
BASES = (160, 70, 120, 80, 60, 25, 62, 12)


def test_a_level_needs_the_lower_end_of_its_interval() -> None:
    found = level(263 - 81, 263)
    assert found.interval == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert found.negative > 0.30 and not found.problem
    assert level(150, 263).problem and not level(150, 263).strength
    assert level(250, 263).strength and not level(250, 263).problem
    assert not level(9, 10).strength, "too few to say, however positive"


def test_a_level_is_tested_by_the_score_that_wilson_inverts() -> None:
    for positive in range(101):
        found = level(positive, 100)
        assert (found.p_value > 0.05) == (found.interval.low < 0.30 < found.interval.high)


def test_eight_regions_raise_no_flag_but_a_question() -> None:
    found = regions(POSITIVES, BASES)
    assert found.theta == pytest.approx(0.7725, abs=5e-5)
    assert found.dispersion == 1
    assert found.p_values[4] == pytest.approx(0.0303, abs=5e-5)
    assert found.shrunken[5] == pytest.approx(0.707, abs=5e-4)
    outcomes = [
        Outcome(p, abs(effect) >= 0.10, n < 30)
        for p, effect, n in zip(found.p_values, found.effects, BASES, strict=True)
    ]
    judged = judge(outcomes)
    assert judged[4][1] == pytest.approx(0.175, abs=5e-4)
    assert [judged[place][0] for place in (4, 5)] == [Verdict.FOCUS, Verdict.FOCUS]
    assert judged[7][0] is Verdict.UNKNOWN, "9 of 12: few answers never mean that nothing is wrong"
    assert {verdict for verdict, _q in judged} == {Verdict.FOCUS, Verdict.UNKNOWN, Verdict.NONE}


def test_the_funnel_is_the_published_one_and_opens_when_regions_differ_much() -> None:
    assert regions(POSITIVES, BASES).limits[0] == funnel_limits(160, 455 / 589, 0.05)
    far = ((30, 90, 35, 88, 33, 92, 31, 89), (100,) * 8)
    spread = regions(*far)
    assert spread.dispersion > 10
    narrow = funnel_limits(100, spread.theta, 0.05)
    assert spread.limits[0].low < narrow.low < narrow.high < spread.limits[0].high
    assert spread.p_values[0] > region_p_value(30, 100, spread.theta)


def test_one_region_that_stands_out_does_not_hide_itself() -> None:
    x, n = np.array((40, 80, 82, 78, 79, 81, 80, 83)), np.array((100,) * 8)
    found = regions(x.tolist(), n.tolist())
    assert found.dispersion == 1
    assert found.p_values[0] < 0.001 and min(found.p_values[1:]) > 0.05
    z = (x / n - found.theta) / math.sqrt(found.theta * (1 - found.theta) / 100)
    assert np.mean(z**2) > stats.chi2.isf(0.01, 8) / 8, "without winsorising it would"


def test_dispersion_is_looked_at_table_by_table() -> None:
    even, uneven = (80,) * 8, (30, 90, 35, 88, 33, 92, 31, 89)
    x, n = np.array([even, uneven]), np.array((100,) * 8)
    theta = x.sum(axis=1) / 800
    assert dispersion(x, n, theta).tolist() == [1.0, regions(uneven, (100,) * 8).dispersion]


@pytest.mark.parametrize("theta", [0.03, 0.5, 0.7725])
def test_exact_p_values_are_those_of_scipy_one_by_one(theta: float) -> None:
    for base in (1, 12, 60):
        x = np.arange(base + 1)
        found = region_p_values(x, np.full(base + 1, base), np.array(theta), np.array(1.0))
        assert found == pytest.approx([stats.binomtest(int(one), base, theta).pvalue for one in x])
    large = region_p_values(np.array([1500]), np.array([2500]), np.array(theta), np.array(1.0))
    assert large[0] == pytest.approx(stats.binomtest(1500, 2500, theta).pvalue)


@pytest.mark.parametrize("share", [0, 1])
def test_where_all_say_the_same_no_region_differs(share: int) -> None:
    found = regions((10 * share, 20 * share), (10, 20))
    assert (found.p_values, found.effects) == ((1.0, 1.0), (0.0, 0.0))


def test_ranks_from_counts_are_those_of_the_answers_one_by_one() -> None:
    rng = np.random.default_rng(6)
    for _ in range(40):
        a = dict(enumerate(rng.integers(0, 30, 5).tolist(), 1))
        b = dict(enumerate(rng.integers(1, 30, 5).tolist(), 1))
        a[1] += 1
        one, other = ([value for value, number in each.items() for _ in range(number)] for each in (a, b))
        delta, p_value = rank_test(a, b)
        wanted = stats.mannwhitneyu(one, other, alternative="two-sided", method="asymptotic")
        assert delta == pytest.approx(cliffs_delta(one, other))
        assert p_value == pytest.approx(wanted.pvalue)
    assert rank_test({3: 5}, {3: 9}) == (0, 1)
    with pytest.raises(ValueError, match="at least one"):
        rank_test({1: 0}, {1: 4})


def test_cliffs_delta_of_the_published_samples_from_counts() -> None:
    a, b = {10: 2, 20: 3, 30: 3, 40: 1, 50: 1}, {10: 1, 20: 1, 30: 1, 40: 2, 50: 1}
    assert rank_test(a, b)[0] == pytest.approx(-0.25)


def test_a_gap_knows_order() -> None:
    delta, p_value = rank_test({3: 56, 2: 10, 1: 4}, {3: 48, 2: 12, 1: 20})
    assert delta > 0.147 and p_value < 0.05
    assert rank_test({3: 28, 2: 5, 1: 2.0}, {3: 24, 2: 6, 1: 10.0})[0] == pytest.approx(delta), (
        "shares will do"
    )


def test_a_change_is_the_pooled_two_proportion_test() -> None:
    found = change((56, 70), (48, 80))
    assert found.p_value == pytest.approx(
        stats.chi2_contingency([[56, 14], [48, 32]], correction=False).pvalue
    )
    assert found.interval == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert change((0, 10), (0, 12)).p_value == change((10, 10), (12, 12)).p_value == 1


def test_a_line_needs_three_waves() -> None:
    assert line([(40, 100), (55, 100), (70, 100)]) < 0.001
    assert line([(55, 100), (40, 100), (55, 100)]) == 1
    with pytest.raises(ValueError, match="three waves"):
        line([(40, 100), (55, 100)])

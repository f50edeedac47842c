"""False discoveries are controlled and small groups are pulled towards the whole."""

import math

import pytest

from feedback_app.analysis.intervals import region_p_value
from feedback_app.analysis.patterns import benjamini_hochberg, shrunken_shares

# Benjamini and Hochberg (1995), section 3.2
FIFTEEN = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
FIFTEEN += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]

# Eight regions on "welkom"
POSITIVES = (132, 48, 101, 61, 39, 15, 50, 9)
BASES = (160, 70, 120, 80, 60, 25, 62, 12)


def test_benjamini_hochberg_1995() -> None:
    adjusted = benjamini_hochberg(FIFTEEN)
    assert sum(p <= 0.05 for p in adjusted) == 4
    assert sum(p <= 0.05 / 15 for p in FIFTEEN) == 3  # Bonferroni, for comparison
    assert adjusted[3] == pytest.approx(0.0356, abs=5e-5)


def test_order_is_kept() -> None:
    adjusted = benjamini_hochberg(FIFTEEN)
    assert benjamini_hochberg(FIFTEEN[::-1]) == pytest.approx(adjusted[::-1])


def test_no_tests_no_discoveries() -> None:
    assert benjamini_hochberg([]) == []


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_p_values_are_chances(p: float) -> None:
    with pytest.raises(ValueError, match="p-value"):
        benjamini_hochberg([0.5, p])


def test_eight_regions_raise_no_flag() -> None:
    theta = sum(POSITIVES) / sum(BASES)
    raw = [region_p_value(x, n, theta) for x, n in zip(POSITIVES, BASES, strict=True)]
    assert theta == pytest.approx(0.7725, abs=5e-5)
    assert raw[4] == pytest.approx(0.0303, abs=5e-5)
    adjusted = benjamini_hochberg(raw)
    assert adjusted[4] == pytest.approx(0.175, abs=5e-4)
    assert min(adjusted) > 0.10


def test_small_region_is_pulled_most() -> None:
    shares = shrunken_shares(POSITIVES, BASES)
    assert shares[5] == pytest.approx(0.707, abs=5e-4)
    assert abs(shares[5] - 0.600) > abs(shares[0] - 132 / 160)


def test_spread_by_chance_alone_gives_the_pooled_share() -> None:
    assert shrunken_shares((8, 16, 24), (10, 20, 30)) == pytest.approx([0.8] * 3)
    assert shrunken_shares((10, 20), (10, 20)) == pytest.approx([1, 1])


def test_region_without_answers_gets_the_pooled_share() -> None:
    shares = shrunken_shares((50, 10, 0), (60, 60, 0))
    assert shares[2] == pytest.approx(0.5)
    assert shares[1] < 0.5 < shares[0]


def test_shrinking_refuses() -> None:
    with pytest.raises(ValueError, match="no answers"):
        shrunken_shares((0,), (0,))
    with pytest.raises(ValueError, match="base"):
        shrunken_shares((3,), (2,))
    with pytest.raises(ValueError, match="zip"):
        shrunken_shares((1, 1), (2,))

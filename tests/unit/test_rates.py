"""Response rates reproduce a published calculation and never hide that they are unknown."""

import math

import pytest

from feedback_app.analysis.rates import OUTCOMES, response_rates

VECTOR = {"I": 5, "P": 3, "R": 2, "NC": 1, "O": 2, "UH": 1, "UO": 1, "NE": 1}


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("RR1", 1 / 3),
        ("RR2", 8 / 15),
        ("RR3", 5 / 14),
        ("RR4", 4 / 7),
        ("RR5", 5 / 13),
        ("RR6", 8 / 13),
        ("COOP1", 5 / 12),
        ("REF1", 2 / 15),
        ("CON1", 4 / 5),
        ("e", 0.5),
    ],
)
def test_published_vector(rate: str, expected: float) -> None:
    assert response_rates(VECTOR, e=0.5)[rate] == pytest.approx(expected)


def test_e_is_the_eligible_share_of_the_known_outcomes() -> None:
    rates = response_rates(VECTOR)
    assert rates["e"] == pytest.approx(13 / 14)
    assert rates["RR3"] == pytest.approx(5 / (13 + 2 * 13 / 14))


def test_missing_outcomes_are_zero() -> None:
    assert response_rates({"I": 3, "NC": 1})["RR1"] == 0.75


@pytest.mark.parametrize("counts", [{}, dict.fromkeys(OUTCOMES, 0)])
def test_nobody_is_unknown_not_zero(counts: dict[str, int]) -> None:
    assert all(math.isnan(rate) for rate in response_rates(counts).values())


def test_only_unknown_outcomes() -> None:
    rates = response_rates({"UH": 2, "UO": 1})
    assert rates["RR1"] == rates["RR2"] == rates["REF1"] == rates["CON1"] == 0
    assert all(math.isnan(rates[name]) for name in ("RR3", "RR4", "RR5", "RR6", "COOP1", "e"))


def test_only_not_eligible_makes_no_rate() -> None:
    rates = response_rates({"NE": 4})
    assert rates["e"] == 0
    assert math.isnan(rates["RR3"])


@pytest.mark.parametrize(
    ("counts", "named"), [({"X": 1}, "'X'"), ({"NC": -1}, "'NC'"), ({"I": True}, "'I'"), ({"P": 1.5}, "'P'")]
)
def test_bad_counts_are_named(counts: dict[str, int], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        response_rates(counts)


@pytest.mark.parametrize("e", [-0.1, 1.1, math.nan])
def test_e_is_a_share(e: float) -> None:
    with pytest.raises(ValueError, match="share between 0 and 1"):
        response_rates(VECTOR, e=e)

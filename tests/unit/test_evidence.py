"""False alarms are kept down, true effects are found, and few answers never mean that nothing is wrong."""

from dataclasses import replace

import pytest

from feedback_app.analysis.evidence import Outcome, family_q, judge
from feedback_app.analysis.proposal import Proposal, Verdict, as_stored, confirmed_by, from_stored
from feedback_app.questionnaires.declarations import Family
from tests.null_year import EQUAL, EXAMPLE, POINTS, REGION, WAVES, simulate

STRONG, POSSIBLE, FOCUS, NONE, UNKNOWN = Verdict
#: enough to tell 0.7 flags a year from one, and four cases of five from three
YEARS = 50


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Outcome(0.01, relevant=True, again=True), STRONG),
        (Outcome(0.01, relevant=True), POSSIBLE),
        (Outcome(0.06, relevant=True, again=True), POSSIBLE),
        (Outcome(0.01, relevant=False, again=True), NONE),
        (Outcome(0.30, relevant=True, again=True), NONE),
        (Outcome(0.30, relevant=True, few=True), UNKNOWN),
        (Outcome(0.01, relevant=False, few=True), UNKNOWN),
        (Outcome(None, relevant=False), UNKNOWN),
        (Outcome(None, relevant=True), FOCUS),
    ],
)
def test_evidence_in_words(outcome: Outcome, verdict: Verdict) -> None:
    assert judge([outcome])[0][0] is verdict


def test_what_stands_out_among_many_is_a_question() -> None:
    many = [Outcome(0.03, relevant=True)] + [Outcome(0.5, relevant=False)] * 20
    assert judge(many)[0][0] is FOCUS
    assert family_q(many)[0] == pytest.approx(0.5)


def test_what_was_not_tested_does_not_count_in_its_family() -> None:
    tested = Outcome(0.03, relevant=True)
    assert family_q([tested, *[Outcome(None, relevant=False)] * 20])[0] == pytest.approx(0.03)


@pytest.mark.parametrize("bases", [EXAMPLE, EQUAL])
def test_a_year_without_a_true_difference_raises_hardly_a_flag(bases: tuple[int, ...]) -> None:
    """8 regions × 10 items × 4 waves: raw p < .05 gives many false flags a year, the finder at most 0.7."""
    for seed, share in enumerate((0.7, 0.8, 0.9)):
        flags, p_values = simulate(seed, YEARS, bases, share)
        assert (p_values < 0.05).sum() / YEARS > 5
        assert flags.sum() / YEARS <= 0.7


@pytest.mark.parametrize("bases", [EXAMPLE, EQUAL])
@pytest.mark.parametrize(
    ("share", "drop"), [(0.75, 0.15), (0.80, 0.15), (0.85, 0.15), (0.90, 0.15), (0.80, -0.15)]
)
def test_a_true_effect_of_15_points_in_one_region_is_found(
    bases: tuple[int, ...], share: float, drop: float
) -> None:
    """One region of 120 answers a wave, 80 tests a wave: found in the year in at least four cases of five."""
    flags, _p_values = simulate(7, YEARS, bases, share, drop)
    found = flags[:, :, 0, REGION]
    assert found.any(axis=1).mean() >= 0.80
    by_wave = found.mean(axis=0)
    assert by_wave[WAVES - 1] > by_wave[0], "each wave adds to what is known"


def test_the_simulation_asks_for_the_declared_effect() -> None:
    flags, _p_values = simulate(3, 2, (2000,) * 8, 0.8, (POINTS - 2) / 100)
    assert not flags.any(), "eight points are certain here, and too small to matter"


def test_a_colleague_confirms_what_was_found_and_nothing_else() -> None:
    one = Proposal(Family.REGION, "newcomer", "welcome", "kempen", verdict=POSSIBLE, q=0.04)
    assert confirmed_by(one, "staff").verdict is STRONG
    assert confirmed_by(replace(one, q=0.07), "staff").verdict is POSSIBLE
    assert confirmed_by(replace(one, verdict=FOCUS), "staff") == replace(one, verdict=FOCUS)


def test_a_proposal_comes_back_from_storage_as_it_was() -> None:
    one = Proposal(
        Family.TREND, "partner", "match", method="line", verdict=STRONG, line=(("2025-H1", 60), ("2025-H2", 70)),
        against=("2025-H1",), confirmed=("waves",), themes=("T03",), q=0.05,
    )  # fmt: skip
    assert from_stored(as_stored(one)) == one

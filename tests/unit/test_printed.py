"""Whatever is printed of a test follows from figures that were published anyway."""

from pathlib import Path

import pytest
import yaml

from feedback_app.analysis import printed
from feedback_app.analysis.policy import Policy
from feedback_app.analysis.proposal import Figure
from feedback_app.analysis.statistic import Band, State, Statistic

FILE = Path(__file__).parents[2] / "surveys" / "publication.yaml"
POLICY = Policy.from_mapping(yaml.safe_load(FILE.read_text(encoding="utf-8")))
ABOVE, BELOW = Figure(80, "above_80", "57"), Figure(20, "below_20", "30–49")


def statistic(state: State, positive: int | None = None, band: Band | None = None) -> Statistic:
    return Statistic("newcomer", "match", "region", "gent", state, "15–19", positive, band, 40, 90)


def test_withheld_figures_give_nothing() -> None:
    assert printed.figure_of(None) is None
    assert printed.figure_of(statistic(State.WITHHELD, 60)) is None
    assert printed.figure_of(statistic(State.SHOWN, None)) is None
    assert printed.figure_of(statistic(State.INDICATIVE, 60)) == Figure(60, "", "15–19", 40, 90)
    assert printed.figure_of(statistic(State.BAND, band=Band.ABOVE)) == Figure(80, "above_80", "15–19")


@pytest.mark.parametrize(
    ("here", "there", "effect"),
    [
        (Figure(60, "", "57"), Figure(75, "", "400"), (-15, False)),
        (ABOVE, Figure(65, "", "400"), (15, True)),
        (Figure(65, "", "57"), ABOVE, (-15, True)),
        (BELOW, Figure(45, "", "400"), (-25, True)),
        (ABOVE, Figure(85, "", "400"), (None, False)),
        (ABOVE, ABOVE, (None, False)),
        (ABOVE, BELOW, (60, True)),
    ],
)
def test_effects_never_say_more_than_a_band(
    here: Figure, there: Figure, effect: tuple[int | None, bool]
) -> None:
    assert printed.effect(here, there) == effect


def test_intervals_come_from_rounded_figures_and_are_rounded_outward() -> None:
    large = printed.difference(Figure(80, "", "70"), Figure(60, "", "80"), POLICY)
    assert large == (5, 34), "Newcombe: .0524–.3339"
    low, high = printed.difference(Figure(90, "", "10–14"), Figure(30, "", "10–14"), POLICY)
    assert (low, high) == (15, 85), "Newcombe at n = 10: .1705–.8090, in steps of five"
    assert printed.difference(ABOVE, Figure(60, "", "80"), POLICY) == (None, None)


def test_q_is_rounded_up_and_coarser_beside_few_answers() -> None:
    large, small = Figure(60, "", "57"), Figure(60, "", "30–49")
    assert printed.q_value(0.0412, [large], POLICY) == 0.05
    assert printed.q_value(0.0001, [large], POLICY) == 0.01
    assert printed.q_value(0.10, [large], POLICY) == 0.10
    assert printed.q_value(0.061, [large, small], POLICY) == 0.10
    assert printed.q_value(0.2, [ABOVE, large], POLICY) == 1.0
    assert printed.q_value(1.0, [small], POLICY) == 1.0


def test_several_waves_together() -> None:
    assert printed.summed_n(["57", "43"]) == "100"
    assert printed.summed_n(["57", "30–49"]) == "87–106"
    assert printed.pooled([Figure(60, "", "50"), Figure(70, "", "150")]) == Figure(68, "", "200")
    assert printed.pooled([Figure(60, "", "57"), ABOVE]) == Figure(70, "above_80", "114")
    assert printed.pooled([BELOW, ABOVE]) is None


def test_estimates_are_rounded_as_their_own_figures() -> None:
    found = printed.shrunken([Figure(82, "", "160"), Figure(60, "", "20–29"), Figure(65, "", "60")], POLICY)
    assert found[1] % 5 == 0 and found[1] > 60 and found[0] <= 82

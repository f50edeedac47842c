"""The shared colours keep the contrast that the stylesheet promises, by day and by night (WCAG 2.2, 1.4.3, 1.4.11)."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from feedback_app.rendering.contrast import MARKS, TEXT, contrast

STYLES = Path(__file__).parents[2] / "feedback_app" / "static" / "css"


def colours(name: str) -> dict[str, str]:
    """Token → colour, as a style sheet sets them."""
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", (STYLES / name).read_text(encoding="utf-8")))


DAY = colours("tokens.css")
NIGHT = DAY | colours("dark.css")


def pairs(wanted: Sequence[tuple[str, str]]) -> Sequence[object]:
    """Every pair by day, and by night those that are not of charts, which are made for paper."""
    by_day = [pytest.param(DAY, *pair, id=f"day-{pair[0]}-{pair[1]}") for pair in wanted]
    night = [pair for pair in wanted if not any(name.startswith("chart-") for name in pair)]
    return by_day + [pytest.param(NIGHT, *pair, id=f"night-{pair[0]}-{pair[1]}") for pair in night]


@pytest.mark.parametrize(("palette", "ink", "ground"), pairs(TEXT))
def test_text_is_readable(palette: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(palette[ink], palette[ground]) >= 4.5


@pytest.mark.parametrize(("palette", "mark", "ground"), pairs(MARKS))
def test_controls_and_chart_marks_stand_out(palette: dict[str, str], mark: str, ground: str) -> None:
    assert contrast(palette[mark], palette[ground]) >= 3


def test_the_night_changes_every_colour_but_those_of_charts() -> None:
    day = {name for name in DAY if not name.startswith("chart-")}
    assert colours("dark.css").keys() == day


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)

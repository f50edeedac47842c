"""The shared colours keep the contrast that the stylesheet promises, by day and by night (WCAG 2.2, 1.4.3, 1.4.11)."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

STYLES = Path(__file__).parents[2] / "feedback_app" / "static" / "css"


def colours(name: str) -> dict[str, str]:
    """Token → colour, as a style sheet sets them."""
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", (STYLES / name).read_text(encoding="utf-8")))


DAY = colours("tokens.css")
NIGHT = DAY | colours("dark.css")
GROUNDS = ("paper", "surface", "sunk")
TINTS = ("brand-ground", "accent-ground", "good-ground", "warning-ground", "danger-ground")
TEXT = [
    *((ink, ground) for ink in ("ink", "ink-soft", "link", "link-visited") for ground in GROUNDS + TINTS),
    *((ink, ground) for ink in ("brand", "accent", "good", "warning", "danger") for ground in GROUNDS),
    *((ink, f"{ink}-ground") for ink in ("brand", "accent", "good", "warning", "danger")),
    ("on-brand", "brand"),
    ("on-brand", "brand-dark"),
    *(("chart-ink", mark) for mark in ("chart-negative", "chart-neutral", "chart-positive", "chart-band")),
    ("surface", "chart-very-negative"),
    ("surface", "chart-very-positive"),
]
MARKS = [
    *((mark, g) for mark in ("line-strong", "focus", "chart-axis") for g in GROUNDS),
    *((mark, g) for mark in ("chart-newcomer", "chart-partner") for g in (*GROUNDS, "chart-band")),
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def pairs(wanted: list[tuple[str, str]]) -> Sequence[object]:
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

"""The shared colours keep the contrast that the stylesheet promises (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "feedback_app" / "static" / "css" / "tokens.css"
COLOURS = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", TOKENS.read_text(encoding="utf-8")))
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
    light, dark = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_is_readable(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 4.5


@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_controls_and_chart_marks_stand_out(mark: str, ground: str) -> None:
    assert contrast(mark, ground) >= 3


def test_contrast_is_computed_as_the_standard_says() -> None:
    COLOURS.update({"black": "#000000", "white": "#ffffff", "grey": "#767676"})
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("grey", "white") == pytest.approx(4.54, abs=0.01)

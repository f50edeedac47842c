"""Whether colours can be read: contrast as WCAG 2.2 computes it, for every pair the house's styles use."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

TOKENS = Path(__file__).parents[1] / "static" / "css" / "tokens.css"

#: of text on its ground, and of marks and controls on theirs (1.4.3, 1.4.11)
TEXT_RATIO, MARK_RATIO = 4.5, 3.0
#: of the tones of two answers that stand side by side in a bar: they stay two in grey print, with the white
#: line between them and the hatching of the negative side
TONE_RATIO = 1.4

GROUNDS = ("paper", "surface", "sunk")
TINTS = ("brand-ground", "accent-ground", "good-ground", "warning-ground", "danger-ground")
_MEANINGS = ("brand", "accent", "good", "warning", "danger")
TEXT = (
    *((ink, ground) for ink in ("ink", "ink-soft", "link", "link-visited") for ground in GROUNDS + TINTS),
    *((ink, ground) for ink in _MEANINGS for ground in GROUNDS),
    *((ink, f"{ink}-ground") for ink in _MEANINGS),
    ("on-brand", "brand"),
    ("on-brand", "brand-dark"),
    *(("chart-ink", mark) for mark in ("chart-negative", "chart-neutral", "chart-positive", "chart-band")),
    ("surface", "chart-very-negative"),
    ("surface", "chart-very-positive"),
)
MARKS = (
    *((mark, ground) for mark in ("line-strong", "focus", "chart-axis") for ground in GROUNDS),
    *((mark, ground) for mark in ("chart-newcomer", "chart-partner") for ground in (*GROUNDS, "chart-band")),
)
#: tones that scales of two to five answers put side by side
NEIGHBOURS = (
    ("chart-very-negative", "chart-negative"),
    ("chart-negative", "chart-neutral"),
    ("chart-neutral", "chart-positive"),
    ("chart-positive", "chart-very-positive"),
    ("chart-neutral", "chart-very-positive"),
)


@cache
def house_colours() -> Mapping[str, str]:
    """Token → colour, as the house's style sheet sets them."""
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", TOKENS.read_text(encoding="utf-8")))


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0 to 1: how light it is in grey."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def too_weak(colours: Mapping[str, str]) -> Iterator[tuple[str, str, float, float]]:
    """Pairs that do not stand out: the two names, their ratio, and the ratio they need."""
    for pairs, needed in ((TEXT, TEXT_RATIO), (MARKS, MARK_RATIO), (NEIGHBOURS, TONE_RATIO)):
        for one, other in pairs:
            found = contrast(colours[one], colours[other])
            if found < needed:
                yield one, other, found, needed

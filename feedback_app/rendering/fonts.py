"""The faces that come with the package, and nothing of what the machine happens to have.

System fonts are the one thing that makes the same report hold other bytes elsewhere. fontconfig reads
its configuration from FONTCONFIG_FILE whenever a configuration object is made, so the variable is set
only around those moments: browsers and other programs started by this process keep their own fonts.
"""

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).with_name("fonts")
CONFIGURATION = FOLDER / "fonts.conf"

# Shaping and direction marks that fonts need not draw; everything else of category Cf is dropped.
JOINERS = frozenset("\u200c\u200d")
VARIANTS = frozenset(map(chr, range(0xFE00, 0xFE10)))  # "as a picture", "as text"
REPLACEMENT = "\ufffd"
EMOJI = " [emoji] "
#: marks that one letter may carry; Arabic and Vietnamese need two, and a taller stack hides other lines
MARKS = 4


@contextmanager
def own_fonts() -> Iterator[None]:
    """Let fontconfig see only the package's faces while inside."""
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(CONFIGURATION.resolve())
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


@cache
def covered() -> frozenset[int]:
    """Code points that at least one shipped face can draw."""
    points: set[int] = set()
    for path in sorted(FOLDER.glob("*-Regular.ttf")):
        with TTFont(path, lazy=True) as font:
            points.update(font.getBestCmap())
    return frozenset(points)


def printable(text: str) -> str:
    """Make a text that strangers wrote fit to print.

    Compatibility letters (mathematical alphabets, full width) become plain ones; controls, unpaired
    surrogates, private-use letters and invisible formatting (bidi overrides among them) go; emoji
    become one word and other letters no shipped face has become U+FFFD, because a missing glyph makes
    the PDF invalid. A letter keeps a few marks, not a stack of them. White space is collapsed, line
    breaks stay.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFKC", text):
        drawn = _drawn(letter)
        marks = marks + 1 if drawn in JOINERS or (drawn and unicodedata.category(drawn[0])[0] == "M") else 0
        if marks > MARKS:
            continue
        if drawn != EMOJI or kept[-1:] != [EMOJI]:  # a person, a skin tone and a heart are one picture
            kept += [drawn] if drawn else []
    lines = (" ".join(line.split()) for line in "".join(kept).split("\n"))
    return "\n".join(line for line in lines if line)


def _drawn(letter: str) -> str:
    """Return what is drawn for a letter; nothing for what only steers or hides."""
    kind = unicodedata.category(letter)
    if letter in "\n\u2028\u2029":
        return "\n"
    if kind == "Zs" or letter in "\r\t":
        return " "
    if letter in JOINERS:
        return letter
    if kind[0] == "C" or letter in VARIANTS:
        return ""
    if ord(letter) in covered():
        return letter
    if kind in ("So", "Sk"):
        return EMOJI
    return "" if kind[0] == "M" else REPLACEMENT

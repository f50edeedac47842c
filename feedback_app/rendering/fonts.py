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
REPLACEMENT = "\ufffd"
EMOJI = "[emoji]"


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
    the PDF invalid. White space is collapsed, line breaks stay.
    """
    kept: list[str] = []
    for letter in unicodedata.normalize("NFKC", text):
        kind = unicodedata.category(letter)
        if letter in "\n\u2028\u2029":
            kept.append("\n")
        elif kind == "Zs" or letter in "\r\t":
            kept.append(" ")
        elif letter in JOINERS:
            kept.append(letter)
        elif kind[0] == "C" or 0xFE00 <= ord(letter) <= 0xFE0F:
            continue
        elif ord(letter) in covered():
            kept.append(letter)
        elif kind in ("So", "Sk"):
            kept.append(f" {EMOJI} " if not "".join(kept[-1:]).strip().endswith(EMOJI) else "")
        elif kind[0] != "M":
            kept.append(REPLACEMENT)
    lines = (" ".join(line.split()) for line in "".join(kept).split("\n"))
    return "\n".join(line for line in lines if line)

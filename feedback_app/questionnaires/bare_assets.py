"""Finding text in scripts and style sheets that no translator will ever see: they are no place for any.

A page hands its script what it has to say (`data-…="{{ _("…") }}"`); a style sheet says nothing at all.
"""

import re
from collections.abc import Callable, Iterator

_WORD = re.compile(r"[^\W\d_]{2,}")
#: a comment, a pattern, or a string; whichever begins first hides the others
_PIECE = re.compile(
    r"/\*[\s\S]*?\*/|//[^\n]*"
    r"|(?<=[=(,:;!&|?{}\[])[ \t]*/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*"
    r"|\"(?P<double>(?:\\[\s\S]|[^\"\\\n])*)\"|'(?P<single>(?:\\[\s\S]|[^'\\\n])*)'|`(?P<back>(?:\\[\s\S]|[^`\\])*)`"
)
_FILLED_IN = re.compile(r"\$\{[^{}]*\}")
_STYLE_COMMENT = re.compile(r"/\*[\s\S]*?\*/")
_CONTENT = re.compile(r"(?<![\w-])content\s*:([^;}]*)")
_STYLE_STRING = re.compile(r"\"((?:\\[\s\S]|[^\"\\\n])*)\"|'((?:\\[\s\S]|[^'\\\n])*)'")
_STYLE_SIGN = re.compile(r"\\[0-9a-fA-F]{1,6}\s?")


def script_texts(source: str, reads: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Strings of a script that read as words of a language, with their lines; `reads` tells which do."""
    for match in _PIECE.finditer(source):
        text = _FILLED_IN.sub("…", match["double"] or match["single"] or match["back"] or "")
        if reads(text):
            yield source.count("\n", 0, match.start()) + 1, " ".join(text.split())


def style_texts(source: str) -> Iterator[tuple[int, str]]:
    """Words that a style sheet puts on the page (`content: "…"`), with their lines."""
    plain = _STYLE_COMMENT.sub(lambda comment: "\n" * comment.group().count("\n"), source)
    for match in _CONTENT.finditer(plain):
        for string in _STYLE_STRING.finditer(match[1]):
            text = _STYLE_SIGN.sub("", string[1] or string[2] or "")
            if _WORD.search(text):
                yield plain.count("\n", 0, match.start(1) + string.start()) + 1, " ".join(text.split())

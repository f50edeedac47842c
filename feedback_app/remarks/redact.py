"""Replacing what points to somebody by a placeholder that says what stood there."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from feedback_app.remarks.plain import folded

#: kind → what is put in its place: Dutch, whatever the language of the remark
PLACEHOLDERS = {
    "name": "[NAAM]",
    "organisation": "[ORGANISATIE]",
    "phone": "[TELEFOON]",
    "email": "[E-MAIL]",
    "url": "[WEBADRES]",
    "handle": "[ACCOUNT]",
    "iban": "[REKENING]",
    "national": "[RIJKSREGISTERNUMMER]",
    "plate": "[NUMMERPLAAT]",
    "birth": "[GEBOORTEDATUM]",
    "address": "[ADRES]",
    "other": "[WEGGELATEN]",
}
_PLACED = re.compile("|".join(map(re.escape, PLACEHOLDERS.values())))


@dataclass(frozen=True, order=True)
class Span:
    """A piece of a text that points to somebody: from `start` up to `end`."""

    start: int
    end: int
    kind: str

    @property
    def key(self) -> str:
        """The span as a form sends it."""
        return f"{self.start}-{self.end}-{self.kind}"


@dataclass(frozen=True)
class Piece:
    """A piece of a text as it is shown: plain, or a span."""

    text: str = field(repr=False)
    span: Span | None = None


def redact(text: str, spans: Iterable[Span]) -> str:
    """The text with a placeholder instead of each span; of spans that overlap the first one counts."""
    return "".join(
        piece.text if piece.span is None else PLACEHOLDERS[piece.span.kind] for piece in pieces(text, spans)
    )


def pieces(text: str, spans: Iterable[Span]) -> list[Piece]:
    """The text cut at its spans."""
    found: list[Piece] = []
    done = 0
    for span in sorted(spans):
        if span.start < done or span.end <= span.start or span.end > len(text):
            continue
        if span.start > done:
            found.append(Piece(text[done : span.start]))
        found.append(Piece(text[span.start : span.end], span))
        done = span.end
    if done < len(text):
        found.append(Piece(text[done:]))
    return found


def occurrences(text: str, words: str, kind: str) -> list[Span]:
    """Every place where these words stand, whatever capitals, accents, spaces and line breaks are in them.

    In scripts with capitals as whole words, if they are that anywhere: “An” is no part of “Anders”.
    """
    searched = folded(text)
    wanted = r"\s+".join(re.escape(one) for one in folded(words).text.split())
    if not wanted:
        return []
    cased = words.lower() != words.upper()
    whole = list(re.finditer(rf"(?<!\w){wanted}(?!\w)", searched.text)) if cased else []
    places = [searched.written(*one.span()) for one in whole or re.finditer(wanted, searched.text)]
    return merged([Span(start, _with_marks(text, end), kind) for start, end in places])


def further(text: str, words: str, kind: str) -> list[Span]:
    """Every place where these words stand, but in what stands for something that was left out before."""
    placed = [one.span() for one in _PLACED.finditer(text)]
    found = occurrences(text, words, kind if kind in PLACEHOLDERS else "other")
    return [one for one in found if not any(one.start < end and start < one.end for start, end in placed)]


def without(text: str, words: Iterable[tuple[str, str]]) -> str:
    """The text with a placeholder wherever one of these words stands, each with its kind."""
    return redact(text, merged([span for word, kind in words for span in further(text, word, kind)]))


def _with_marks(text: str, end: int) -> int:
    """The end of a piece with the accents and vowel signs that stand on its last letter."""
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def merged(spans: Sequence[Span]) -> list[Span]:
    """The spans without overlaps, in order: the earlier in the list gives the kind, both give the extent."""
    kept: list[Span] = []
    for span in spans:
        touching = [one for one in kept if one.start < span.end and span.start < one.end]
        if not touching:
            kept.append(span)
            continue
        first = touching[0]
        start = min(span.start, *(one.start for one in touching))
        end = max(span.end, *(one.end for one in touching))
        kept = [one for one in kept if one not in touching] + [Span(start, end, first.kind)]
    return sorted(kept)

"""Pointing one text out on a page: signs go round it before the page is made, and become a mark in it after.

So it is the very text that is marked, also amid a sentence or with something filled in, and without a script.
"""

import re
from dataclasses import replace

from feedback_app.questionnaires.catalogues import MESSAGES, Catalogue, Entry
from feedback_app.questionnaires.review import name_of

#: private signs, which the gate keeps out of every text
_BEGIN, _END = "\ue000", "\ue001"
_SIGNS = re.compile(f"[{_BEGIN}{_END}]")
_PIECES = re.compile(
    r"<(?P<raw>script|style|title|textarea|option)\b.*?</(?P=raw)>|<[^>]*>|[^<]+", re.DOTALL | re.IGNORECASE
)
_MARKED = '<mark id="marked">'


def signed(text: str) -> str:
    """The text between its signs."""
    return f"{_BEGIN}{text}{_END}"


def signed_in(catalogue: Catalogue, name: str) -> Catalogue:
    """The catalogue in which the entry of this name, if it is one of its own, stands between signs."""
    entries = (_signed(one) if name == name_of(MESSAGES, one) else one for one in catalogue.entries)
    return replace(catalogue, entries=tuple(entries))


def _signed(entry: Entry) -> Entry:
    return replace(entry, target=tuple(map(signed, entry.target)))


def with_mark(page: str) -> str:
    """The page with a mark for each pair of signs that a reader would see; the first has an id."""
    made = "".join(_shown(found[0]) for found in _PIECES.finditer(page))
    before, first, after = made.partition(_MARKED)
    return before + first + after.replace(_MARKED, "<mark>")


def _shown(piece: str) -> str:
    if piece.startswith("<"):
        return _SIGNS.sub("", piece)
    return piece.replace(_BEGIN, _MARKED).replace(_END, "</mark>")

"""Text as it is searched, with the place of every sign in what was written.

Arabic, Persian and other digits become those of ASCII, full-width letters the usual ones; signs without
width, which hide a number from a program but not from a reader, are left out. Every rule about personal data
looks at this, and marks what was written.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Plain:
    """`text` is searched; `places[n]` is where its sign n stands in what was written."""

    text: str
    places: tuple[int, ...]

    def written(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of `text` stands in what was written."""
        return self.places[start], self.places[end - 1] + 1


def plain(written: str) -> Plain:
    """The text with plain digits and letters, sign by sign."""
    return _mapped(written, _plain_sign)


def folded(written: str) -> Plain:
    """The same without capitals and accents, apostrophes all alike: to compare names and words."""
    return _mapped(written, _folded_sign)


def _mapped(written: str, change: Callable[[str], str]) -> Plain:
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(written):
        for one in change(sign):
            signs.append(one)
            places.append(place)
    return Plain("".join(signs), tuple(places))


def _plain_sign(sign: str) -> str:
    if unicodedata.category(sign) == "Cf":
        return ""
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    like = unicodedata.normalize("NFKC", sign)
    return like if len(like) == 1 else sign


def _folded_sign(sign: str) -> str:
    plainly = _plain_sign(sign)
    apart = unicodedata.normalize("NFKD", plainly.casefold())
    bare = "".join(one for one in apart if not unicodedata.combining(one))
    return bare.replace("’", "'").replace("ʼ", "'").replace("`", "'")

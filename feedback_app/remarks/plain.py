"""Text as it is searched, with the place of every sign in what was written.

Arabic, Persian, Ethiopic and other digits become those of ASCII, full-width letters the usual ones, hyphens
and dashes one hyphen; signs without width, which hide a number from a program but not from a reader, are left
out. Every rule about personal data looks at this, and marks what was written.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

#: what makes a picture of a digit
_PICTURED = "\ufe0f\u20e3"
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63", "-")
#: letters that Unicode does not take apart, written either way; and signs that stand for another
_ALIKE = str.maketrans(
    {
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ə": "e",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ة": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "ە": "ه",
        "ی": "ي",
        "ى": "ي",
        "ک": "ك",
        **dict.fromkeys("’‘ʼ´`", "'"),
    }
)


@dataclass(frozen=True)
class Plain:
    """`text` is searched; `places[n]` is where its sign n stands in what was written."""

    text: str = field(repr=False)
    places: tuple[int, ...]

    def written(self, start: int, end: int) -> tuple[int, int]:
        """Where a piece of `text` stands in what was written."""
        return self.places[start], self.places[end - 1] + 1


def plain(written: str) -> Plain:
    """The text with plain digits and letters, sign by sign."""
    return _mapped(written, _plain_sign)


def folded(written: str) -> Plain:
    """The same without capitals and accents, letters and apostrophes that are alike made one: to compare."""
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
    if unicodedata.category(sign) == "Cf" or sign in _PICTURED:
        return ""
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    if "\u1369" <= sign <= "\u137b":  # the Ethiopic digits have no nought, but signs for ten to a hundred
        return str(round(unicodedata.numeric(sign)))
    like = unicodedata.normalize("NFKC", sign)
    like = _DASHES.get(like, like)
    return like if len(like) == 1 else sign


def _folded_sign(sign: str) -> str:
    plainly = _plain_sign(sign)
    apart = unicodedata.normalize("NFKD", plainly.casefold().translate(_ALIKE))
    return "".join(one for one in apart if not unicodedata.combining(one)).translate(_ALIKE)

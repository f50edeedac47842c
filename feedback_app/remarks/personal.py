"""Finding what points to somebody in a remark, in any script: rather too much than too little.

A colleague looks at every find before anything is hidden or kept.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from feedback_app.remarks.plain import Plain, folded, plain
from feedback_app.remarks.redact import Span, merged
from feedback_app.remarks.words import Words
from feedback_app.trajectories.national_number import national_numbers_in

#: hidden by no name list: who writes them means something else
_SMALL = frozenset(
    [
        "de",
        "den",
        "der",
        "van",
        "von",
        "el",
        "al",
        "la",
        "le",
        "les",
        "du",
        "di",
        "da",
        "den",
        "ter",
        "ten",
        "te",
        "en",
        "&",
        "vzw",
        "vzw.",
        "het",
        "a",
        "i",
        "o",
    ]
)
_EMAIL = re.compile(r"[\w.+-]+(?:@|\s?\(at\)\s?|\s?\[at\]\s?)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_URL = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w@.])[a-z0-9-]+(?:\.[a-z0-9-]+)*"
    r"\.(?:be|com|nl|eu|org|net|me|info|fr|de|vlaanderen|brussels|gent|io|app)(?![\w.@])(?:/\S*)?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w.@])@[\w.]{2,30}")
_NETWORK = re.compile(
    r"\b(?:insta(?:gram)?|snap(?:chat)?|tik\s?tok|facebook|fb|messenger|telegram|whats\s?app|viber|signal)"
    r"\s*[:=]\s*(\S{2,40})",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[ -]?\d{2}(?:[ .-]?[A-Z0-9]){10,30}(?![A-Z0-9])", re.IGNORECASE)
_PLATE = re.compile(
    r"(?<![A-Z0-9-])(?:[1-9][ -]?[A-Z]{3}[ -]?\d{3}|[A-Z]{3}-\d{3}|[A-Z]{2}-\d{3}-[A-Z]{2})(?![A-Z0-9-])",
    re.IGNORECASE,
)
#: day and month with a year in which somebody who writes, or a child, was born (also by the Persian calendar)
_DATE = re.compile(
    r"(?<![\d/.-])(?:(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(?:(?:13|19)\d{2}|20[01]\d|\d{2})"
    r"|(?:(?:13|19)\d{2}|20[01]\d)\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{1,2})"
    r"|\d{1,2}\.?\s+[^\W\d]{3,12}\.?\s+(?:(?:13|19)\d{2}|20[01]\d))(?![\d/-])"
)
_ANY_DATE = re.compile(r"\d{1,4}\s?([/.-])\s?\d{1,2}\s?\1\s?\d{1,4}")
_YEAR = re.compile(r"(?<!\d)(?:1[39]\d{2}|20[012]\d)(?!\d)")
_DIGITS = re.compile(r"(?<![\w+])(?:\+|\(\+)?\d(?:[\s./()–-]{0,3}\d){7,14}(?!\w)")
#: how far from a word about birth a year is still a birth year
_NEAR = 24
#: what ends a name: a name after a context word has at most three words
_NAME = re.compile(r"[:\s]{1,3}((?:[^\W\d_][\w'’.-]*)(?:[ ][^\W\d_][\w'’-]*){0,2})")
_IBAN_LETTERS = {chr(letter): str(letter - 55) for letter in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True)
class Known:
    """Our own names, as they stand folded in this very text: organisations, and words of people's."""

    organisations: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


def find_personal(text: str, words: Words | None = None, known: Known | None = None) -> list[Span]:
    """What may point to somebody in a text, without overlaps and in order.

    words: those of the language it is in. What a rule about numbers knows comes first: where two finds
    overlap, the earlier rule names the kind and both are hidden.
    """
    searched, simple = plain(text), folded(text)
    spans: list[Span] = []
    for kind, find in _RULES:
        spans += [Span(*searched.written(*place), kind) for place in find(searched.text)]
    if words is not None:
        spans += [Span(*simple.written(*place), "birth") for place in _birth_years(simple.text, words.born)]
    spans += _names(simple, known or Known())
    if words is not None:
        spans += _after_context(text, simple, words)
    return merged(spans)


def _places(pattern: "re.Pattern[str]", group: int = 0) -> Callable[[str], Iterator[tuple[int, int]]]:
    return lambda text: (found.span(group) for found in pattern.finditer(text))


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """Account numbers that check out (ISO 7064, mod 97-10), and Belgian ones mistyped."""
    for found in _IBAN.finditer(text):
        for end in range(found.end(), found.start() + 14, -1):
            compact = re.sub(r"[ .-]", "", text[found.start() : end]).upper()
            whole = len(compact) >= 15 and text[end - 1].isalnum()
            if whole and (_checks(compact) or (compact.startswith("BE") and compact[2:].isdecimal())):
                yield found.start(), min(end, found.start() + _belgian_end(text, found.start(), compact))
                break


def _belgian_end(text: str, start: int, compact: str) -> int:
    """How long the account number is as it is written: sixteen signs where it is Belgian, else all."""
    if not compact.startswith("BE"):
        return len(text)
    seen = 0
    for place in range(start, len(text)):
        seen += text[place].isalnum()
        if seen == 16:
            return place - start + 1
    return len(text)


def _checks(compact: str) -> bool:
    turned = compact[4:] + compact[:4]
    number = "".join(_IBAN_LETTERS.get(sign, sign) for sign in turned)
    return number.isdecimal() and int(number) % 97 == 1


def _dates(text: str) -> Iterator[tuple[int, int]]:
    """Dates that can be: 26.14.64 is part of a number."""
    for found in _DATE.finditer(text):
        parts = [int(one) for one in found.groups() if one]
        if all(0 < one <= 31 for one in parts) and (not parts or min(parts) <= 12):
            yield found.span()


def _phones(text: str) -> Iterator[tuple[int, int]]:
    """Telephone numbers of any country as `phonenumbers` knows them, read as if dialled in Belgium."""
    import phonenumbers  # here, not above: most web processes never look at a remark, and it weighs

    for found in phonenumbers.PhoneNumberMatcher(text, "BE"):
        yield found.start, found.end


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    """Any other eight to fifteen digits in a row that are no date: somebody may have mistyped."""
    for found in _DIGITS.finditer(text):
        if not _ANY_DATE.fullmatch(found[0]):
            yield found.span()


def _birth_years(simple: str, born: Collection[str]) -> Iterator[tuple[int, int]]:
    for word in born:
        wanted = folded(word).text
        start = simple.find(wanted)
        while start >= 0:
            for found in _YEAR.finditer(simple, max(0, start - _NEAR), start + len(wanted) + _NEAR):
                yield found.span()
            start = simple.find(wanted, start + 1)


def _names(simple: Plain, known: Known) -> Iterator[Span]:
    for kind, names in (("organisation", known.organisations), ("name", known.people)):
        for name in names:
            for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", simple.text):
                yield Span(*simple.written(*found.span()), kind)


def _after_context(text: str, simple: Plain, words: Words) -> Iterator[Span]:
    """Names after words such as “mijn begeleider”: with a capital where there are any, else one word."""
    never = {folded(one).text for one in words.not_names}
    for context in words.people:
        wanted = folded(context).text
        joined = "" if wanted[0].upper() != wanted[0].lower() else r"\w?"  # “and” is written on to a word
        for place in re.finditer(rf"(?<!\w){joined}{re.escape(wanted)}(?=[:\s])", simple.text):
            found = _NAME.match(simple.text, place.end())
            if not found:
                continue
            span = _name_in(text, simple, found.span(1), never)
            if span:
                yield span


def _name_in(text: str, simple: Plain, place: tuple[int, int], never: Collection[str]) -> Span | None:
    """The words of a candidate that can be a name."""
    start, end = place
    kept = start
    cased = text[simple.places[start]].lower() != text[simple.places[start]].upper()
    for number, word in enumerate(re.finditer(r"\S+", simple.text[start:end])):
        written = text[simple.places[start + word.start()]]
        bare = word[0].strip(".,;:!?،؛؟።፣")
        if bare in never or (cased and not written.isupper() and bare not in _SMALL):
            break
        if not cased and number:
            break
        kept = start + word.start() + len(bare)
    return Span(*simple.written(start, kept), "name") if kept > start else None


#: in order: what an earlier rule finds, a later one does not call something else
_RULES: tuple[tuple[str, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    ("email", _places(_EMAIL)),
    ("url", _places(_URL)),
    ("iban", _ibans),
    ("national", national_numbers_in),
    ("phone", _phones),
    ("birth", _dates),
    ("phone", _numbers),
    ("plate", _places(_PLATE)),
    ("handle", _places(_HANDLE)),
    ("handle", _places(_NETWORK, 1)),
)


def names_to_look_for(name: str) -> Iterator[str]:
    """The words of a person's name by which a remark may call them, folded."""
    for word in re.findall(r"[\w'-]+", folded(name).text):
        if len(word) > 2 and word not in _SMALL:
            yield word


def words_in(text: str) -> set[str]:
    """The words of a text, folded."""
    return set(re.findall(r"[\w'-]+", folded(text).text))

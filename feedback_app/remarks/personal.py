"""Finding what points to somebody in a remark, in any script: rather too much than too little.

A colleague looks at every find before anything is hidden or kept.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from feedback_app.remarks.plain import Plain, folded, plain
from feedback_app.remarks.redact import Span, merged
from feedback_app.remarks.spellings import RULES, near
from feedback_app.remarks.words import Words

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
#: “is” and “heet” between a word such as “mijn begeleider” and the name
_LINKS = (
    *(
        "is",
        "was",
        "heet",
        "heette",
        "genaamd",
        "named",
        "called",
        "est",
        "es",
        "é",
        "jest",
        "este",
        "s'appelle",
    ),
    *(r"se\sllama", r"se\schama", r"si\schiama", "зовут", "звати", "هو", "هي", "اسمه", "اسمها"),
)
_LINK = rf"(?:(?:{'|'.join(_LINKS)})(?:\s|:\s?))?"
#: what may stand around and in a name: at most three words
_NAME = re.compile(
    rf"[:,،(\"“„«'\s-]{{1,4}}{_LINK}[(\"“„«']?((?:[^\W\d_][\w'-]{{0,40}}\.?)(?:\s[^\W\d_][\w'-]{{0,40}}){{0,2}})"
)
#: a name without capital stands right behind the word, before one of these or at an end
_PLAIN_GAP = re.compile(r"\s?:?\s{1,2}")
#: a verb that somebody must stand before
_VERBS = frozenset(
    (
        *(
            "is",
            "was",
            "heeft",
            "had",
            "zei",
            "hielp",
            "helpt",
            "heet",
            "kwam",
            "kon",
            "has",
            "said",
            "helped",
            "helps",
        ),
        *(
            "est",
            "etait",
            "avait",
            "es",
            "era",
            "fue",
            "tiene",
            "estaba",
            "foi",
            "estava",
            "tem",
            "jest",
            "byl",
            "byla",
        ),
        *("este", "ishte", "eshte", "waa"),
    )
)
#: after these stands a name and hardly anything else
_OWN_NAME = ("naam", "nom", "name", "nombre", "nome", "adim", "imie", "imi")
_OWN_CALL = (
    r"ik\sheet",
    r"je\sm'appelle",
    r"me\sllamo",
    r"\S+\sam\scalled",
    r"меня\sзовут",
    r"мене\sзвати",
    r"мене\sзвуть",
)
_CALLED = re.compile(rf"(?:{'|'.join(_OWN_NAME)})\s?(?:is|est|es|e)?$|^(?:{'|'.join(_OWN_CALL)})$")
#: a genitive, and in Arabic letters what is written on to the next word: and, so, with, for
_SUFFIX = r"(?:s(?!\w))?"
_PREFIX = "[وفبل]?"
_ARABIC = re.compile(r"[\u0600-\u06ff]")
#: “mevr.” and its like
_ABBREVIATED = 4
#: “on” in Arabic, and a name, which many write alike
_ALSO_NAMES = {folded("على").text}
WORD = re.compile(r"[^\W_]+")


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
    for kind, find in RULES:
        spans += [Span(*searched.written(*place), kind) for place in find(searched.text)]
    if words is not None:
        spans += [Span(*simple.written(*place), "birth") for place in _birth_years(simple.text, words.born)]
    spans += _names(simple, known or Known())
    if words is not None:
        spans += _after_context(text, simple, words)
    return merged(spans)


def _birth_years(simple: str, born: Collection[str]) -> Iterator[tuple[int, int]]:
    for word in born:
        wanted = folded(word).text
        start = simple.find(wanted)
        while start >= 0:
            yield from near(simple, start, start + len(wanted))
            start = simple.find(wanted, start + len(wanted))


def _names(simple: Plain, known: Known) -> Iterator[Span]:
    """Our names as words, whatever stands between them; of people several words in a row are one find."""
    patterns = [("organisation", _in_words(name)) for name in known.organisations]
    if known.people:
        one = "|".join(map(_called, sorted(known.people, key=len, reverse=True)))
        patterns.append(("name", rf"(?<![^\W_])(?:{one})(?:[\s'-]{{1,3}}(?:{one}))*(?![^\W_])"))
    for kind, pattern in patterns:
        for found in re.finditer(pattern, simple.text):
            yield Span(*simple.written(*found.span()), kind)


def _in_words(name: str) -> str:
    words = r"[\W_]{1,4}".join(map(re.escape, WORD.findall(name)))
    return rf"(?<![^\W_]){_PREFIX if _ARABIC.search(name) else ''}{words}(?![^\W_])"


def _called(word: str) -> str:
    return rf"{_PREFIX}{re.escape(word)}" if _ARABIC.search(word) else rf"{re.escape(word)}{_SUFFIX}"


def _after_context(text: str, simple: Plain, words: Words) -> Iterator[Span]:
    """Names after words such as “mijn begeleider”: with a capital where there are any, else up to three."""
    never = {folded(one).text for one in (*words.not_names, *words.common)} - _ALSO_NAMES
    for context in words.people:
        wanted = folded(context).text
        uncased = wanted[0].upper() == wanted[0].lower()
        dot = r"\.?" if len(wanted) <= _ABBREVIATED else ""
        joined = r"\w?" if uncased else ""  # “and” is written on to a word
        for place in re.finditer(rf"(?<!\w){joined}{_spaced(wanted)}(?!\w){dot}", simple.text):
            found = _NAME.match(simple.text, place.end())
            span = _name_in(text, simple, found.span(1), never) if found else None
            if span is None and not uncased:
                span = _uncapitalised(simple, place.end(), never, called=bool(_CALLED.search(wanted)))
            if span:
                yield span


def _spaced(words: str) -> str:
    return r"\s{1,3}".join(map(re.escape, words.split()))


def _name_in(text: str, simple: Plain, place: tuple[int, int], never: Collection[str]) -> Span | None:
    """The words of a candidate that can be a name: after punctuation there are no more."""
    start, end = place
    kept = start
    cased = text[simple.places[start]].lower() != text[simple.places[start]].upper()
    shouted = cased and text[: simple.places[start]].isupper()
    for number, word in enumerate(re.finditer(r"\S+", simple.text[start:end])):
        bare = word[0].strip(".,;:!?،؛؟።፣'")
        capital = cased and text[simple.places[start + word.start()]].isupper()
        if (bare in never and not (capital and bare in _SMALL)) or _joins(bare, number):
            break
        if cased and not capital and bare not in _SMALL:
            break
        kept = start + word.start() + len(bare)
        if (shouted or not cased) and bare != word[0]:
            break
    if set(simple.text[start:kept].split()) <= _SMALL:
        return None
    return Span(*simple.written(start, kept), "name")


def _joins(word: str, number: int) -> bool:
    """Whether an Arabic word after the first begins with “and”: then it is no part of the name."""
    return number > 0 and word[:1] == "و" and len(word) > _ABBREVIATED - 1


def _uncapitalised(simple: Plain, place: int, never: Collection[str], *, called: bool) -> Span | None:
    """A word that can only be a name: after “mijn naam is”, or before a verb that needs one."""
    gap = _PLAIN_GAP.match(simple.text, place)
    listed = list(re.finditer(r"[^\W\d_][\w'-]*", simple.text[gap.end() : gap.end() + 90])) if gap else []
    if not gap or not listed or listed[0].start() or listed[0][0] in never or listed[0][0] in _SMALL:
        return None
    following = listed[1][0] if len(listed) > 1 else ""
    ends = not re.match(r"\s*\w", simple.text[gap.end() + listed[0].end() :])
    if not (called or ends or following in _VERBS):
        return None
    return Span(*simple.written(gap.end(), gap.end() + listed[0].end()), "name")


def names_to_look_for(name: str) -> Iterator[str]:
    """The words of a person's name by which a remark may call them, folded."""
    simple = folded(name).text
    joined = (f"{first}{second}" for first, second in re.findall(r"\b(\w)'(\w{3,})", simple))
    for word in (*WORD.findall(simple), *joined):
        if len(word) > 2 and word not in _SMALL:
            yield word


def words_in(text: str) -> set[str]:
    """The words of a text, folded, also without a genitive or what Arabic writes on to them."""
    words = WORD.findall(folded(text).text)
    bare = {word[1:] for word in words if word[0] in "وفبل"} | {
        word[:-1] for word in words if word[-1] == "s"
    }
    return {*words, *bare}

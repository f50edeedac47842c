"""In which language a remark is: its script first, its writer's choice as prior, words last.

No model: letters that only one of our languages writes, and its most frequent words. It confirms or doubts;
a colleague decides. Between Dari and Persian of Iran nothing is told apart: the choice stands.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from feedback_app.remarks.plain import folded

LATIN, CYRILLIC, ARABIC, ETHIOPIC = "LATIN", "CYRILLIC", "ARABIC", "ETHIOPIC"

SCRIPTS = {
    **dict.fromkeys(("ar", "fa", "fa_AF", "ps", "ckb", "ur"), ARABIC),
    **dict.fromkeys(("uk", "ru", "bg"), CYRILLIC),
    "ti": ETHIOPIC,
}
#: letters that of our languages with a script only these write
_LETTERS = {
    "ps": "ټډړږښڼېۍځڅګ",
    "ur": "ٹڈڑںےھہ",
    "ckb": "ڕڵۆێە",
    "ar": "ةيىكأإؤ",
    "uk": "іїєґ",
    "ru": "ыэё",
}
#: letters of several, and of which; ی and ک are neither Arabic nor, by themselves, one of the others
_SHARED = {"پچژگ": ("fa", "fa_AF", "ps", "ckb", "ur"), "کی": ("fa", "fa_AF", "ps", "ckb", "ur")}
#: languages that are written alike, so that the writer's choice stands
_ALIKE = ({"fa", "fa_AF"},)
#: with fewer words than this hardly anything can be said
_ENOUGH = 2


@dataclass(frozen=True)
class Guess:
    """The language a remark seems to be in; `sure` when script, letters or words speak for the one chosen."""

    language: str
    sure: bool


def scripts_in(text: str) -> Counter[str]:
    """How many letters of each script stand in a text."""
    found: Counter[str] = Counter()
    for sign in text:
        if sign.isalpha():
            found[unicodedata.name(sign, "").partition(" ")[0]] += 1
    return found


def guess(text: str, chosen: str, common: Mapping[str, Collection[str]]) -> Guess:
    """The language of a text whose writer chose `chosen`; `common` holds frequent words by language."""
    seen = scripts_in(text)
    if not seen:
        return Guess(chosen, sure=False)
    script = seen.most_common(1)[0][0]
    able = [key for key in common if SCRIPTS.get(key, LATIN) == script]
    if not able:
        return Guess(chosen, sure=False)
    if len(able) == 1:
        return Guess(able[0], sure=able[0] == chosen)
    scores = {key: _score(text, key, common[key], able) for key in able}
    best = max(scores, key=lambda key: (scores[key], key == chosen))
    if chosen in scores and (_alike(best, chosen) or scores[chosen] >= scores[best]):
        return Guess(chosen, sure=scores[chosen] >= _ENOUGH)
    if chosen in scores and scores[best] < scores[chosen] + _ENOUGH:
        return Guess(chosen, sure=False)
    return Guess(best, sure=False)


def _score(text: str, key: str, common: Collection[str], able: Iterable[str]) -> float:
    """How much speaks for a language: points for frequent words and own letters, less others'."""
    words = [word.strip('.,;:!?()"«»“”،؟።፡፣') for word in folded(text).text.split()]
    known = {folded(one).text for one in common}
    points = float(sum(word in known for word in words))
    lower = text.casefold()
    for other in able:
        own = sum(lower.count(letter) for letter in _LETTERS.get(other, ""))
        points += min(own, 5) if other == key else -min(own, 3) * (key not in _LETTERS or own > 1)
    for letters, languages in _SHARED.items():
        if key == "ar" and key not in languages:
            points -= min(3, sum(lower.count(letter) for letter in letters))
    return points


def _alike(one: str, other: str) -> bool:
    return one == other or any({one, other} <= group for group in _ALIKE)

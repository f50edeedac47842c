"""Which themes a remark may be about, by the words of the codebook; a colleague decides."""

from collections import Counter

from feedback_app.remarks.plain import folded
from feedback_app.remarks.scripts import ARABIC, ETHIOPIC, SCRIPTS
from feedback_app.remarks.words import Words

#: so many themes are suggested at most
MOST = 2


def suggest(text: str, language: str, words: Words | None) -> tuple[str, ...]:
    """At most two themes, the likeliest first; none where no word of the codebook stands in the text."""
    if words is None:
        return ()
    searched = _searched(text)
    inside = SCRIPTS.get(language) in (ARABIC, ETHIOPIC)  # there articles and prepositions are written on
    points: Counter[str] = Counter()
    for theme, listed in words.themes.items():
        for word in listed:
            wanted = folded(word).text.strip()
            if (wanted if inside and len(wanted) > 2 else f" {wanted}") in searched:
                points[theme] += 1 + wanted.count(" ")  # several words in a row say more
    ranked = sorted(points, key=lambda theme: (-points[theme], theme))
    return tuple(ranked[:MOST])


def _searched(text: str) -> str:
    """The text with one space before each word, so that a beginning can be looked for."""
    bare = "".join(sign if sign.isalnum() or sign in "'-" else " " for sign in folded(text).text)
    return " " + " ".join(bare.split())

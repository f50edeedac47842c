"""What the page of one remark shows: its text with the finds marked, its language, likely themes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from feedback_app.questionnaires.loading import SurveysRefused
from feedback_app.remarks.names import known_in
from feedback_app.remarks.personal import find_personal
from feedback_app.remarks.redact import Piece, Span, further, merged, pieces, redact
from feedback_app.remarks.scripts import Guess, guess
from feedback_app.remarks.suggest import suggest
from feedback_app.remarks.words import Words, load_words
from feedback_app.responses.models import Remark


@dataclass(frozen=True)
class Choice:
    """What a colleague chose to hide: finds by their keys (None: all), and words with what they are.

    typed: what stands in the fields beside it, where words may stand too.
    """

    hide: frozenset[str] | None = None
    more: tuple[tuple[str, str], ...] = ()
    typed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One remark as it is looked at; `hidden` spans go, `absent` words stand nowhere in it."""

    found: tuple[Span, ...]
    hidden: tuple[Span, ...]
    marked: tuple[Piece, ...]
    result: str
    absent: tuple[str, ...]
    guess: Guess
    suggested: tuple[str, ...]

    @property
    def left(self) -> tuple[Span, ...]:
        """Finds that stay."""
        return tuple(
            one
            for one in self.found
            if not any(gone.start <= one.start and one.end <= gone.end for gone in self.hidden)
        )

    @property
    def kinds_left(self) -> set[str]:
        """What kinds of personal data seem to stay."""
        return {one.kind for one in self.left}


def read(session: Session, surveys_dir: Path, remark: Remark, choice: Choice) -> Reading:
    """Look at a remark; of what somebody looked at before nothing is marked, but more can be hidden.

    Then words may stand in the translation or the quote alone, where a name is written in other letters.
    """
    words = words_of(surveys_dir)
    text = remark.text or remark.redacted
    seems = _language(remark, text, words)
    found = find_personal(text, words.get(seems.language), known_in(session, text)) if remark.text else []
    hidden = [one for one in found if choice.hide is None or one.key in choice.hide]
    asked = [further(text, word, kind) for word, kind in choice.more]
    extra = [span for places in asked for span in places]
    gone = merged([*extra, *hidden])
    beside = () if remark.text else (*choice.typed, *kept_texts(remark))
    kept = [one for one in found if not any(one.start < span.end and span.start < one.end for span in gone)]
    return Reading(
        found=tuple(found),
        hidden=tuple(gone),
        marked=tuple(pieces(text, [*gone, *kept])),
        result=redact(text, gone),
        absent=tuple(
            word
            for (word, kind), places in zip(choice.more, asked, strict=True)
            if not places and not any(further(one, word, kind) for one in beside)
        ),
        guess=seems,
        suggested=_suggested(remark, text, seems.language, words),
    )


def kept_texts(remark: Remark) -> tuple[str, ...]:
    """All that is kept of a remark beside its text."""
    return remark.translation, remark.draft, remark.quote, remark.quote_original


def personal_in(session: Session, surveys_dir: Path, texts: Sequence[str], language: str) -> set[str]:
    """What kinds of personal data seem to stand in what a colleague typed, by the words of its language."""
    words = words_of(surveys_dir).get(language)
    return {one.kind for text in texts if text for one in find_personal(text, words, known_in(session, text))}


def words_of(surveys_dir: Path) -> Mapping[str, Words]:
    """The words of every language; none where the files have a fault, which `surveys check` tells."""
    try:
        return load_words(surveys_dir)
    except SurveysRefused:
        return {}


def _language(remark: Remark, text: str, words: Mapping[str, Words]) -> Guess:
    if remark.language:
        return Guess(remark.language, sure=True)
    return guess(text, remark.locale, {key: one.common for key, one in words.items()})


def _suggested(remark: Remark, text: str, language: str, words: Mapping[str, Words]) -> tuple[str, ...]:
    """Those of the worker's model where it is installed, else by the words of the codebook."""
    if remark.suggested:
        return tuple(remark.suggested.split())
    return suggest(text, language, words.get(language))

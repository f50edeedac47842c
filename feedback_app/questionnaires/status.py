"""How far every questionnaire is in every language: what the command and the translators' page both show."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from feedback_app.languages import SOURCE, all_languages
from feedback_app.questionnaires.approval import State, state_of
from feedback_app.questionnaires.audio import SPOKEN, Coverage, coverage
from feedback_app.questionnaires.catalogues import (
    DOMAINS,
    MESSAGES,
    SURVEYS,
    CatalogueUnreadable,
    Entry,
    locales,
    meets,
    needs,
    path_of,
    read,
)
from feedback_app.questionnaires.definition import Survey
from feedback_app.questionnaires.loading import load_surveys
from feedback_app.questionnaires.readiness import (
    Readiness,
    Shelf,
    Why,
    pages_readiness,
    survey_readiness,
)
from feedback_app.questionnaires.text_gates import keeps_all


@dataclass(frozen=True)
class Row:
    """One questionnaire, or with `messages` the pages round them, in one language.

    `reviewed` counts approved texts too; recordings are counted per different text that is translated.
    """

    survey: str
    language: str
    readiness: Readiness
    reviewed: int
    approved: int
    audio: Coverage

    @property
    def missing(self) -> int:
        """How many texts have no translation."""
        return self.readiness.needed - self.readiness.translated - self.readiness.fuzzy


def rows(shelf: Shelf) -> Iterator[Row]:
    """Every row of the languages that have a catalogue; raises SurveysRefused."""
    for locale, ready in pages_readiness(shelf).items():
        yield _row(shelf, MESSAGES, None, locale, ready)
    for key, survey in load_surveys(shelf.surveys_dir).items():
        for locale, ready in survey_readiness(shelf, survey).items():
            yield _row(shelf, key, survey, locale, ready)


def rows_of_every_language(shelf: Shelf) -> list[Row]:
    """The same, with a row for each known language that should have a catalogue and has none."""
    found = list(rows(shelf))
    begun = locales(shelf.translations_dir)
    nothing = Readiness(False, Why.NO_CATALOGUE, "")
    for survey in dict.fromkeys(row.survey for row in found):
        asked = Entry(f"{survey}.title", ("",))
        found += [
            Row(survey, key, nothing, 0, 0, Coverage(0, 0))
            for key in all_languages()
            if key not in (SOURCE, *begun) and (survey == MESSAGES or needs(key, SURVEYS, asked))
        ]
    return found


def kept_whole(translations_dir: Path) -> Iterator[tuple[str, str, str]]:
    """(language, Dutch, reason) of each text that may stay as it is in the Dutch, which no check looks at."""
    for locale in (key for key in locales(translations_dir) if key != SOURCE):
        for domain in DOMAINS:
            try:
                entries = read(path_of(translations_dir, locale, domain)).entries
            except (FileNotFoundError, CatalogueUnreadable):
                continue
            for entry in entries:
                if reason := keeps_all(entry):
                    yield locale, entry.source[0], reason


def _row(shelf: Shelf, name: str, survey: Survey | None, locale: str, ready: Readiness) -> Row:
    audio = Coverage(0, 0)
    if survey and survey.key in SPOKEN:
        audio = coverage(shelf.surveys_dir, shelf.translations_dir, survey, locale)
    if locale == SOURCE:
        return Row(name, locale, ready, ready.needed, ready.needed, audio)
    states = [state_of(entry) for entry in _entries(shelf, name, survey, locale)]
    approved = states.count(State.APPROVED)
    return Row(name, locale, ready, states.count(State.REVIEWED) + approved, approved, audio)


def _entries(shelf: Shelf, name: str, survey: Survey | None, locale: str) -> Iterable[Entry]:
    domain = SURVEYS if survey else MESSAGES
    try:
        entries = read(path_of(shelf.translations_dir, locale, domain)).entries
    except (FileNotFoundError, CatalogueUnreadable):
        return ()
    if survey is None:
        return [entry for entry in entries if meets(locale, entry)]
    asked = {one.context for one in survey.source_texts()}  # not what a region adds
    types = "" if survey.audience == "staff" else "offer_type"
    return [one for one in entries if one.context in asked or (one.context or "").split(".")[0] == types]

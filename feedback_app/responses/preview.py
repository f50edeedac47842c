"""What colleagues can look at before anybody is asked: a questionnaire as its files stand, in any language.

Nothing is frozen and nothing stored. A language whose texts are not all there is not shown at all, so that
nobody takes a page in two languages for the real one; what is missing is named instead.
"""

from dataclasses import dataclass, replace
from functools import cached_property

from feedback_app.languages import SOURCE, Language, all_languages, language
from feedback_app.questionnaires.audio import SPOKEN, Coverage, coverage
from feedback_app.questionnaires.catalogues import (
    MESSAGES,
    SURVEYS,
    CatalogueUnreadable,
    Entry,
    meets,
    needs,
    path_of,
    read,
    survey_texts,
    template_path,
)
from feedback_app.questionnaires.compiling import compiled
from feedback_app.questionnaires.definition import Survey
from feedback_app.questionnaires.loading import Code, load_codes
from feedback_app.questionnaires.readiness import (
    EVERY_DRAFT,
    Readiness,
    Shelf,
    Why,
    survey_ready,
    written_pages,
)
from feedback_app.questionnaires.review import name_of
from feedback_app.questionnaires.versions import (
    Version,
    fingerprint_of,
    texts_of_files,
    version_of,
    version_of_files,
)
from feedback_app.responses.document import Asked, Kind
from feedback_app.responses.pointing import signed, signed_in
from feedback_app.settings import Settings
from feedback_app.web.locale import use_language, use_texts

#: the questionnaires that have a respondent's page: those that can be read aloud
SURVEY_KEYS = SPOKEN

_NOTHING = Readiness(False, Why.NO_CATALOGUE, "")


@dataclass(frozen=True)
class Gap:
    """A Dutch text that a language lacks; `place` is its context, or "" for a text of the pages round it."""

    place: str
    dutch: str


@dataclass(frozen=True)
class Preview:
    """One questionnaire in one language, as its files stand now."""

    settings: Settings
    version: Version
    language: Language
    readiness: Readiness

    @property
    def survey_key(self) -> str:
        """Which questionnaire."""
        return self.version.survey.key

    @cached_property
    def recorded(self) -> Coverage:
        """How many of its texts have a recorded voice."""
        shelf = Shelf.of(self.settings)
        return coverage(shelf.surveys_dir, shelf.translations_dir, self.version.survey, self.language.key)

    @cached_property
    def offer_types(self) -> tuple[Code, ...]:
        """The kinds of activity that can be filled in."""
        return load_codes(self.settings.surveys_dir).offer_types

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """What is not translated, or no longer of exactly this Dutch; in the order of the page."""
        if self.language.key == SOURCE:
            return ()
        folder, key = self.settings.texts_dir, self.language.key
        there = survey_texts(folder, key)
        asked = [Gap(*one) for one in self.version.dutch.items() if one not in there]
        return (*asked, *(Gap("", entry.source[0]) for entry in _lacking(self.settings, key)))

    @cached_property
    def texts(self) -> dict[str, str] | None:
        """Every text by context; None when the page would be partly in another language."""
        drafts = replace(Shelf.of(self.settings), draft_languages=frozenset({EVERY_DRAFT}))
        round_it = written_pages(drafts, self.language.key)
        if not round_it.offered or self.gaps:
            return None
        return texts_of_files(self.settings, self.version, self.language.key)

    def ask(self, offer_type: str, mark: str = "") -> Asked | None:
        """What the page asks, from which nothing is ever stored; None when it cannot be shown.

        `mark` names a text that stands between signs.

        The rest of the request speaks its language. Its fingerprint covers the texts of this language, so
        that no page or form of what was frozen under the same Dutch is taken for it, nor it for that.
        """
        if self.texts is None:
            return None
        speak_as_written(self.settings, self.language.key, mark)
        texts = {
            context: signed(text) if mark and mark == self._name(context) else text
            for context, text in self.texts.items()
        }
        fingerprint = fingerprint_of(self.version.survey, texts) + mark
        version = replace(self.version, fingerprint=fingerprint)
        known = [code.key for code in self.offer_types]
        kind = offer_type if offer_type in known else known[0]
        return Asked(version, self.language.key, version.languages, texts, kind, Kind.PREVIEW)

    def _name(self, context: str) -> str:
        return name_of(SURVEYS, Entry(context, (self.version.dutch[context],)))


def speak_as_written(settings: Settings, locale: str, mark: str = "") -> None:
    """Let the request say what the files propose, where it is not served yet; `mark` names a text to sign."""
    use_language(locale)
    try:
        written = read(path_of(settings.texts_dir, locale, MESSAGES))
    except FileNotFoundError:
        return  # Dutch needs no catalogue
    use_texts(compiled(signed_in(written, mark)))


def previews(settings: Settings, survey_key: str, edition: Survey | None = None) -> dict[str, Preview]:
    """Every language that this questionnaire is meant for, with how far it is; raises SurveysRefused.

    edition: that of one region, instead of what everybody is asked.
    """
    version = version_of(settings, edition) if edition else version_of_files(settings, survey_key)
    ready = survey_ready(settings, version.survey)
    asked = Entry(f"{survey_key}.title", ("",))
    return {
        key: Preview(settings, version, language(key), ready.get(key, _NOTHING))
        for key in all_languages()
        if needs(key, SURVEYS, asked)
    }


def _lacking(settings: Settings, locale: str) -> list[Entry]:
    """The texts of the pages round a questionnaire that this language does not have."""
    try:
        needed = read(template_path(settings.texts_dir, MESSAGES)).entries
        there = read(path_of(settings.texts_dir, locale, MESSAGES)).by_key
    except (FileNotFoundError, CatalogueUnreadable):
        return []  # that there is no catalogue is said as such
    found = ((entry, there.get(entry.key)) for entry in needed if meets(locale, entry))
    return [entry for entry, has in found if has is None or not has.complete or has.source != entry.source]

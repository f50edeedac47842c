"""Which languages a respondent may be offered: whole, up to date and reviewed, or a draft switched on.

A page is never partly in another language, so one text that is missing or outdated takes the whole language
off offer; so does one that a page could not show, which counts as held back whoever wrote it. Questions count
as the `.po` stands, for they are frozen with a version. The pages round them count as they are served, from
the `.mo`: what translators change takes no language away from who is answering. Dutch is always there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from feedback_app.languages import SOURCE, all_languages, find
from feedback_app.questionnaires.catalogues import (
    DRAFT,
    MESSAGES,
    REVIEWED,
    SURVEYS,
    Catalogue,
    CatalogueUnreadable,
    Entry,
    locales,
    needs,
    offer_type_context,
    path_of,
    read,
    stamp,
    template_path,
)
from feedback_app.questionnaires.compiling import is_whole, page_texts, served
from feedback_app.questionnaires.definition import Survey
from feedback_app.questionnaires.loading import load_codes
from feedback_app.questionnaires.text_gates import usable
from feedback_app.settings import Settings

#: In FEEDBACK_DRAFT_LANGUAGES: every draft.
EVERY_DRAFT = "all"


class Why(StrEnum):
    """Why a language is not offered; words for it belong to whoever shows it."""

    OFFERED = ""
    NO_CATALOGUE = "no_catalogue"
    MISSING = "missing"
    OUTDATED = "outdated"
    UNREVIEWED = "unreviewed"
    NOT_COMPILED = "not_compiled"
    PAGES_NOT_READY = "pages_not_ready"


@dataclass(frozen=True)
class Readiness:
    """Whether a language is offered and, if not, the first reason; counts are of texts it needs.

    `waiting` says why pages still show an earlier wording than the catalogue has.
    """

    offered: bool
    why: Why
    review_state: str
    needed: int = 0
    translated: int = 0
    fuzzy: int = 0
    waiting: Why = Why.OFFERED


@dataclass(frozen=True)
class Shelf:
    """Where texts lie and which drafts an agency switched on: all that readiness depends on."""

    translations_dir: Path
    surveys_dir: Path
    draft_languages: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> "Shelf":
        """The shelf of an installation."""
        return cls(settings.texts_dir, settings.surveys_dir, settings.draft_languages)

    def switched_on(self, locale: str) -> bool:
        """Whether the agency offers this language although it is a draft."""
        return EVERY_DRAFT in self.draft_languages or locale in map(find, self.draft_languages)

    def lets(self, locale: str, state: str) -> bool:
        """Whether a language may be offered in this state."""
        return state == REVIEWED or (state == DRAFT and self.switched_on(locale))


def ui_ready(settings: Settings) -> frozenset[str]:
    """The languages in which every respondent page speaks; cheap enough to ask in each request."""
    return frozenset(key for key, ready in pages_readiness(Shelf.of(settings)).items() if ready.offered)


def respondent_languages(settings: Settings) -> list[str]:
    """The same in the order in which they are offered."""
    ready = ui_ready(settings)
    return [key for key in all_languages() if key in ready]


def text_stamps(settings: Settings) -> tuple[object, ...]:
    """What changes when a catalogue of the pages or a folder of recordings changes; forty looks at files."""
    return _stamps(settings.texts_dir), tuple(map(stamp, _recordings(settings.surveys_dir)))


def survey_ready(settings: Settings, survey: Survey) -> dict[str, Readiness]:
    """For every language that needs this questionnaire, whether it may be offered in it as it now stands."""
    return survey_readiness(Shelf.of(settings), survey)


def pages_readiness(shelf: Shelf) -> dict[str, Readiness]:
    """Readiness of the respondents' pages by language; looked up again only when a file changed."""
    return _pages(shelf, _stamps(shelf.translations_dir))


def written_pages(shelf: Shelf, locale: str) -> Readiness:
    """Readiness of the respondents' pages as the files stand, for who looks at what is proposed."""
    needed = page_texts(path_of(shelf.translations_dir, locale, MESSAGES))
    return _readiness(shelf, locale, MESSAGES, needed)


def survey_readiness(shelf: Shelf, survey: Survey) -> dict[str, Readiness]:
    """Readiness of one questionnaire, and for respondents of the pages round it, by language."""
    needed = [Entry(one.context, (one.text,)) for one in survey.source_texts()]
    if survey.audience != "staff":
        offer_types = load_codes(shelf.surveys_dir).offer_types
        needed += [Entry(offer_type_context(code.key), (code.label,)) for code in offer_types]
    pages, wanted = pages_readiness(shelf), tuple(needed)
    found = {}
    for locale in dict.fromkeys([SOURCE, *locales(shelf.translations_dir)]):
        if not all(needs(locale, SURVEYS, entry) for entry in needed):
            continue
        ready = _asked(shelf, locale, wanted, stamp(path_of(shelf.translations_dir, locale, SURVEYS)))
        if ready.offered and survey.audience != "staff" and not pages[locale].offered:
            ready = _because(ready, Why.PAGES_NOT_READY)
        found[locale] = ready
    return found


@lru_cache(maxsize=32)
def _recordings(surveys_dir: Path) -> tuple[str, ...]:
    """The folders that recordings lie in."""
    audio = surveys_dir / "audio"
    return str(audio), *(str(audio / key) for key in all_languages())


@lru_cache(maxsize=32)
def _watched(translations_dir: Path, _stamp: tuple[int, int]) -> tuple[str, ...]:
    """The files on which the pages' readiness depends; a new language changes its parent folder's stamp."""
    known = [key for key in all_languages() if key != SOURCE and (translations_dir / key).is_dir()]
    paths = [path_of(translations_dir, locale, MESSAGES) for locale in known]
    every = [template_path(translations_dir, MESSAGES), *paths, *(path.with_suffix(".mo") for path in paths)]
    return tuple(map(str, every))


def _stamps(translations_dir: Path) -> tuple[tuple[int, int], ...]:
    return tuple(stamp(path) for path in _watched(translations_dir, stamp(translations_dir)))


@lru_cache(maxsize=32)
def _pages(shelf: Shelf, _stamps: tuple[tuple[int, int], ...]) -> dict[str, Readiness]:
    found = {}
    for locale in dict.fromkeys([SOURCE, *locales(shelf.translations_dir)]):
        needed = page_texts(path_of(shelf.translations_dir, locale, MESSAGES))
        ready = _readiness(shelf, locale, MESSAGES, needed)
        found[locale] = ready if locale == SOURCE else _as_served(shelf, locale, needed, ready)
    return found


@lru_cache(maxsize=128)
def _asked(shelf: Shelf, locale: str, needed: tuple[Entry, ...], _stamp: tuple[int, int]) -> Readiness:
    """Readiness of what is asked; weighed again only when its file changed."""
    return _readiness(shelf, locale, SURVEYS, needed)


def _as_served(shelf: Shelf, locale: str, needed: list[Entry], ready: Readiness) -> Readiness:
    """What holds for pages as they speak now, beside how far their catalogue is."""
    if not needed:
        return _because(ready, Why.NO_CATALOGUE)
    path = path_of(shelf.translations_dir, locale, MESSAGES)
    now = served(path)
    if now is None or not is_whole(now, needed) or not shelf.lets(locale, now.state):
        return _because(ready, Why.NOT_COMPILED) if ready.offered else ready
    catalogue = _read_or_none(path)
    written = catalogue.by_key if catalogue else {}
    waiting = Why.OFFERED
    if any(one.key not in written or written[one.key].target != now.by_key[one.key].target for one in needed):
        less_reviewed = now.state == REVIEWED and ready.review_state != REVIEWED
        waiting = ready.why or (Why.UNREVIEWED if less_reviewed else Why.NOT_COMPILED)
    return replace(ready, offered=True, why=Why.OFFERED, waiting=waiting)


def _readiness(shelf: Shelf, locale: str, domain: str, needed: Iterable[Entry]) -> Readiness:
    needed = list(needed)
    if locale == SOURCE:
        return Readiness(True, Why.OFFERED, REVIEWED, len(needed), len(needed))
    catalogue = _read_or_none(path_of(shelf.translations_dir, locale, domain))
    if catalogue is None:
        return Readiness(False, Why.NO_CATALOGUE, DRAFT, len(needed))
    entries = [_exactly(catalogue, entry) for entry in needed]
    translated = sum(1 for entry in entries if entry and entry.complete and usable(entry))
    fuzzy = sum(1 for entry in entries if entry and (entry.fuzzy or (entry.complete and not usable(entry))))
    why = Why.OFFERED
    if translated + fuzzy < len(needed):
        why = Why.MISSING
    elif fuzzy:
        why = Why.OUTDATED
    elif not shelf.lets(locale, catalogue.state):
        why = Why.UNREVIEWED
    return Readiness(why is Why.OFFERED, why, catalogue.state, len(needed), translated, fuzzy)


def _exactly(catalogue: Catalogue, wanted: Entry) -> Entry | None:
    """The entry for this very Dutch; a translation of an earlier wording does not count."""
    found = catalogue.by_key.get(wanted.key)
    return found if found and found.source == wanted.source else None


def _because(ready: Readiness, why: Why) -> Readiness:
    return replace(ready, offered=False, why=why)


def _read_or_none(path: Path) -> Catalogue | None:
    try:
        return read(path, pages_only=path.stem == MESSAGES)
    except (FileNotFoundError, CatalogueUnreadable):
        return None

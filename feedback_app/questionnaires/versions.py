"""Frozen versions: what was asked, kept for good, so that every answer is read with its own questions.

A version is named by the fingerprint of its structure and Dutch texts. Languages are frozen beside
it; one that becomes ready later may join, and what was shown is never changed.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import today
from feedback_app.languages import SOURCE, all_languages
from feedback_app.questionnaires.catalogues import offer_type_context, survey_texts
from feedback_app.questionnaires.definition import Survey, as_data
from feedback_app.questionnaires.loading import WAVE_KEYS, load_codes, load_survey
from feedback_app.questionnaires.models import QuestionnaireVersion, VersionTexts
from feedback_app.questionnaires.readiness import Readiness, survey_ready
from feedback_app.questionnaires.sharing import copy_for_now
from feedback_app.settings import Settings
from feedback_app.shape import read


class VersionUnknown(LookupError):
    """There is no frozen version with this fingerprint."""


@dataclass(frozen=True)
class Version:
    """One frozen questionnaire: definition, Dutch texts by context, and the languages frozen so far."""

    fingerprint: str
    survey: Survey
    dutch: Mapping[str, str]
    locales: Mapping[str, str]  # locale → review state when it was frozen

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The frozen languages in the order in which they are offered."""
        return tuple(key for key in all_languages() if key in self.locales)


def dutch_texts(settings: Settings, survey: Survey) -> dict[str, str]:
    """Every Dutch text a respondent of this survey can meet, by context."""
    texts = {source.context: source.text for source in survey.source_texts()}
    for offer_type in load_codes(settings.surveys_dir).offer_types:
        texts[offer_type_context(offer_type.key)] = offer_type.label
    return texts


def fingerprint_of(survey: Survey, dutch: Mapping[str, str]) -> str:
    """SHA-256 over structure and Dutch texts: the same questions give the same name."""
    content = json.dumps([as_data(survey), dutch], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def version_of_files(settings: Settings, survey_key: str) -> Version:
    """What would be frozen now, without freezing it; raises SurveysRefused."""
    return version_of(settings, load_survey(settings.surveys_dir, survey_key))


def version_of(settings: Settings, survey: Survey) -> Version:
    """What would be frozen now of a questionnaire, with the languages that are ready for it."""
    dutch = dutch_texts(settings, survey)
    ready = survey_ready(settings, survey)
    locales = {key: one.review_state for key, one in ready.items() if one.offered}
    return Version(fingerprint_of(survey, dutch), survey, dutch, locales)


def texts_of_files(settings: Settings, version: Version, locale: str) -> dict[str, str] | None:
    """A version's texts as the files translate exactly its Dutch now; None when one is missing."""
    if locale == SOURCE:
        return dict(version.dutch)
    catalogue = survey_texts(settings.texts_dir, locale)
    texts = {context: catalogue.get((context, dutch), "") for context, dutch in version.dutch.items()}
    return texts if all(texts.values()) else None


def freeze(session: Session, settings: Settings, keys: Sequence[str] = WAVE_KEYS) -> dict[str, str]:
    """Freeze the questionnaires of a wave as their files stand now; give survey key → fingerprint.

    keys: which ones. Calling it again with unchanged files only adds languages that have become ready.
    Flushes; the caller commits. Raises SurveysRefused when a file has faults.
    """
    return {key: freeze_survey(session, settings, load_survey(settings.surveys_dir, key)) for key in keys}


def freeze_survey(session: Session, settings: Settings, survey: Survey) -> str:
    """Freeze one questionnaire with the languages that are ready; give its fingerprint (flushes)."""
    dutch = dutch_texts(settings, survey)
    name = fingerprint_of(survey, dutch)
    if session.get(QuestionnaireVersion, name) is None:
        definition = {"survey": as_data(survey), "dutch": dutch}
        session.add(
            QuestionnaireVersion(
                fingerprint=name, survey_key=survey.key, definition=definition, frozen_on=today()
            )
        )
        session.flush()
    join_languages(session, settings, name)
    return name


def join_languages(session: Session, settings: Settings, fingerprint: str) -> list[str]:
    """Freeze the languages that are ready for this version and not in it yet; give their keys.

    Only translations of exactly the frozen Dutch texts count, also when the file has changed since.
    """
    copy_for_now(session, settings)  # a colleague may have written a moment ago, on another machine
    version = _read(session, fingerprint)
    joined = []
    for locale, ready in survey_ready(settings, version.survey).items():
        if locale in version.locales or not ready.offered:
            continue
        texts = texts_of_files(settings, version, locale)
        if texts is None:
            continue
        _add_language(session, fingerprint, locale, texts, ready)
        joined.append(locale)
    session.flush()
    return joined


def load_version(session: Session, fingerprint: str) -> Version:
    """The frozen version; raises VersionUnknown. Kept in memory for a minute, since languages may join."""
    try:
        return kept_version(session.get_bind().engine, fingerprint)
    except VersionUnknown:
        return _read(session, fingerprint)  # frozen in this very transaction


def load_texts(session: Session, fingerprint: str, locale: str) -> Mapping[str, str]:
    """The version's texts in one of its languages, by context; VersionUnknown when it has none such."""
    try:
        return kept_texts(session.get_bind().engine, fingerprint, locale)
    except VersionUnknown:
        return _read_texts(session, fingerprint, locale)


def kept_version(engine: sa.Engine, fingerprint: str) -> Version:
    """As load_version, of a version that was frozen earlier: needs no session once it is in memory."""
    return _version(engine, fingerprint, int(time.monotonic() // 60))


@lru_cache(maxsize=64)
def _version(engine: sa.Engine, fingerprint: str, _minute: int) -> Version:
    known = _first(engine, fingerprint)
    with Session(engine) as session:
        return replace(known, locales=_locales(session, fingerprint))


@lru_cache(maxsize=64)
def _first(engine: sa.Engine, fingerprint: str) -> Version:
    """As it was when it was read first: only languages may join."""
    with Session(engine) as session:
        return _read(session, fingerprint)


@lru_cache(maxsize=512)
def kept_texts(engine: sa.Engine, fingerprint: str, locale: str) -> Mapping[str, str]:
    """As load_texts, of a version that was frozen earlier: needs no session once they are in memory."""
    with Session(engine) as session:
        return _read_texts(session, fingerprint, locale)


def _read_texts(session: Session, fingerprint: str, locale: str) -> Mapping[str, str]:
    row = session.get(VersionTexts, (fingerprint, locale))
    if row is None:
        raise VersionUnknown(f"{fingerprint} {locale}")
    return dict(row.texts)


def _read(session: Session, fingerprint: str) -> Version:
    row = session.get(QuestionnaireVersion, fingerprint)
    if row is None:
        raise VersionUnknown(fingerprint)
    definition = row.definition
    survey = read(Survey, definition["survey"])
    return Version(fingerprint, survey, definition["dutch"], _locales(session, fingerprint))


def _locales(session: Session, fingerprint: str) -> dict[str, str]:
    """Language → its review state when it was frozen."""
    frozen = sa.select(VersionTexts.locale, VersionTexts.review_state)
    return dict(session.execute(frozen.where(VersionTexts.fingerprint == fingerprint)).all())


def _add_language(
    session: Session, fingerprint: str, locale: str, texts: dict[str, str], ready: Readiness
) -> None:
    session.add(
        VersionTexts(
            fingerprint=fingerprint,
            locale=locale,
            texts=texts,
            review_state=ready.review_state,
            frozen_on=today(),
        )
    )

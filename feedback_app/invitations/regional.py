"""The editions of regions that have questions of their own: frozen when a wave opens, read by its region."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.models import RegionalQuestionnaire, Wave
from feedback_app.questionnaires.accepted import regional_items
from feedback_app.questionnaires.definition import Item
from feedback_app.questionnaires.loading import load_survey
from feedback_app.questionnaires.regional import SURVEYS, joined
from feedback_app.questionnaires.versions import Version, freeze_survey, load_version, version_of
from feedback_app.settings import Settings


def freeze_editions(session: Session, settings: Settings, wave_key: str) -> None:
    """Freeze the edition of each region that has questions of its own (flushes); raises SurveysRefused."""
    for survey_key in SURVEYS:
        core = load_survey(settings.surveys_dir, survey_key)
        for region, items in regional_items(session, settings.surveys_dir, survey_key).items():
            name = freeze_survey(session, settings, joined(core, region, items))
            session.add(
                RegionalQuestionnaire(
                    wave_key=wave_key, survey_key=survey_key, region_key=region, fingerprint=name
                )
            )
    session.flush()


def editions(session: Session, wave_key: str, survey_key: str) -> dict[str, Version]:
    """Region → the edition that a wave asks there, for the regions that have one."""
    query = sa.select(RegionalQuestionnaire.region_key, RegionalQuestionnaire.fingerprint).where(
        RegionalQuestionnaire.wave_key == wave_key, RegionalQuestionnaire.survey_key == survey_key
    )
    return {region: load_version(session, name) for region, name in session.execute(query)}


def edition(session: Session, wave: Wave, survey_key: str, region: str | None) -> Version:
    """What a wave asks in a region: its own edition, or the core where it has none."""
    found = session.get(RegionalQuestionnaire, (wave.key, survey_key, region)) if region else None
    return load_version(session, found.fingerprint if found else wave.fingerprint(survey_key))


def coming_edition(session: Session, settings: Settings, survey_key: str, region: str) -> Version:
    """What the next wave will ask in a region, as files and accepted proposals now stand."""
    core = load_survey(settings.surveys_dir, survey_key)
    there = regional_items(session, settings.surveys_dir, survey_key) if survey_key in SURVEYS else {}
    items = there.get(region, ())
    return version_of(settings, joined(core, region, items) if items else core)


def own_items(session: Session, wave_key: str, survey_key: str) -> dict[str, tuple[Item, ...]]:
    """Region → its own questions in a wave."""
    found = editions(session, wave_key, survey_key)
    return {region: version.survey.regional for region, version in found.items()}

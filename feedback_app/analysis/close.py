"""Closing a wave: counts are frozen, rows coarsened and shuffled, results published; all of it or nothing."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.analysis.freeze import freeze_counts
from feedback_app.analysis.publish import load_policy, publish
from feedback_app.database import db, today
from feedback_app.invitations.models import AUDIENCES, Wave
from feedback_app.jobs import JobRefused, Progress
from feedback_app.questionnaires.versions import load_version
from feedback_app.responses.coarsen import coarsen
from feedback_app.responses.shuffle import forget, lock, shuffle
from feedback_app.settings import Settings
from feedback_app.web.pages import current_settings


class WaveNotOpen(ValueError):
    """There is no open wave with this key; the message (Dutch) says what there is."""


def close_wave(session: Session, settings: Settings, wave_key: str, progress: Progress) -> None:
    """Close an open wave and publish its results, in one transaction.

    Counts are frozen before rows are coarsened: coarsening is for what stays stored, and would else empty
    every small region. Raises WaveNotOpen.
    """
    policy = load_policy(settings)
    lock(session)
    closed = session.execute(
        sa.update(Wave)
        .where(Wave.key == wave_key, Wave.state == "open")
        .values(state="closed", closed_on=today())
        .returning(Wave.key)
    )
    if closed.first() is None:
        session.rollback()
        raise WaveNotOpen(f"Meetmoment {wave_key} is niet open: het bestaat niet of is al gesloten.")
    session.expire_all()
    wave = session.get_one(Wave, wave_key)
    steps = len(AUDIENCES) * 2 + 2
    for number, audience in enumerate(AUDIENCES):
        survey = load_version(session, wave.fingerprint(audience)).survey
        progress(2 * number, steps, "Antwoorden tellen")
        freeze_counts(session, wave_key, survey)
        session.flush()
        progress(2 * number + 1, steps, "Cijfers beschermen")
        publish(session, settings, wave_key, survey, policy)
    progress(steps - 2, steps, "Zeldzame combinaties vergroven")
    coarsen(session, wave_key, policy.coarsen_below)
    progress(steps - 1, steps, "Volgorde wissen")
    shuffle(session, wave_key, new_keys=True)
    session.commit()
    forget(session)
    progress(steps, steps, "Gesloten")


def close_job(progress: Progress, wave_key: str) -> str:
    """The worker's job `close_wave`; gives the wave's key."""
    try:
        close_wave(db.session, current_settings(), wave_key, progress)
    except WaveNotOpen as refused:
        raise JobRefused(str(refused)) from refused
    return wave_key

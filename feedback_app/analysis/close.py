"""Closing a wave: counts are frozen, rows coarsened and shuffled, results published; all of it or nothing."""

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.analysis.answer_counts import count_answers
from feedback_app.analysis.disclosure import Policy, ReleaseRefused
from feedback_app.analysis.find_patterns import find_patterns
from feedback_app.analysis.freeze import freeze_counts
from feedback_app.analysis.models import ResponseSnapshot
from feedback_app.analysis.publish import blocks_of_asked, load_policy, publish
from feedback_app.database import db, today
from feedback_app.invitations.models import Wave
from feedback_app.invitations.regional import own_items
from feedback_app.jobs import JobRefused, Progress
from feedback_app.questionnaires.versions import load_version
from feedback_app.responses.cells import drop_cells, sort_into_cells
from feedback_app.responses.coarsen import coarsen
from feedback_app.responses.rewrite import TablesInUse, prepare, rewrite
from feedback_app.responses.shuffle import forget, lock
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.work import waiting_job
from feedback_app.web.pages import current_settings

#: one for all answers, two for each questionnaire, one for patterns, and two for the rows
AT_FIRST, PER_SURVEY, AT_THE_END = 1, 2, 3


class WaveNotOpen(ValueError):
    """There is no open wave with this key; the message says what there is."""


class ClosingLater(ValueError):
    """Somebody reads the database for too long; the wave is still open, and the message says what to do."""


def close_wave(
    session: Session, settings: Settings, wave_key: str, progress: Progress, account: Account | None = None
) -> None:
    """Close an open wave and publish its results, in one transaction: all of it or nothing.

    Counts are frozen before rows are coarsened: coarsening is for what stays stored, and would else empty
    every small region. Raises WaveNotOpen; ReleaseRefused when earlier releases leave no safe way to publish;
    ClosingLater when somebody reads for so long that rows cannot be rewritten; ValueError when the
    publication policy has a fault.
    """
    policy = load_policy(settings)
    try:
        prepare(session)
        lock(session)
        _mark_closed(session, wave_key)
        _close(session, settings, wave_key, policy, progress)
        record(session, "wave.closed", account=account, subject=f"wave:{wave_key}")
        session.commit()
    except TablesInUse as busy:
        raise ClosingLater(
            _(
                "Iemand leest de databank al lang, bijvoorbeeld voor een reservekopie."
                " Het meetmoment is nog open en er is niets veranderd. Sluit het af wanneer dat klaar is."
            )
        ) from busy
    finally:
        session.rollback()  # after a commit there is nothing left to undo
    forget(session, rewritten=True)
    progress(1, 1, _("Gesloten"))


def _mark_closed(session: Session, wave_key: str) -> None:
    closed = session.execute(
        sa.update(Wave)
        .where(Wave.key == wave_key, Wave.state == "open")
        .values(state="closed", closed_on=today())
        .returning(Wave.key)
    )
    if closed.first() is None:
        raise WaveNotOpen(
            _("Meetmoment %(wave)s is niet open: het bestaat niet of is al gesloten.", wave=wave_key)
        )
    session.execute(sa.delete(ResponseSnapshot).where(ResponseSnapshot.wave_key == wave_key))
    session.expire_all()


def _close(session: Session, settings: Settings, wave_key: str, policy: Policy, progress: Progress) -> None:
    wave = session.get_one(Wave, wave_key)
    steps = AT_FIRST + PER_SURVEY * len(wave.surveys) + AT_THE_END
    progress(0, steps, _("Antwoorden tellen"))
    sort_into_cells(session, wave_key)
    asked = [
        (load_version(session, wave.fingerprint(key)).survey, own_items(session, wave_key, key))
        for key in wave.surveys
    ]
    answers, asked_in = count_answers(session, wave_key, asked), blocks_of_asked(session, wave_key)
    for number, (survey, regional) in enumerate(asked):
        step = AT_FIRST + PER_SURVEY * number
        progress(step, steps, _("Antwoorden tellen"))
        freeze_counts(session, wave_key, survey, answers, regional)
        session.flush()
        progress(step + 1, steps, _("Cijfers beschermen"))
        publish(
            session, settings, wave_key, survey, policy, asked_in, _finer(progress, step + 1, steps), regional
        )
    progress(steps - 3, steps, _("Patronen zoeken"))
    session.flush()
    find_patterns(session, settings, wave, policy)
    progress(steps - 2, steps, _("Zeldzame combinaties vergroven"))
    coarsen(session, wave_key, policy.coarsen_below)
    progress(steps - 1, steps, _("Volgorde wissen"))
    rewrite(session, wave_key)
    drop_cells(session)


def _finer(progress: Progress, step: int, steps: int) -> Progress:
    """Say which question is being protected, within one step."""

    def report(done: int, total: int, _message: str) -> None:
        text = _("Cijfers beschermen: vraag %(done)d van %(total)d", done=min(done + 1, total), total=total)
        progress(step, steps, text)

    return report


def close_job(progress: Progress, wave_key: str) -> str:
    """The worker's job `close_wave`; gives the wave's key."""
    job = waiting_job(db.session, "close_wave", {"wave_key": wave_key})
    account = db.session.get(Account, job.account_id) if job and job.account_id else None
    try:
        close_wave(db.session, current_settings(), wave_key, progress, account)
    except (WaveNotOpen, ReleaseRefused, ClosingLater) as refused:
        raise JobRefused(str(refused)) from refused
    return wave_key

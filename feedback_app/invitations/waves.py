"""Opening a wave: freezes what is asked, and invites whoever ended a trajectory in its half-year.

What is asked some months later (`impact`) is no part of a wave until somebody switches it on for that wave.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback_app.database import today
from feedback_app.invitations.invite import plan
from feedback_app.invitations.models import Wave, WaveQuestionnaire
from feedback_app.invitations.regional import freeze_editions
from feedback_app.jobs import Progress
from feedback_app.paging import Page, in_order, paged
from feedback_app.questionnaires.loading import OPTIONAL_KEYS, WAVE_KEYS
from feedback_app.questionnaires.versions import freeze
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.trajectories.intake import wait_turn

#: name in the address → column, for waves that are closed
CLOSED_ORDERS: Mapping[str, Any] = {
    "period": Wave.starts_on,
    "opened": Wave.opened_on,
    "closed": Wave.closed_on,
}
DEFAULT_CLOSED_ORDER = "-period"

_PERIOD = re.compile(r"(20\d\d)-H([12])", re.ASCII)


class PeriodInvalid(ValueError):
    """What was given is no half-year; the message, in Dutch, says how one is written."""


class WaveExists(Exception):
    """This period has a wave already; the message, in Dutch, says in which state it is."""


def parse_period(period: str) -> tuple[date, date]:
    """First and last day of a half-year like `2026-H1`; PeriodInvalid for anything else.

    A half-year is the smallest period that leaves enough answers per region to say something.
    """
    found = _PERIOD.fullmatch(period)
    if not found:
        raise PeriodInvalid(
            _(
                "“%(period)s” is geen halfjaar. Schrijf bijvoorbeeld 2026-H1 (januari–juni) of 2026-H2.",
                period=period[:20],
            )
        )
    year = int(found[1])
    return (
        (date(year, 1, 1), date(year, 6, 30)) if found[2] == "1" else (date(year, 7, 1), date(year, 12, 31))
    )


class NotAddable(ValueError):
    """This questionnaire cannot be added to this wave; the message, in Dutch, says why."""


def open_wave(
    session: Session,
    settings: Settings,
    period: str,
    *,
    impact: bool = False,
    day: date | None = None,
    progress: Progress | None = None,
    account: Account | None = None,
) -> Wave:
    """Open the wave of a period, freeze its questionnaires, plan its invitations, and commit.

    impact: ask in this wave too how things are some months later. `day` stands for today. Raises
    PeriodInvalid, WaveExists, or SurveysRefused when a questionnaire has faults; nothing is stored then.
    """
    starts_on, ends_on = parse_period(period)
    wave = Wave(key=period, starts_on=starts_on, ends_on=ends_on, opened_on=day or today(), state="open")
    try:
        wait_turn(session)
        _refuse_second(session, period)
        session.add(wave)
        session.flush()
        _ask(session, settings, wave, (*WAVE_KEYS, *(OPTIONAL_KEYS if impact else ())))
        freeze_editions(session, settings, period)
        invited = plan(session, settings, wave, progress)
        subject = f"wave:{period}"
        record(session, "wave.opened", account=account, subject=subject, invitations=invited)
        if impact:
            record(session, "wave.impact_added", account=account, subject=subject)
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise WaveExists(_("Meetmoment %(period)s is zonet al geopend.", period=period)) from error
    finally:
        session.rollback()  # after a commit there is nothing left to undo
    return wave


def add_impact(session: Session, settings: Settings, period: str, account: Account | None = None) -> Wave:
    """Ask in an open wave too how things are some months later, as the file stands now, and commit.

    It cannot be taken back: answers may come in at once. Raises NotAddable, or SurveysRefused when the
    questionnaire has faults.
    """
    try:
        wait_turn(session)
        wave = session.get(Wave, period, populate_existing=True)
        if wave is None or wave.state != "open":
            raise NotAddable(_("Meetmoment %(period)s is niet open.", period=period))
        if set(OPTIONAL_KEYS) <= set(wave.surveys):
            raise NotAddable(_("Meetmoment %(period)s vraagt dit al.", period=period))
        _ask(session, settings, wave, OPTIONAL_KEYS)
        record(session, "wave.impact_added", account=account, subject=f"wave:{period}")
        session.commit()
    finally:
        session.rollback()  # after a commit there is nothing left to undo
    return wave


def _ask(session: Session, settings: Settings, wave: Wave, keys: Sequence[str]) -> None:
    for survey_key, fingerprint in freeze(session, settings, keys).items():
        row = WaveQuestionnaire(wave_key=wave.key, survey_key=survey_key, fingerprint=fingerprint)
        session.add(row)
    session.flush()
    session.expire(wave, ["questionnaires"])


def wave_that_asks(session: Session, survey_key: str) -> Wave | None:
    """The newest open wave that asks a questionnaire: answers without an invitation go there."""
    return next((one for one in reversed(open_waves(session)) if survey_key in one.surveys), None)


def all_waves(session: Session) -> list[Wave]:
    """Every wave, the latest half-year first."""
    return list(session.scalars(sa.select(Wave).order_by(Wave.starts_on.desc())))


def open_waves(session: Session) -> list[Wave]:
    """Waves that still collect, the earliest period first."""
    return list(session.scalars(sa.select(Wave).where(Wave.state == "open").order_by(Wave.starts_on)))


def closed_waves(session: Session, *, order: str, page: int) -> Page[Wave]:
    """One page of the waves that are closed."""
    by = in_order(CLOSED_ORDERS, order, DEFAULT_CLOSED_ORDER)
    return paged(session, sa.select(Wave).where(Wave.state == "closed"), (*by, Wave.starts_on.desc()), page)


def plan_open_waves(session: Session, settings: Settings) -> int:
    """Invite, in each open wave, whoever joined its period since; how many invitations. Does not commit."""
    return sum(plan(session, settings, wave) for wave in open_waves(session))


def _refuse_second(session: Session, period: str) -> None:
    known = session.get(Wave, period)
    if known is not None and known.state == "closed":
        raise WaveExists(
            _("Meetmoment %(period)s is al afgesloten. Open een volgend halfjaar.", period=period)
        )
    if known is not None:
        raise WaveExists(_("Meetmoment %(period)s staat al open.", period=period))

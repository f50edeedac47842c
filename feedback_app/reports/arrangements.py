"""What editors chose for the next edition, as it is kept: read, change, go a step back, begin anew."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from feedback_app.analysis.statistic import FLANDERS
from feedback_app.database import now
from feedback_app.reports.arrange_choices import Choices
from feedback_app.reports.models import Arrangement
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account

#: how many steps one can go back
STEPS_BACK = 20


class Overtaken(Exception):
    """Somebody changed the arrangement since this colleague opened it; nothing was overwritten."""


@dataclass(frozen=True)
class Which:
    """The report that is arranged: a wave, a level (`vlaanderen` or a region) and a language."""

    wave: str
    level: str
    locale: str

    @property
    def region(self) -> str | None:
        """The region's key; None for Flanders."""
        return None if self.level == FLANDERS else self.level


def level_of(region_key: str | None) -> str:
    """The level as addresses and arrangements call it."""
    return region_key or FLANDERS


def arrangement_of(session: Session, which: Which) -> Arrangement | None:
    """What was chosen for this report; None as long as nobody chose anything."""
    return session.get(Arrangement, (which.wave, which.level, which.locale))


def choices_of(arrangement: Arrangement | None) -> Choices:
    """The choices in force; none where nobody chose anything."""
    return Choices.from_json(arrangement.choices) if arrangement else Choices()


def keep(session: Session, account: Account, which: Which, revision: int, choices: Choices) -> bool:
    """Keep other choices and commit; whether they are other ones. Raises Overtaken.

    `revision` is the one the colleague began with: 0 where there was none yet.
    """
    found = arrangement_of(session, which)
    if (found.revision if found else 0) != revision:
        raise Overtaken
    new = choices.as_json()
    if new == (found.choices if found else Choices().as_json()):
        return False
    if found is None:
        found = Arrangement(wave_key=which.wave, level=which.level, locale=which.locale, earlier=[])
        session.add(found)
        found.earlier = [Choices().as_json()]
    else:
        found.earlier = [*found.earlier, found.choices][-STEPS_BACK:]
    found.choices = new
    _commit(session, account, which, found, "kept")
    return True


def step_back(session: Session, account: Account, which: Which, revision: int) -> bool:
    """Put back what was chosen before and commit; False where there is nothing before. Raises Overtaken."""
    found = arrangement_of(session, which)
    if found is None or found.revision != revision:
        raise Overtaken
    if not found.earlier:
        return False
    *rest, found.choices = found.earlier
    found.earlier = rest
    _commit(session, account, which, found, "back")
    return True


def begin_anew(session: Session, account: Account, which: Which, revision: int) -> bool:
    """Choose nothing any more, which one step back undoes; commits. Raises Overtaken."""
    return keep(session, account, which, revision, Choices())


def _commit(session: Session, account: Account, which: Which, found: Arrangement, step: str) -> None:
    found.account_id, found.changed_at = account.id, now()
    try:
        session.flush()
    except (StaleDataError, IntegrityError):
        session.rollback()
        raise Overtaken from None
    record(
        session,
        "report.arranged",
        account=account,
        subject=f"wave:{which.wave}",
        region=which.region,
        locale=which.locale,
        step=step,
        revision=found.revision,
    )
    session.commit()


def arranged_by(session: Session, arrangement: Arrangement | None) -> str:
    """The address of who changed it last; empty when nobody did, or that account is gone."""
    if arrangement is None or arrangement.account_id is None:
        return ""
    return session.scalar(sa.select(Account.email).where(Account.id == arrangement.account_id)) or ""

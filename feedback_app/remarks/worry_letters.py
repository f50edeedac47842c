"""Telling the persons of trust, by e-mail, that a worry waits: each once a day, as long as one is open.

Nothing of a worry stands in it. Unlike other e-mails it is written down after it was handed over: should the
process die in between, the same e-mail goes twice, which is better than not at all.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.invitations.channel import Channel, Letter, TryAgain, channels_of
from feedback_app.invitations.colleague_letter import Said, letter_to_colleague
from feedback_app.invitations.watch import Watch
from feedback_app.jobs import alone
from feedback_app.remarks.safeguard import count_open
from feedback_app.settings import Settings
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account, AuditEntry

READER = "vertrouwenspersoon"
_ACTION = "worry.announced"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Announced:
    """What one run did; `halted` says why it sent nothing: busy, paused, quiet or no_channel."""

    counts: Mapping[str, int]
    halted: str = ""


def announce(session: Session, settings: Settings, moment: datetime) -> Announced:
    """Write to everybody for whom a worry is open and who was not written to today; commits as it goes."""
    with alone(session.get_bind().engine, settings, "worries") as mine:
        if not mine:
            return Announced({}, "busy")
        watch = Watch(session, settings.timetable, moment)
        if halted := watch.halt():
            session.rollback()
            return Announced({}, halted)
        channel = channels_of(settings).get("email")
        if channel is None:
            return Announced({}, "no_channel")
        counts: Counter[str] = Counter()
        for account in _waiting_readers(session, watch.day):
            counts[_send_one(session, settings, channel, account, watch.day)] += 1
            if watch.halt():
                break
        session.rollback()
        return Announced(counts)


def _waiting_readers(session: Session, day: date) -> list[Account]:
    began = datetime.combine(day, time.min, ZoneInfo("Europe/Brussels"))
    told = set(
        session.scalars(
            sa.select(AuditEntry.subject).where(AuditEntry.action == _ACTION, AuditEntry.at >= began)
        )
    )
    readers = session.scalars(sa.select(Account).where(Account.active, Account.role == READER)).all()
    waiting = [one for one in readers if count_open(session, one)]
    return [one for one in waiting if f"account:{one.id}" not in told]


def _send_one(session: Session, settings: Settings, channel: Channel, account: Account, day: date) -> str:
    letter = _write(settings, account, day)
    session.commit()  # nobody waits for us while the mail server works
    try:
        outcome = channel.send(letter)
    except TryAgain:
        return "again"
    except Exception:
        log.exception("the e-mail channel failed in an unforeseen way: a worry is announced an hour later")
        return "again"
    if outcome.disposition == "bounced":
        log.warning("a colleague's address refuses e-mail (%s): see the accounts", outcome.detail)
    record(session, _ACTION, account=None, subject=f"account:{account.id}", outcome=outcome.disposition)
    session.commit()
    return outcome.disposition


def _write(settings: Settings, account: Account, day: date) -> Letter:
    def say() -> Said:
        return _("Een zorg wacht op jou"), {"link": f"{settings.base_url}/staff/zorgen/"}

    key = hashlib.sha256(f"worry {account.id} {day}".encode()).hexdigest()[:32]
    return letter_to_colleague(
        settings, key, to=account.email, locale=account.locale, template="safety/letter", say=say
    )

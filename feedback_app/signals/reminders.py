"""Reminding who is responsible for a signal, by e-mail: once for each step, whatever happens to the worker.

The steps: a week before the due date, the day after it, four weeks after it, and four weeks after an answer
that was not told back yet. Only the latest step that has come is sent, so that a worker that stood still
sends one e-mail and not three. What one colleague has to look at goes into one e-mail.

As everywhere: a reminder is claimed, and that is on disk, before the channel sees it. What was claimed when a
process died is not sent again.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import random_id
from feedback_app.invitations.channel import Channel, Letter, Outcome, TryAgain, channels_of
from feedback_app.invitations.watch import Watch
from feedback_app.jobs import alone
from feedback_app.settings import Settings
from feedback_app.signals.follow_up import TELL_BACK_WITHIN, may_be_responsible
from feedback_app.signals.models import Signal, SignalEvent, SignalReminder
from feedback_app.signals.reminder_letter import Due, write_letter
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account

SOON = timedelta(days=7)
AGAIN = timedelta(days=28)
_STATES = {"delivered": "sent", "bounced": "failed", "unknown": "unknown"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reminded:
    """What one run did; `halted` says why it sent nothing: busy, paused, quiet or no_channel."""

    counts: Mapping[str, int]
    halted: str = ""


def step_due(signal: Signal, day: date) -> tuple[str, date] | None:
    """The latest step that has come, and the day it counts from; None when there is nothing to say."""
    if signal.state == "beantwoord" and signal.answered_on:
        late = day - signal.answered_on >= TELL_BACK_WITHIN
        return ("tell_back", signal.answered_on) if late else None
    if signal.state != "overgemaakt" or signal.due_on is None:
        return None
    if day - signal.due_on >= AGAIN:  # not a sum: a day can lie too far off to add to
        return "overdue_again", signal.due_on
    if day > signal.due_on:
        return "overdue", signal.due_on
    return ("due_soon", signal.due_on) if signal.due_on - day <= SOON else None


def remind(session: Session, settings: Settings, moment: datetime) -> Reminded:
    """Send what is due from this moment on; commits as it goes."""
    with alone(session.get_bind().engine, settings, "signal-reminders") as mine:
        if not mine:
            return Reminded({}, "busy")
        watch = Watch(session, settings.timetable, moment)
        if halted := watch.halt():
            session.rollback()
            return Reminded({}, halted)
        channel = channels_of(settings).get("email")
        if channel is None:
            return Reminded({}, "no_channel")
        _settle_claimed(session)
        counts: Counter[str] = Counter()
        for account_id, due in _by_colleague(session, watch.day).items():
            try:
                outcome = _send_one(session, settings, channel, account_id, due)
            except Exception:
                session.rollback()
                log.exception("one colleague cannot be reminded; the others are")
                outcome = "failed"
            counts[outcome] += 1
            if outcome == "waits" or watch.halt():
                break
        session.rollback()
        return Reminded(counts)


def _by_colleague(session: Session, day: date) -> dict[str, list[Due]]:
    """Account → what it has to be reminded of and was not yet."""
    query = sa.select(Signal).where(Signal.state.in_(("overgemaakt", "beantwoord"))).order_by(Signal.code)
    found: defaultdict[str, list[Due]] = defaultdict(list)
    for signal in session.scalars(query).all():
        try:
            for account_id, due in _due_of(session, signal, day):
                found[account_id].append(due)
        except Exception:
            session.rollback()
            log.exception("one signal cannot be looked at; colleagues are reminded of the others")
    session.rollback()
    return dict(found)


def _due_of(session: Session, signal: Signal, day: date) -> list[tuple[str, Due]]:
    """Whom to remind of one signal, and of what; whoever was told already is left out."""
    if (step := step_due(signal, day)) is None:
        return []
    return [
        (account.id, Due(signal.id, *step))
        for account in _responsible(session, signal)
        if session.get(SignalReminder, (signal.id, *step, account.id)) is None
    ]


def _responsible(session: Session, signal: Signal) -> Iterator[Account]:
    """Who follows a signal up; when they are gone, everybody who may."""
    able = may_be_responsible(session, signal.region_key)
    chosen = [one for one in able if one.id == signal.responsible_id]
    if not able:
        log.warning("nobody can be reminded of signal %s: no account may follow it up", signal.code)
    yield from chosen or able


def _settle_claimed(session: Session) -> None:
    lost = session.execute(
        sa.update(SignalReminder)
        .where(SignalReminder.state == "claimed")
        .values(state="unknown")
        .returning(SignalReminder.signal_id)
    ).all()
    session.commit()
    if lost:
        log.warning(
            "a process died while it sent reminders of %d signal(s); they are not sent again", len(lost)
        )


def _send_one(
    session: Session, settings: Settings, channel: Channel, account_id: str, due: Sequence[Due]
) -> str:
    """One e-mail to one colleague: what came of it, or `waits` when it may go better later."""
    account = session.get_one(Account, account_id)
    letter = write_letter(session, settings, account, due, random_id())
    for one in due:
        session.add(
            SignalReminder(
                signal_id=one.signal_id, step=one.step, about_on=one.about_on, account_id=account_id
            )
        )
    session.commit()
    try:
        outcome = _hand_over(channel, letter)
    except TryAgain as later:
        session.execute(sa.delete(SignalReminder).where(*_claimed(account_id)))
        session.commit()
        return "again" if later.alone else "waits"
    state = _STATES[outcome.disposition]
    session.execute(sa.update(SignalReminder).where(*_claimed(account_id)).values(state=state))
    if state != "failed":
        _note(session, due)
    else:
        log.warning("a colleague's address refuses e-mail (%s): see the accounts", outcome.detail)
    session.commit()
    return outcome.disposition


def _hand_over(channel: Channel, letter: Letter) -> Outcome:
    try:
        return channel.send(letter)
    except TryAgain:
        raise
    except Exception:
        log.exception("a channel failed in an unforeseen way: the reminder is not sent again")
        return Outcome("unknown", "unforeseen")


def _claimed(account_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return SignalReminder.state == "claimed", SignalReminder.account_id == account_id


def _note(session: Session, due: Sequence[Due]) -> None:
    """Write into each signal's history that somebody was reminded, and one line into the audit log."""
    for one in due:
        signal = session.get_one(Signal, one.signal_id)
        session.add(SignalEvent(signal_id=signal.id, kind="reminded", state=signal.state, note=one.step))
    record(session, "signal.reminded", account=None, signals=len(due))

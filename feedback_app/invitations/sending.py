"""Sending what is due: each message once, whatever happens to the process in between.

A message is claimed, and that is on disk, before a channel sees it; what came of it is on disk before the
next is claimed. One process at a time does this (see `jobs.alone`), so whatever is found claimed at the start
was being sent when a process died: nobody knows whether it left. Where the channel tells the same message
from a new one it is sent again under the same key, else it stays unknown and the next reminder asks.
"""

import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from feedback_app.invitations.channel import Channel, Letter, Outcome, TryAgain, channels_of
from feedback_app.invitations.compose_due import Nowhere, Unwanted, letter_of
from feedback_app.invitations.ending import close_links
from feedback_app.invitations.models import SENDING_STEPS, Invitation, Sending, Wave
from feedback_app.invitations.outcomes import forget_answered, note_outcome
from feedback_app.invitations.pausing import paused_since
from feedback_app.invitations.plan_sendings import ASKABLE, plan_sendings
from feedback_app.jobs import alone
from feedback_app.settings import Settings
from feedback_app.timetable import back_off, outdated

#: messages of one run, so that a report that waits in the same queue gets its turn
MOST = 200

log = logging.getLogger(__name__)


@dataclass
class Sent:
    """What one run did; `halted` says why it sent nothing: `busy`, `paused` or `quiet`."""

    planned: int = 0
    closed: int = 0
    halted: str = ""
    counts: Counter[str] = field(default_factory=Counter)


def send_due(
    session: Session,
    settings: Settings,
    now: datetime,
    *,
    steps: Collection[str] = SENDING_STEPS,
    wave: str | None = None,
    most: int = MOST,
) -> Sent:
    """Plan, close links, and send what is due at this moment; commits as it goes."""
    sent = Sent()
    with alone(session.get_bind().engine, settings, "sending") as mine:
        if not mine:
            sent.halted = "busy"
            return sent
        day = now.astimezone(ZoneInfo("Europe/Brussels")).date()
        channels = channels_of(settings)
        _settle_claimed(session, channels)
        sent.closed = close_links(session, settings, day)
        sent.planned = plan_sendings(session, settings, day)
        forget_answered(session)
        session.commit()
        if paused_since(session) is not None:
            sent.halted = "paused"
        elif not settings.timetable.may_send(now):
            sent.halted = "quiet"
        else:
            _Run(session, settings, now, channels, sent).all_due(steps, wave, most)
    return sent


def _settle_claimed(session: Session, channels: Mapping[str, Channel]) -> None:
    """Decide what becomes of messages that were being sent when a process died; commits."""
    for key, channel in session.execute(
        sa.select(Sending.key, Sending.channel).where(Sending.state == "claimed")
    ).all():
        known = channels.get(channel)
        if known is not None and known.repeatable:
            session.execute(sa.update(Sending).where(Sending.key == key).values(state="planned"))
        else:
            log.warning("a message was being sent when the process died: it is not sent again")
            note_outcome(session, key, Outcome("unknown", "process_died"))
    session.commit()


class _Run:
    """One run over everything that is due; a channel that says "not now" is left alone for the rest of it."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        now: datetime,
        channels: Mapping[str, Channel],
        sent: Sent,
    ) -> None:
        self._session, self._settings, self._now, self._sent = session, settings, now, sent
        self._day = now.astimezone(ZoneInfo("Europe/Brussels")).date()
        self._channels = dict(channels)

    def all_due(self, steps: Collection[str], wave: str | None, most: int) -> None:
        """Everything due, the longest due first; of those due on one day in the order of random keys."""
        first = aliased(Sending)
        first_waits = sa.exists().where(
            first.invitation_id == Sending.invitation_id,
            first.step == "first",
            first.state.in_(("planned", "claimed")),
        )
        query = (
            sa.select(Sending.invitation_id, Sending.step)
            .where(sa.or_(Sending.step == "first", ~first_waits))
            .where(Sending.state == "planned", Sending.due_on <= self._day, Sending.step.in_(steps))
            .where(sa.or_(Sending.next_attempt_at.is_(None), Sending.next_attempt_at <= self._now))
            .order_by(Sending.due_on, Sending.key)
            .limit(most)
        )
        if wave:
            query = query.join(Invitation, Invitation.id == Sending.invitation_id)
            query = query.where(Invitation.wave_key == wave)
        for invitation_id, step in self._session.execute(query).all():
            self._one(self._session.get_one(Sending, (invitation_id, step), populate_existing=True))
            self._session.expunge_all()  # a long run keeps nothing in memory

    def _one(self, due: Sending) -> None:
        invitation = self._session.get(Invitation, due.invitation_id, populate_existing=True)
        if invitation is None or not self._still_asks(invitation):
            self._end(due, "done", "passed_over")
        elif outdated(due.step, due.due_on, self._day):
            self._end(due, "given_up", "too_late")
        else:
            self._prepare(due, invitation)

    def _still_asks(self, invitation: Invitation) -> bool:
        wave = self._session.get_one(Wave, invitation.wave_key)
        return invitation.disposition in ASKABLE and not invitation.closed and wave.state == "open"

    def _prepare(self, due: Sending, invitation: Invitation) -> None:
        try:
            letter = letter_of(self._session, self._settings, due, invitation)
        except Unwanted:
            invitation.disposition = "refused"
            self._end(due, "done", "opted_out")
        except Nowhere:
            self._end(due, "given_up", "nowhere")
        else:
            if channel := self._channels.get(letter.channel):
                self._send(due, channel, letter)
            else:
                self._sent.counts["no_channel"] += 1
                self._session.rollback()

    def _send(self, due: Sending, channel: Channel, letter: Letter) -> None:
        due.state, due.channel, due.attempts = "claimed", letter.channel, due.attempts + 1
        due.next_attempt_at = None
        self._session.commit()
        try:
            outcome = channel.send(letter)
        except TryAgain as later:
            self._later(due, later)
            return
        except Exception:
            log.exception("a channel failed in an unforeseen way: the message is not sent again")
            outcome = Outcome("unknown", "unforeseen")
        note_outcome(self._session, due.key, outcome)
        self._go_on(due)
        self._session.commit()
        self._sent.counts[outcome.disposition] += 1

    def _later(self, due: Sending, later: TryAgain) -> None:
        """Nothing left: plan the next attempt, or give up; the channel rests for the rest of this run."""
        if later.reason == "rate":
            due.attempts -= 1  # the other side was not even asked
        wait = back_off(due.attempts)
        self._channels.pop(due.channel, None)
        if wait is None:
            self._end(due, "given_up", "tried_too_often")
            return
        due.state, due.next_attempt_at = "planned", self._now + max(wait, later.after)
        self._session.commit()
        self._sent.counts["again"] += 1

    def _end(self, due: Sending, state: str, why: str) -> None:
        due.state, due.next_attempt_at = state, None
        self._session.flush()
        self._go_on(due)
        self._session.commit()
        self._sent.counts[why] += 1

    def _go_on(self, due: Sending) -> None:
        """After a first message its reminders follow at their distance, however late it was."""
        if due.step != "first" or due.due_on == self._day:
            return
        audience = self._session.scalar(
            sa.select(Invitation.audience).where(Invitation.id == due.invitation_id)
        )
        for one in self._settings.timetable.steps_from(audience or "newcomer", self._day):
            self._session.execute(
                sa.update(Sending)
                .where(Sending.invitation_id == due.invitation_id, Sending.step == one.step)
                .values(due_on=one.on)
                .execution_options(synchronize_session=False)
            )

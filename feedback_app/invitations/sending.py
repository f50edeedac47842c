"""Sending what is due: each message once, whatever happens to the process in between.

A message is claimed, and that is on disk, before a channel sees it; what came of it is on disk before the
next is claimed. One process at a time does this (see `jobs.alone`), so whatever is found claimed at the start
was being sent when a process died: nobody knows whether it left. Where the channel tells the same message
from a new one it is sent again under the same key, else it stays unknown and the next reminder asks.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.channel import Channel, Letter, Outcome, TryAgain, channels_of
from feedback_app.invitations.compose_due import Nowhere, Unwanted, letter_of
from feedback_app.invitations.due import Wanted, next_due, waiting
from feedback_app.invitations.ending import close_links
from feedback_app.invitations.models import SENDING_STEPS, Invitation, Sending, Wave
from feedback_app.invitations.outcomes import forget_answered, note_outcome
from feedback_app.invitations.plan_sendings import ASKABLE, plan_in_pieces
from feedback_app.invitations.refusals import InARow, Refused, hold_against_nobody, plan_again
from feedback_app.invitations.watch import Watch
from feedback_app.jobs import alone
from feedback_app.settings import Settings
from feedback_app.timetable import back_off, outdated

#: messages of one run, and how long it takes, so that a report that waits in the same queue gets its turn
MOST = 200
LONGEST = timedelta(minutes=5)

log = logging.getLogger(__name__)


@dataclass
class Sent:
    """What one run did; `halted` says why it sent nothing, or no more: `busy`, `clock`, `paused` or `quiet`.

    Of what still waits, `no_channel` counts what no channel is set up for, `waits` what goes by one that
    said no to everything or was not reached.
    """

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
    longest: timedelta | None = LONGEST,
) -> Sent:
    """Plan, close links, and send what is due from this moment on; commits as it goes."""
    sent = Sent()
    with alone(session.get_bind().engine, settings, "sending") as mine:
        if not mine:
            sent.halted = "busy"
            return sent
        watch = Watch(session, settings.timetable, now)
        channels = channels_of(settings)
        _settle_claimed(session, channels)
        sent.closed = close_links(session, settings, watch.day)
        sent.planned = plan_in_pieces(session, settings, watch.day)
        forget_answered(session)
        session.commit()
        _Run(session, settings, watch, channels, sent).all_due(Wanted(steps, wave), most, longest)
    return sent


def _settle_claimed(session: Session, channels: Mapping[str, Channel]) -> None:
    """Decide what becomes of messages that were being sent when a process died; commits."""
    unknown = 0
    for key, channel in session.execute(
        sa.select(Sending.key, Sending.channel).where(Sending.state == "claimed")
    ).all():
        known = channels.get(channel)
        if known is not None and known.repeatable:
            session.execute(sa.update(Sending).where(Sending.key == key).values(state="planned"))
        else:
            note_outcome(session, key, Outcome("unknown", "process_died"))
            unknown += 1
    session.commit()
    if unknown:
        log.warning(
            "a process died while it sent %d message(s): whether they left is not known, so they count as"
            " unknown and are not sent again; the next reminder asks. There is nothing to do about them, only"
            " about what ended the process (docs/timetable.md)",
            unknown,
        )


class _Run:
    """One run over everything that is due; a channel that says "not now" is left alone for the rest of it."""

    def __init__(
        self,
        session: Session,
        settings: Settings,
        watch: Watch,
        channels: Mapping[str, Channel],
        sent: Sent,
    ) -> None:
        self._session, self._settings, self._watch, self._sent = session, settings, watch, sent
        self._channels, self._set_up = dict(channels), frozenset(channels)
        self._in_a_row: defaultdict[str, InARow] = defaultdict(InARow)

    def all_due(self, wanted: Wanted, most: int, longest: timedelta | None) -> None:
        """Everything due that can leave (see `due.next_due`), looked up again when a channel drops out."""
        self._sent.halted = self._watch.halt()
        while most > 0 and not self._sent.halted:
            when = self._watch.day, self._watch.moment
            found = next_due(self._session, wanted, self._channels.keys(), *when, min(most, MOST))
            most -= self._some(found, longest)
            if not found or self._watch.lasted(longest):
                break
        if not self._sent.halted:
            self._count_waiting(wanted)
        self._session.rollback()
        self._sent.counts = +self._sent.counts

    def _some(self, found: list[tuple[str, str]], longest: timedelta | None) -> int:
        """Send these, as long as all channels stay and nothing stops the run; how many were looked at."""
        there = set(self._channels)
        for number, (invitation_id, step) in enumerate(found):
            self._sent.halted = self._watch.halt()
            if self._sent.halted or there != set(self._channels) or self._watch.lasted(longest):
                return number
            due = self._session.get(Sending, (invitation_id, step), populate_existing=True)
            if due and due.state == "planned":  # else somebody sent it by hand meanwhile
                self._one(due)
            self._session.expunge_all()  # a long run keeps nothing in memory
        return len(found)

    def _count_waiting(self, wanted: Wanted) -> None:
        when = self._watch.day, self._watch.moment
        for channel, number in waiting(self._session, wanted, self._channels.keys(), *when).items():
            self._sent.counts["waits" if channel in self._set_up else "no_channel"] += number

    def _one(self, due: Sending) -> None:
        invitation = self._session.get(Invitation, due.invitation_id, populate_existing=True)
        if invitation is None or not self._still_asks(invitation):
            self._end(due, "done", "passed_over")
        elif outdated(due.step, due.due_on, self._watch.day):
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
            due.channel = letter.channel  # where that does not work now, it waits for this one
            if channel := self._channels.get(letter.channel):
                self._send(due, channel, letter, invitation.disposition)
            else:
                self._session.commit()

    def _send(self, due: Sending, channel: Channel, letter: Letter, before: str) -> None:
        due.state, due.attempts, due.next_attempt_at = "claimed", due.attempts + 1, None
        this = Refused(due.key, due.invitation_id, before, due.attempts)
        self._session.commit()
        try:
            outcome = channel.send(letter)
        except TryAgain as later:
            self._later(due, later, this)
            return
        except Exception:
            log.exception("a channel failed in an unforeseen way: the message is not sent again")
            outcome = Outcome("unknown", "unforeseen")
        note_outcome(self._session, due.key, outcome)
        self._go_on(due)
        self._session.commit()
        self._sent.counts[outcome.disposition] += 1
        self._weigh(letter.channel, outcome, this)

    def _weigh(self, channel: str, outcome: Outcome, this: Refused) -> None:
        """Believe a refusal, unless it is one of many that are alike."""
        row = self._in_a_row[channel]
        if outcome.disposition == "delivered":
            row.taken()
        elif (
            outcome.theirs
            and outcome.disposition == "bounced"
            and (many := row.refused(outcome.detail, this))
        ):
            self._rest(channel, outcome.detail, len(many))
            again = plan_again(self._session, many, self._watch.moment)
            self._sent.counts["again"] += again
            self._sent.counts["bounced"] -= again

    def _rest(self, channel: str, said: str, number: int) -> None:
        self._channels.pop(channel, None)
        log.error(
            "%s: %d messages in a row were refused alike (%s), so this channel rests and they are tried again"
            " later: see what the other side has against us (docs/sending.md)",
            channel,
            number,
            said,
        )

    def _later(self, due: Sending, later: TryAgain, this: Refused) -> None:
        """Nothing left: plan the next attempt, or give up what is refused again and again by itself."""
        theirs = later.alone and later.reason == "refused"
        wait = back_off(due.attempts) if theirs else later.after
        if not theirs:
            due.attempts -= 1  # whatever is wrong, it has nothing to do with whom we write to
        if not later.alone:
            self._channels.pop(due.channel, None)
        if wait is None:
            self._end(due, "given_up", "tried_too_often")
        else:
            due.state, due.next_attempt_at = "planned", self._watch.moment + max(wait, later.after)
            self._session.commit()
            self._sent.counts["again"] += 1
        if later.alone and (many := self._in_a_row[due.channel].refused(later.reason, this, for_now=theirs)):
            self._rest(due.channel, later.reason, len(many))
            if theirs:
                hold_against_nobody(self._session, many)

    def _end(self, due: Sending, state: str, why: str) -> None:
        due.state, due.next_attempt_at = state, None
        self._session.flush()
        self._go_on(due)
        self._session.commit()
        self._sent.counts[why] += 1

    def _go_on(self, due: Sending) -> None:
        """After a first message its reminders follow at their distance, however late it was."""
        day = self._watch.day
        if due.step != "first" or due.due_on == day:
            return
        audience = self._session.scalar(
            sa.select(Invitation.audience).where(Invitation.id == due.invitation_id)
        )
        for one in self._settings.timetable.steps_from(audience or "newcomer", day):
            self._session.execute(
                sa.update(Sending)
                .where(Sending.invitation_id == due.invitation_id, Sending.step == one.step)
                .values(due_on=one.on)
                .execution_options(synchronize_session=False)
            )

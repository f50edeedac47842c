"""What becomes of signals once handed over: who follows them up, until when, which are late or came back.

All of it counts signals, never answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import today
from feedback_app.signals import lifecycle
from feedback_app.signals.edit import Filter, visible_signals
from feedback_app.signals.lifecycle import MoveRefused
from feedback_app.signals.models import HANDED_OVER, Signal
from feedback_app.signals.saving import Outdated, changes_to, save
from feedback_app.staff.models import Account

#: an answer should have been told back by then
TELL_BACK_WITHIN = timedelta(weeks=4)
#: fewer handed-over signals give no percentage: one more or less would turn it over
FEWEST_FOR_PERCENT = 10

_TOLD = ("teruggekoppeld", "afgesloten")


@dataclass(frozen=True)
class Late:
    """A signal that waits longer than agreed, and for how many days."""

    signal: Signal
    days: int


@dataclass(frozen=True)
class Loop:
    """How far handed-over signals came; `waiting` still have time, `late` are past their due date."""

    handed_over: int
    answered: int
    told_back: int
    waiting: int
    late: int

    @property
    def percent(self) -> int | None:
        """Told back of all handed over, in whole percents; None when they are too few for one."""
        if self.handed_over < FEWEST_FOR_PERCENT:
            return None
        return round(100 * self.told_back / self.handed_over)


def plan(
    session: Session,
    account: Account,
    signal: Signal,
    revision: int,
    *,
    due_on: date,
    responsible_id: str,
    note: str,
) -> None:
    """Change until when an answer is expected and who follows it up, and commit.

    Raises MoveRefused: `role`, `days`, or `fields` when a new date comes without a reason; Outdated.
    """
    if not lifecycle.may_follow_up(signal.state, account.role):
        raise MoveRefused("role")
    days = {"handed_on": signal.handed_on, "due_on": due_on}
    if wrong := lifecycle.wrong_days(days, ("due_on",), today()):
        raise MoveRefused("days", wrong)
    if due_on != signal.due_on and not note.strip():
        raise MoveRefused("fields", ("note",))
    if signal.revision != revision:
        raise Outdated
    changes = changes_to(signal, {"due_on": due_on, "responsible_id": responsible_id})
    if changes:
        signal.due_on, signal.responsible_id = due_on, responsible_id
        save(session, account, signal, "planned", changes, note)


def may_be_responsible(session: Session, region_key: str | None) -> list[Account]:
    """The colleagues who may follow up a signal of a region (None: of Flanders), by address."""
    query = sa.select(Account).where(Account.active, Account.role.in_(lifecycle.SENDERS))
    region = sa.or_(Account.region_key.is_(None), Account.region_key == region_key)
    return list(session.scalars(query.where(region).order_by(Account.email)))


def responsible_address(session: Session, signal: Signal) -> str:
    """The address of who follows a signal up; empty when nobody was named, or they may not any more."""
    able = {one.id: one.email for one in may_be_responsible(session, signal.region_key)}
    return able.get(signal.responsible_id or "", "")


def days_late(signal: Signal, day: date) -> int:
    """How many days the answer is late; 0 when it is not."""
    if signal.state != "overgemaakt" or signal.due_on is None:
        return 0
    return max(0, (day - signal.due_on).days)


def unanswered_late(session: Session, account: Account, day: date) -> list[Late]:
    """Handed over and past the due date without an answer, the longest first."""
    query = visible_signals(account).where(Signal.state == "overgemaakt", Signal.due_on < day)
    found = session.scalars(query.order_by(Signal.due_on, Signal.code))
    return [Late(one, (day - one.due_on).days) for one in found if one.due_on]


def untold_late(session: Session, account: Account, day: date) -> list[Late]:
    """Answered for longer than four weeks and not told back, the longest first."""
    latest = day - TELL_BACK_WITHIN
    query = visible_signals(account).where(Signal.state == "beantwoord", Signal.answered_on < latest)
    found = session.scalars(query.order_by(Signal.answered_on, Signal.code))
    return [Late(one, (latest - one.answered_on).days) for one in found if one.answered_on]


def loop(session: Session, account: Account, wanted: Filter, day: date) -> Loop:
    """How far the handed-over signals that an account may see came, of a theme, a wave or a region."""
    query = visible_signals(account).where(Signal.state.in_(HANDED_OVER))
    for column, value in (
        (Signal.theme_key, wanted.theme),
        (Signal.wave_key, wanted.wave),
        (Signal.region_key, wanted.region),
    ):
        if value:
            query = query.where(column == value)
    return loop_of(list(session.scalars(query)), day)


def loop_of(signals: Sequence[Signal], day: date) -> Loop:
    """The same of given signals that were handed over."""
    open_ones = [one for one in signals if one.state == "overgemaakt"]
    late = sum(1 for one in open_ones if one.due_on and one.due_on < day)
    told = sum(1 for one in signals if one.state in _TOLD)
    return Loop(len(signals), len(signals) - len(open_ones), told, len(open_ones) - late, late)

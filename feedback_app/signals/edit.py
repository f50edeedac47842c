"""Writing, rewording and moving signals: the only place that changes them.

Every change is one step in the signal's history. Two colleagues never overwrite each other: each change
names the revision it was based on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from feedback_app.signals import lifecycle
from feedback_app.signals.lifecycle import MoveRefused
from feedback_app.signals.models import Signal, SignalEvent, SignalEvidence
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region

#: what form P asks; kept as first written
FORM_P = ("observation", "frequency", "spread", "solver", "own_action")
#: what may be reworded until a signal is validated
WORDING = (
    "theme_key",
    "title",
    "finding",
    "reading",
    "reading_by",
    "causes",
    "consequence",
    "ask",
    "addressee",
    "evidence",
    "is_practice",
    "earlier_id",
)
EVIDENCE = ("sterk", "mogelijk", "focusgroep")

_CODE_ATTEMPTS = 5


class SignalUnknown(LookupError):
    """There is no such signal in the regions this account may see."""


class Outdated(Exception):
    """Somebody changed the signal since this colleague opened it; nothing was overwritten."""


@dataclass(frozen=True)
class Filter:
    """Which signals to list; empty means any."""

    state: str = ""
    theme: str = ""
    wave: str = ""


def find_signal(session: Session, account: Account, signal_id: str) -> Signal:
    """The signal, if it exists and lies within the account's region; else SignalUnknown."""
    found = session.scalar(visible_signals(account).where(Signal.id == signal_id))
    if found is None:
        raise SignalUnknown(signal_id)
    return found


def list_signals(session: Session, account: Account, wanted: Filter = Filter()) -> list[Signal]:
    """The signals an account may see, newest wave first, then by code and title."""
    query = visible_signals(account)
    for column, value in (
        (Signal.state, wanted.state),
        (Signal.theme_key, wanted.theme),
        (Signal.wave_key, wanted.wave),
    ):
        if value:
            query = query.where(column == value)
    order = (Signal.wave_key.desc(), Signal.code.is_(None), Signal.code, Signal.theme_key, Signal.id)
    return list(session.scalars(query.order_by(*order)))


def count_by_state(session: Session, account: Account) -> dict[str, int]:
    """State → number of signals the account may see."""
    seen = visible_signals(account).subquery()
    counted = sa.select(seen.c.state, sa.func.count()).group_by(seen.c.state)
    return dict(session.execute(counted).all())


def earlier_signals(session: Session, account: Account, signal: Signal) -> list[Signal]:
    """Signals with a code from before, that this one may follow up."""
    query = visible_signals(account).where(Signal.code.is_not(None), Signal.id != signal.id)
    return list(session.scalars(query.order_by(Signal.code.desc())))


def followed_up(session: Session, account: Account, signal: Signal) -> Signal | None:
    """The earlier signal this one follows up; None when there is none, or it lies in another region."""
    return session.scalar(visible_signals(account).where(Signal.id == signal.earlier_id))


def write_signal(
    session: Session, account: Account, values: Mapping[str, Any], evidence: SignalEvidence | None = None
) -> Signal:
    """Store and commit a new pre-signal, perhaps with the pattern it was made from.

    Who is bound to a region writes for that region only.
    """
    region = visible_region(account) or values.get("region_key") or None
    signal = Signal(**{**values, "region_key": region, "state": "pre_signaal"})
    signal.history.append(SignalEvent(state=signal.state, account_id=account.id))
    session.add(signal)
    session.flush()
    if evidence is not None:
        evidence.signal_id = signal.id
        session.add(evidence)
    record(
        session, "signal.written", account=account, subject=f"signal:{signal.id}", region=signal.region_key
    )
    session.commit()
    return signal


def reword(
    session: Session, account: Account, signal: Signal, revision: int, values: Mapping[str, Any]
) -> list[str]:
    """Change the wording and commit; return the fields that changed.

    Raises MoveRefused("role") when this role may not (any more), Outdated when somebody was first.
    """
    if not lifecycle.may_edit(signal.state, account.role):
        raise MoveRefused("role")
    if signal.revision != revision:
        raise Outdated
    changed = [name for name, value in values.items() if getattr(signal, name) != value]
    if changed:
        for name in changed:
            setattr(signal, name, values[name])
        _save(session, account, signal, ", ".join(changed), "signal.reworded")
    return changed


def move_signal(
    session: Session,
    account: Account,
    signal: Signal,
    revision: int,
    target: str,
    given: Mapping[str, Any],
) -> None:
    """Take one step of the life cycle and commit; raises MoveRefused, or Outdated when somebody was first."""
    move = lifecycle.find_move(signal.state, target, account.role)
    asked = {name: given[name] for name in move.asks if name in given}
    fields = {name: getattr(signal, name) for name in (*move.needs, *move.asks)}
    worked_on = {event.account_id for event in signal.history if event.account_id}
    lifecycle.check_move(move, account=account.id, worked_on=worked_on, values={**fields, **asked})
    for attempt in range(_CODE_ATTEMPTS):
        if signal.revision != revision:
            raise Outdated
        for name, value in asked.items():
            setattr(signal, name, value)
        signal.state = target
        if target == lifecycle.CODED and signal.code is None:
            signal.code = lifecycle.next_code(signal.wave_key, _codes(session, signal.wave_key))
        try:
            _save(session, account, signal, str(asked.get("reason", "")), "signal.moved")
            return
        except IntegrityError:  # another signal got this code at the same moment
            if attempt + 1 == _CODE_ATTEMPTS:
                raise


def _save(session: Session, account: Account, signal: Signal, note: str, action: str) -> None:
    """Note the step and commit; Outdated when the row was changed since it was read."""
    region, subject = signal.region_key, f"signal:{signal.id}"
    record(session, action, account=account, subject=subject, region=region, state=signal.state)
    try:
        signal.history.append(SignalEvent(state=signal.state, account_id=account.id, note=note))
        session.commit()
    except StaleDataError as error:
        session.rollback()
        raise Outdated from error
    except IntegrityError:
        session.rollback()
        raise


def _codes(session: Session, wave_key: str) -> list[str]:
    with session.no_autoflush:
        query = sa.select(Signal.code).where(Signal.wave_key == wave_key, Signal.code.is_not(None))
        return [code for code in session.scalars(query) if code]


def visible_signals(account: Account) -> sa.Select[Signal]:
    """The query of all signals this account may see."""
    region = visible_region(account)
    query = sa.select(Signal)
    return query if region is None else query.where(Signal.region_key == region)

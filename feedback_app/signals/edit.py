"""Finding, writing and rewording signals.

Every change is one step in the signal's history. Two colleagues never overwrite each other: each change
names the revision it was based on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.signals import lifecycle
from feedback_app.signals.lifecycle import MoveRefused
from feedback_app.signals.models import Signal, SignalEvent, SignalEvidence
from feedback_app.signals.saving import Outdated, changes_to, save
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region

#: what form P asks; kept as first written, in the row or (own_action) in the history
FORM_P = ("observation", "frequency", "spread", "municipalities", "solver", "own_action")
#: what may be reworded until a signal is validated
WORDING = (
    "theme_key",
    "title",
    "finding",
    "reading",
    "reading_by",
    "causes",
    "consequence",
    "concerns",
    "own_action",
    "ask",
    "level",
    "addressee",
    "evidence",
    "is_practice",
    "earlier_id",
)
EVIDENCE = ("sterk", "mogelijk", "focusgroep")


class LinkRefused(Exception):
    """A signal cannot follow up that one; `reason` is circle, unknown or later."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SignalUnknown(LookupError):
    """There is no such signal in the regions this account may see."""


@dataclass(frozen=True)
class Filter:
    """Which signals to list; empty means any."""

    state: str = ""
    theme: str = ""
    wave: str = ""
    region: str = ""


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
        (Signal.region_key, wanted.region),
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
    """Signals with a code that this one may follow up: of no later wave, none that follows this one up."""
    after = _following(signal.id)
    query = visible_signals(account).where(
        Signal.code.is_not(None), Signal.wave_key <= signal.wave_key, Signal.id.not_in(_ids(after))
    )
    return list(session.scalars(query.order_by(Signal.code.desc())))


def followed_up(session: Session, account: Account, signal: Signal) -> Signal | None:
    """The earlier signal this one follows up; None when there is none, or it lies in another region."""
    return session.scalar(visible_signals(account).where(Signal.id == signal.earlier_id))


def followers(session: Session, account: Account, signal: Signal) -> list[Signal]:
    """The later signals that follow this one up, among those this account may see."""
    query = visible_signals(account).where(Signal.earlier_id == signal.id)
    return list(session.scalars(query.order_by(Signal.wave_key, Signal.code)))


def write_signal(
    session: Session,
    account: Account,
    values: Mapping[str, Any],
    evidence: SignalEvidence | None = None,
    note: str = "",
) -> Signal:
    """Store and commit a new pre-signal, perhaps with the pattern it was made from, which `note` names.

    Who is bound to a region writes for that region only.
    """
    region = visible_region(account) or values.get("region_key") or None
    level = values.get("level") or values.get("solver", "")
    signal = Signal(**{**values, "level": level, "region_key": region, "state": "pre_signaal"})
    written = SignalEvent(kind="written", state=signal.state, account_id=account.id, note=note)
    signal.history.append(written)
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

    Raises MoveRefused("role") when this role may not (any more), Outdated when somebody was first,
    LinkRefused when the signal would follow up one that it cannot.
    """
    if not lifecycle.may_edit(signal.state, account.role):
        raise MoveRefused("role")
    if signal.revision != revision:
        raise Outdated
    changes = changes_to(signal, values)
    if "earlier_id" in changes:
        _check_link(session, signal, values["earlier_id"])
    if changes:
        for name in changes:
            setattr(signal, name, values[name])
        save(session, account, signal, "reworded", changes, ", ".join(changes))
    return list(changes)


def visible_signals(account: Account) -> sa.Select[Signal]:
    """The query of all signals this account may see."""
    region = visible_region(account)
    query = sa.select(Signal)
    return query if region is None else query.where(Signal.region_key == region)


def _check_link(session: Session, signal: Signal, earlier_id: str | None) -> None:
    """LinkRefused unless it is a signal with a code, of no later wave, that does not follow this one up."""
    if earlier_id is None:
        return
    earlier = session.get(Signal, earlier_id)
    if earlier is None or earlier.code is None:
        raise LinkRefused("unknown")
    if session.scalar(
        sa.select(sa.literal(1)).where(sa.literal(earlier_id).in_(_ids(_following(signal.id))))
    ):
        raise LinkRefused("circle")
    if earlier.wave_key > signal.wave_key:
        raise LinkRefused("later")


def _following(signal_id: str) -> sa.CTE:
    """A signal and everything that follows it up, however far; a circle would end it too."""
    walk = sa.select(Signal.id).where(Signal.id == signal_id).cte("following", recursive=True)
    return walk.union(sa.select(Signal.id).where(Signal.earlier_id == walk.c.id))


def _ids(walk: sa.CTE) -> sa.Select[str]:
    return sa.select(walk.c.id)

"""Collecting good practices: written by one colleague, released by a second, withdrawn again.

The only place that changes them. Who is bound to a region writes for that region, and sees what still waits
of that region only; what was released everybody reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from feedback_app.database import now, random_id
from feedback_app.exchange.models import Booklet, Practice, PracticeEvent
from feedback_app.signals.edit import visible_signals
from feedback_app.signals.lifecycle import DROPPED
from feedback_app.signals.models import Signal
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region

WRITERS = frozenset({"analist", "netwerkmedewerker", "redacteur", "vrijgever"})
RELEASERS = frozenset({"vrijgever"})
#: what must be said before anybody else reads it
WHOLE = ("title", "what", "place", "why")


class PracticeUnknown(LookupError):
    """There is no such practice, or none that this account may see."""


class Outdated(Exception):
    """Somebody changed the practice since this colleague opened it; nothing was overwritten."""


class AlreadyWritten(Exception):
    """This form was sent before, or the pre-signal was worked out by somebody: `practice`."""

    def __init__(self, practice: Practice) -> None:
        super().__init__(practice.id)
        self.practice = practice


class StepRefused(Exception):
    """A step cannot be taken; `reason` is one of state, role, four_eyes, fields (then `missing`)."""

    def __init__(self, reason: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason, *missing)
        self.reason, self.missing = reason, missing


@dataclass(frozen=True)
class Filter:
    """Which practices to list; empty means any."""

    theme: str = ""
    region: str = ""
    state: str = ""


def find_practice(session: Session, account: Account, practice_id: str) -> Practice:
    """The practice, if this account may see it; else PracticeUnknown."""
    found = session.scalar(_visible(account).where(Practice.id == practice_id))
    if found is None:
        raise PracticeUnknown(practice_id)
    return found


def list_practices(session: Session, account: Account, wanted: Filter = Filter()) -> list[Practice]:
    """What an account may see, by theme and title."""
    query = _visible(account)
    for column, value in (
        (Practice.theme_key, wanted.theme),
        (Practice.region_key, wanted.region),
        (Practice.state, wanted.state),
    ):
        if value:
            query = query.where(column == value)
    return list(session.scalars(query.order_by(Practice.theme_key, Practice.title, Practice.id)))


def count_by_state(session: Session, account: Account) -> dict[str, int]:
    """State → number of practices the account may see."""
    seen = _visible(account).subquery()
    return dict(session.execute(sa.select(seen.c.state, sa.func.count()).group_by(seen.c.state)).all())


def released(session: Session, *, theme: str = "", wave: str = "", region: str = "") -> list[Practice]:
    """Released practices of every region, by theme and title: what reports, booklets and digests quote."""
    query = sa.select(Practice).where(Practice.state == "released")
    for column, value in (
        (Practice.theme_key, theme),
        (Practice.wave_key, wave),
        (Practice.region_key, region),
    ):
        if value:
            query = query.where(column == value)
    return list(session.scalars(query.order_by(Practice.theme_key, Practice.title, Practice.id)))


def reported(session: Session, account: Account) -> list[Signal]:
    """Pre-signals that call themselves a good practice and were not worked out yet."""
    taken = sa.select(Practice.signal_id).where(Practice.signal_id.is_not(None))
    query = visible_signals(account).where(
        Signal.is_practice, Signal.state != DROPPED, Signal.id.not_in(taken)
    )
    return list(session.scalars(query.order_by(Signal.wave_key.desc(), Signal.theme_key, Signal.id)))


def worked_out(session: Session, signal_id: str) -> Practice | None:
    """The practice that was made of a pre-signal; None as long as nobody did."""
    return session.scalar(sa.select(Practice).where(Practice.signal_id == signal_id))


def write_practice(
    session: Session,
    account: Account,
    values: Mapping[str, Any],
    signal: Signal | None = None,
    key: str = "",
) -> Practice:
    """Store and commit a practice that waits for a second person; perhaps what a pre-signal began.

    `key` becomes its own: who sends one form twice gets AlreadyWritten, and so does who works out a
    pre-signal that a colleague has just worked out.
    """
    key, signal_id = key or random_id(), signal.id if signal else None
    try:
        return _write(session, account, values, signal_id, key)
    except IntegrityError:
        session.rollback()
        first = session.get(Practice, key) or (worked_out(session, signal_id) if signal_id else None)
        if first is None:
            raise
        raise AlreadyWritten(first) from None


def _write(
    session: Session, account: Account, values: Mapping[str, Any], signal_id: str | None, key: str
) -> Practice:
    practice = Practice(
        **{**values, "region_key": _region(account, values)},
        id=key,
        written_by=account.id,
        signal_id=signal_id,
    )
    practice.history.append(PracticeEvent(step="written", account_id=account.id))
    session.add(practice)
    session.flush()
    _note(session, account, practice, "practice.written")
    session.commit()
    return practice


def reword_practice(
    session: Session, account: Account, practice: Practice, revision: int, values: Mapping[str, Any]
) -> None:
    """Change what is not released, which then waits (again) for a second person; commits.

    Raises StepRefused, or Outdated when somebody was first.
    """
    check_reword(account, practice)
    if practice.revision != revision:
        raise Outdated
    new = {**values, "region_key": _region(account, values)}
    changed = [name for name, value in new.items() if getattr(practice, name) != value]
    if not changed and practice.state == "waiting":
        return
    for name in changed:
        setattr(practice, name, new[name])
    practice.state, practice.reason = "waiting", ""
    _step(session, account, practice, "reworded", ", ".join(changed))


def release_practice(session: Session, account: Account, practice: Practice, revision: int) -> None:
    """Let everybody read it; commits. Raises StepRefused, or Outdated when somebody was first."""
    check_release(account, practice)
    if practice.revision != revision:
        raise Outdated
    practice.state, practice.released_by, practice.released_at = "released", account.id, now()
    _step(session, account, practice, "released")


def check_release(account: Account, practice: Practice) -> None:
    """Raise StepRefused when this account may not release this practice now."""
    if account.role not in RELEASERS:
        raise StepRefused("role")
    if practice.state != "waiting":
        raise StepRefused("state")
    if account.id in _worked_on(practice):
        raise StepRefused("four_eyes")
    if missing := tuple(name for name in WHOLE if not getattr(practice, name).strip()):
        raise StepRefused("fields", missing)


def withdraw_practice(
    session: Session, account: Account, practice: Practice, revision: int, reason: str
) -> None:
    """Take it back with a reason, and with it the booklets that hold it; commits. StepRefused, Outdated."""
    check_withdraw(account, practice)
    if not reason.strip():
        raise StepRefused("fields", ("reason",))
    if practice.revision != revision:
        raise Outdated
    if practice.state == "released":
        session.execute(sa.delete(Booklet).where(Booklet.theme_key == practice.theme_key))
    practice.state, practice.reason = "withdrawn", reason.strip()
    practice.released_by = practice.released_at = None
    _step(session, account, practice, "withdrawn", practice.reason)


def check_reword(account: Account, practice: Practice) -> None:
    """Raise StepRefused unless this account may change the text: what was released is withdrawn first."""
    if practice.state == "released":
        raise StepRefused("state")
    if account.role not in WRITERS or not _is_mine(account, practice):
        raise StepRefused("role")


def check_withdraw(account: Account, practice: Practice) -> None:
    """Raise StepRefused unless this account may take it back: who releases, and who wrote it."""
    if practice.state == "withdrawn":
        raise StepRefused("state")
    if account.id != practice.written_by and not (account.role in RELEASERS and _is_mine(account, practice)):
        raise StepRefused("role")


def _is_mine(account: Account, practice: Practice) -> bool:
    region = visible_region(account)
    return region is None or practice.region_key == region or practice.written_by == account.id


def _visible(account: Account) -> sa.Select[Practice]:
    """The query of what an account may see: what was released, and of its own region what was not."""
    query, region = sa.select(Practice), visible_region(account)
    if account.role not in WRITERS:
        return query.where(Practice.state == "released")
    if region is None:
        return query
    mine = sa.or_(Practice.region_key == region, Practice.written_by == account.id)
    return query.where(sa.or_(Practice.state == "released", mine))


def _region(account: Account, values: Mapping[str, Any]) -> str | None:
    return visible_region(account) or values.get("region_key") or None


def _worked_on(practice: Practice) -> set[str | None]:
    """Whose words it may hold: of the practice, and of the pre-signal it began as."""
    words = {event.account_id for event in practice.history if event.step in ("written", "reworded")}
    if practice.signal is not None:
        noted = practice.signal.history
        words |= {event.account_id for event in noted if event.kind in ("written", "reworded")}
    return {practice.written_by, *words} - {None}


def _step(session: Session, account: Account, practice: Practice, step: str, note: str = "") -> None:
    """Note the step and commit; Outdated when the row was changed since it was read."""
    _note(session, account, practice, f"practice.{step}")
    try:
        practice.history.append(PracticeEvent(step=step, account_id=account.id, note=note))
        session.commit()
    except StaleDataError as error:
        session.rollback()
        raise Outdated from error


def _note(session: Session, account: Account, practice: Practice, action: str) -> None:
    subject = f"practice:{practice.id}"
    record(session, action, account=account, subject=subject, region=practice.region_key)


def emails_of(session: Session, ids: Sequence[str | None]) -> dict[str, str]:
    """Account → e-mail address, for the history of a practice."""
    query = sa.select(Account.id, Account.email).where(Account.id.in_({one for one in ids if one}))
    return dict(session.execute(query).all())

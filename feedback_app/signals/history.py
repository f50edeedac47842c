"""What happened to a signal, and what changed while somebody was writing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.signals.models import Signal
from feedback_app.staff.models import Account


@dataclass(frozen=True)
class Step:
    """One line of the history: `kind` is written, reworded (then `fields`) or moved (then perhaps `note`)."""

    kind: str
    state: str
    at: datetime
    by: str
    fields: tuple[str, ...] = ()
    note: str = ""


def steps(session: Session, signal: Signal) -> list[Step]:
    """The signal's history with the colleagues' addresses, oldest first."""
    ids = {event.account_id for event in signal.history if event.account_id}
    query = sa.select(Account.id, Account.email).where(Account.id.in_(ids))
    names = dict(session.execute(query).all())
    found: list[Step] = []
    state = ""
    for event in signal.history:
        by = names.get(event.account_id or "", "")
        if not state:
            found.append(Step("written", event.state, event.at, by))
        elif event.state == state:
            found.append(Step("reworded", state, event.at, by, tuple(event.note.split(", "))))
        else:
            found.append(Step("moved", event.state, event.at, by, note=event.note))
        state = event.state
    return found


def prints(values: Mapping[str, Any]) -> str:
    """A short print of every field, so that a page can tell later which of them somebody touched."""
    return " ".join(f"{name}:{_print(value)}" for name, value in values.items())


def untouched(mine: Mapping[str, Any], seen: str | None) -> set[str]:
    """The fields that still hold what they held when the page with these prints was opened."""
    before = dict(one.partition(":")[::2] for one in (seen or "").split())
    return {name for name, value in mine.items() if before.get(name) == _print(value)}


def differences(signal: Signal, mine: Mapping[str, Any], readable: Mapping[str, str]) -> dict[str, str]:
    """Field → what is stored now, for the fields where that is not what somebody else just typed.

    `readable` has the fields whose stored value is a code, in words.
    """
    return {
        name: readable.get(name, getattr(signal, name) or "")
        for name, value in mine.items()
        if getattr(signal, name) != value
    }


def _print(value: Any) -> str:
    return hashlib.sha256(repr(value or "").encode()).hexdigest()[:12]

"""What happened to a signal, and what changed while somebody was writing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.signals.lifecycle import MOVES
from feedback_app.signals.models import Signal, SignalEvent
from feedback_app.staff.models import Account


@dataclass(frozen=True)
class Change:
    """One thing that changed: its field or question, and what it was and is, as stored."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Step:
    """One line of the history; `kind` is one of `EVENT_KINDS`, `back` when a step was undone.

    `by` is a colleague's address, or empty when the service did it. `fields` are the names of what was
    reworded at a time when nobody kept what it was before.
    """

    kind: str
    state: str
    at: datetime
    by: str
    note: str = ""
    back: bool = False
    changes: tuple[Change, ...] = ()
    fields: tuple[str, ...] = ()


def steps(session: Session, signal: Signal) -> list[Step]:
    """The signal's history with the colleagues' addresses, oldest first."""
    ids = {event.account_id for event in signal.history if event.account_id}
    ids |= {one for event in signal.history for one in event.changes.get("responsible_id", ()) if one}
    query = sa.select(Account.id, Account.email).where(Account.id.in_(ids))
    names = dict(session.execute(query).all())
    return [_step(event, before, names) for event, before in pairwise_states(signal)]


def pairwise_states(signal: Signal) -> list[tuple[SignalEvent, str]]:
    """Each event with the state before it."""
    states = ["", *(event.state for event in signal.history)]
    return list(zip(signal.history, states, strict=False))


def _step(event: SignalEvent, before: str, names: Mapping[str, str]) -> Step:
    changes = []
    for name, both in event.changes.items():
        if name == "responsible_id":
            changes.append(Change(name, *(names.get(one or "", "") for one in both)))
        elif name != "state":
            changes.append(Change(name, *both))
    listed = event.kind == "reworded" and not event.changes
    move = next((one for one in MOVES.get(before, ()) if one.target == event.state), None)
    return Step(
        kind=event.kind,
        state=event.state,
        at=event.at,
        by=names.get(event.account_id or "", ""),
        note="" if event.kind == "reworded" else event.note,
        back=event.kind == "moved" and move is not None and move.back,
        changes=tuple(changes),
        fields=tuple(event.note.split(", ")) if listed else (),
    )


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

"""Storing one step of a signal: the change, its line in the history and in the audit log, or nothing of it.

Two colleagues never overwrite each other: each change names the revision it was based on.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from feedback_app.signals.models import Signal, SignalEvent
from feedback_app.staff.audit import record
from feedback_app.staff.models import Account

#: kind of event → what the audit log calls it
_ACTIONS = {
    "reworded": "signal.reworded",
    "tested": "signal.tested",
    "moved": "signal.moved",
    "planned": "signal.planned",
    "attached": "signal.evidence_attached",
    "detached": "signal.evidence_detached",
}

Changes = Mapping[str, list[Any]]


class Outdated(Exception):
    """Somebody changed the signal since this colleague opened it; nothing was overwritten."""


def changes_to(signal: Signal, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Field → [what is stored, what it becomes], for the fields that change; days as ISO strings."""
    return {
        name: [_plain(getattr(signal, name)), _plain(value)]
        for name, value in values.items()
        if getattr(signal, name) != value
    }


def save(
    session: Session, account: Account, signal: Signal, kind: str, changes: Changes, note: str = ""
) -> None:
    """Note the step and commit; Outdated when the row was changed since it was read."""
    region, subject = signal.region_key, f"signal:{signal.id}"
    record(session, _ACTIONS[kind], account=account, subject=subject, region=region, state=signal.state)
    event = SignalEvent(
        kind=kind, state=signal.state, account_id=account.id, note=note, changes=dict(changes)
    )
    try:
        flag_modified(signal, "state")  # so that the revision counts on, also where only other tables change
        signal.history.append(event)
        session.commit()
    except StaleDataError as error:
        session.rollback()
        raise Outdated from error
    except IntegrityError:
        session.rollback()
        raise


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

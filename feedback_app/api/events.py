"""What other programs are told of: entries of the audit log, which are written with the deed itself.

So nothing that happened is left out and nothing that was rolled back is told, and no feature has to know of
webhooks. A message holds ids, codes and counts; what they stand for is asked for with a token.
"""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from feedback_app.api.hook_models import Webhook, WebhookDelivery
from feedback_app.api.problems import PREFIX
from feedback_app.database import insert_into, random_id
from feedback_app.staff.models import AuditEntry, AuditHead

EVENT_NAMES = {
    "edition.released": _l("een verslag is vrijgegeven"),
    "wave.closed": _l("een meetmoment is gesloten"),
    "import.finished": _l("trajecten zijn ingelezen"),
    "signal.answered": _l("een signaal is beantwoord"),
}
#: action in the log → event
_ACTIONS = {
    "report.released": "edition.released",
    "wave.closed": "wave.closed",
    "trajectory.imported": "import.finished",
    "signal.moved": "signal.answered",
}
_ANSWERED, _BEFORE = "beantwoord", "overgemaakt"
#: how many entries are looked at together
_PIECE = 200


def note_events(session: Session) -> int:
    """Write down for each webhook what happened since it was last looked at; how many. Commits."""
    noted = 0
    for hook in session.scalars(sa.select(Webhook).where(Webhook.state == "active")).all():
        noted += _note(session, hook)
    return noted


def newest_entry(session: Session) -> int:
    """The number of the newest entry: a new webhook is told of what comes after."""
    return session.scalar(sa.select(AuditHead.sequence)) or 0


def _note(session: Session, hook: Webhook) -> int:
    """One piece of the log after another; each commits what it found together with how far it came."""
    noted, until = 0, newest_entry(session)
    while hook.seen < until:
        last = min(hook.seen + _PIECE, until)
        query = sa.select(AuditEntry).where(
            AuditEntry.sequence > hook.seen, AuditEntry.sequence <= last, AuditEntry.action.in_(_ACTIONS)
        )
        for entry in session.scalars(query.order_by(AuditEntry.sequence)).all():
            event = _ACTIONS[entry.action]
            if event in hook.events and _is_one(session, entry):
                _write(session, hook, entry, event)
                noted += 1
        hook.seen = last
        session.commit()
    return noted


def _write(session: Session, hook: Webhook, entry: AuditEntry, event: str) -> None:
    _kind, _, key = entry.subject.partition(":")
    data = {**_DATA[event](key, entry), "region": entry.region_key}
    payload = {"type": event, "timestamp": entry.at.isoformat(), "data": data}
    row = {"id": random_id(), "webhook_id": hook.id, "sequence": entry.sequence, "event": event}
    values = {
        **row,
        "payload": payload,
        "state": "waiting",
        "attempts": 0,
        "next_at": entry.at,
        "outcome": "",
    }
    session.execute(insert_into(session, WebhookDelivery).values(values).on_conflict_do_nothing())


def _is_one(session: Session, entry: AuditEntry) -> bool:
    """Whether an entry tells of an event: of a signal only the step forward, not one back from telling."""
    if entry.action != "signal.moved":
        return True
    if entry.facts.get("state") != _ANSWERED:
        return False
    same = (AuditEntry.subject == entry.subject, AuditEntry.action == entry.action)
    before = sa.select(AuditEntry).where(*same, AuditEntry.sequence < entry.sequence)
    last = session.scalar(before.order_by(AuditEntry.sequence.desc()).limit(1))
    return last is None or last.facts.get("state") == _BEFORE


def _counts(entry: AuditEntry, names: Sequence[str]) -> dict[str, Any]:
    return {name: entry.facts[name] for name in names if name in entry.facts}


_DATA: dict[str, Callable[[str, AuditEntry], dict[str, Any]]] = {
    "edition.released": lambda key, _entry: {"edition": key, "url": f"{PREFIX}/editions/{key}"},
    "wave.closed": lambda key, _entry: {"wave": key, "url": f"{PREFIX}/waves/{key}/tables/newcomer"},
    "import.finished": lambda key, entry: {
        "import": key,
        "url": f"{PREFIX}/imports/{key}",
        **_counts(entry, ("trajectories", "activities", "refused")),
    },
    "signal.answered": lambda key, _entry: {"signal": key, "url": f"{PREFIX}/signals/{key}"},
}

"""Checking a file row by row, and holding together what belongs to one trajectory.

Rows with the same agency and file number are one trajectory with several activities. A trajectory comes in
whole or not at all: if one of its rows is refused, so are the others.
"""

import hashlib
import hmac
from dataclasses import fields
from typing import Any

from flask_babel import gettext as _

from feedback_app.jobs import Progress
from feedback_app.keys import derive
from feedback_app.settings import Settings
from feedback_app.trajectories.contacts import mask, seal
from feedback_app.trajectories.opted_out import contact_hashes
from feedback_app.trajectories.reading import Metered, Sheet
from feedback_app.trajectories.records import Fault, Record, RefusedRow, RowReader, TrajectoryFacts
from feedback_app.trajectories.spool import Spool

_OFTEN = 1000
_CONTACTS = ("phone", "email")


def ref_hash(secret_key: str, agency: str, ref: str) -> str:
    """The keyed hash under which a file number is known again; not to be undone without the secret."""
    key = derive(secret_key, "trajectory-ref")
    return hmac.digest(key, f"{agency}\0{ref}".encode(), hashlib.sha256).hex()


def check(sheet: Sheet, reader: RowReader, settings: Settings, progress: Progress | None = None) -> Spool:
    """Read every row once; accepted ones are ready to be stored, refused ones know why."""
    spool, source = Spool(), sheet.layout.source
    for done, (number, values) in enumerate(sheet.rows, start=1):
        keep(spool, number, reader.read(number, values), settings)
        if progress and isinstance(source, Metered) and done % _OFTEN == 0:
            progress(source.read, source.size, _("Rijen nakijken"))
    spool.index()
    for dossier, culprit in spool.broken_dossiers():
        _hold_together(spool, dossier, culprit, sheet)
    return spool


def keep(spool: Spool, number: int, outcome: Record | RefusedRow, settings: Settings) -> None:
    """Put what a row was found to be into the spool."""
    dossier = ref_hash(settings.secret_key, *outcome.dossier) if outcome.dossier else None
    if isinstance(outcome, Record):
        key = spool.partner(*_partner(outcome))
        spool.add(number, dossier, _comparable(outcome.facts, spool.salt), _content(outcome, settings, key))
    else:
        spool.refuse(number, dossier, outcome.faults)


def _partner(record: Record) -> tuple[str, str | None, str | None, str]:
    partner = record.partner
    return partner.name, partner.kbo, partner.email, partner.plain_name


def _comparable(facts: TrajectoryFacts, salt: bytes) -> str:
    """What a row states of its trajectory, so that rows can be compared; contacts only as salted hashes."""
    parts = []
    for one in fields(facts):
        value = str(getattr(facts, one.name) or "")
        if value and one.name in _CONTACTS:
            value = hmac.digest(salt, value.encode(), "sha256").hex()[:24]
        parts.append(f'"{one.name}": "{value}"')  # codes, days and numbers: nothing to escape
    return "{" + ", ".join(parts) + "}"


def _content(record: Record, settings: Settings, partner: int) -> dict[str, Any]:
    """What is stored of a row, and what its preview shows."""
    facts = record.facts
    contacts = [mask(one) for one in (facts.phone, facts.email) if one]
    return {
        "agency_key": record.agency,
        "region_key": facts.region,
        "started_on": facts.started_on.isoformat(),
        "ended_on": facts.ended_on.isoformat() if facts.ended_on else None,
        "hours": None if facts.hours is None else str(facts.hours),
        "offer_source": facts.offer_source,
        "contact_language": facts.contact_language,
        "phone_sealed": seal(settings.contact_keys, facts.phone),
        "email_sealed": seal(settings.contact_keys, facts.email),
        "outcome": facts.outcome,
        "offer_type": record.offer_type,
        "contact_hashes": contact_hashes(settings.secret_key, facts),
        "partner": partner,
        "partner_name": record.partner.name,
        "contact": ", ".join(contacts),
    }


def _hold_together(spool: Spool, dossier: str, culprit: int | None, sheet: Sheet) -> None:
    """Refuse all rows of a trajectory when one was refused, or when they contradict each other."""
    rows = spool.accepted_of(dossier)
    if culprit is not None:
        reason = _(
            "Rij %(row)s van hetzelfde dossier is geweigerd. Het dossier blijft in zijn geheel uit.",
            row=culprit,
        )
        faults = [Fault("incomplete_dossier", "", reason)]
    else:
        numbers = ", ".join(str(row) for row, _facts in rows)
        reason = _("De rijen %(rows)s van dit dossier spreken elkaar tegen.", rows=numbers)
        first = rows[0][1]
        names = sorted(name for name in first if any(one[name] != first[name] for _row, one in rows))
        faults = [Fault("contradiction", _header(sheet, name), reason) for name in names]
    for row, _facts in rows:
        spool.refuse(row, dossier, faults)


def _header(sheet: Sheet, field: str) -> str:
    place = sheet.columns.get(field, sheet.columns.get("nis") if field == "region" else None)
    return field if place is None else sheet.headers[place]

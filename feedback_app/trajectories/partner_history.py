"""What colleagues did to one organisation and its contact persons, as the audit log tells it: no values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from feedback_app.staff.audit_actions import ACTIONS
from feedback_app.staff.models import Account, AuditEntry
from feedback_app.trajectories.models import Partner

MOST = 20

_ACTIONS = [one for one in ACTIONS if one.startswith(("partner.", "contact."))]

#: field, as an entry names it → what it is called
_FIELDS = {
    "name": _l("Naam"),
    "kbo": _l("KBO-nummer"),
    "email": _l("E-mail"),
    "regions": _l("Regio’s"),
    "offers": _l("Activiteiten"),
    "function": _l("Functie"),
    "phone": _l("Telefoon"),
    "language": _l("Taal"),
    "chosen": _l("Wie de berichten krijgt"),
}


@dataclass(frozen=True)
class Event:
    """One entry; `by` is empty for what the service did, `person` for what is about no person still here."""

    at: datetime
    by: str
    text: str
    fields: Sequence[str]
    person: str


def belongs_to(partner_id: str) -> str:
    """How an entry about a contact person names the organisation: the person may be erased later."""
    return f"id-{partner_id}"


def history(session: Session, partner: Partner) -> list[Event]:
    """The latest entries about an organisation, what was merged into it, and their contact persons."""
    merged = sa.select(Partner.id).where(Partner.merged_into_id == partner.id)
    ids = [partner.id, *session.scalars(merged)]
    people = {f"contact:{one.id}": one.name for one in partner.contacts}
    query = (
        sa.select(AuditEntry, Account.email)
        .outerjoin(Account, Account.id == AuditEntry.account_id)
        .where(
            AuditEntry.action.in_(_ACTIONS),
            sa.or_(
                AuditEntry.subject.in_([*(f"partner:{one}" for one in ids), *people]),
                AuditEntry.facts["partner"].as_string().in_([belongs_to(one) for one in ids]),
            ),
        )
        .order_by(AuditEntry.sequence.desc())
        .limit(MOST)
    )
    return [_event(entry, email, people) for entry, email in session.execute(query)]


def _event(entry: AuditEntry, email: str | None, people: dict[str, str]) -> Event:
    fields = str(entry.facts.get("fields", "")).split(",")
    return Event(
        entry.at,
        email or "",
        str(ACTIONS[entry.action]),
        [str(_FIELDS[one]) for one in fields if one in _FIELDS],
        people.get(entry.subject, ""),
    )

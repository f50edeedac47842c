"""Looking through the audit log: filtered and paged in the database, as a page or as CSV."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.paging import PAGE_SIZE, Page, cut, in_order
from feedback_app.staff.audit_actions import ACTIONS
from feedback_app.staff.models import Account, AuditEntry
from feedback_app.web.spreadsheet import harmless

_HERE = ZoneInfo("Europe/Brussels")
_COLUMNS = ("sequence", "at", "account", "role", "action", "subject", "region", "facts", "own_hash")

#: name in the address → column
ORDERS: Mapping[str, Any] = {
    "sequence": AuditEntry.sequence,
    "email": sa.func.lower(Account.email),  # empty for what the service did, though the column never is
    "action": AuditEntry.action,
    "region": AuditEntry.region_key,
}
DEFAULT_ORDER = "-sequence"


@dataclass(frozen=True)
class Wanted:
    """Which entries: each part that is given must fit; days are whole days in Flanders, both included."""

    action: str = ""
    account_id: str = ""
    region: str = ""
    since_on: date | None = None
    until_on: date | None = None


@dataclass(frozen=True)
class Line:
    """One entry as people read it; `email` is empty for what the service itself did."""

    sequence: int
    at: datetime
    email: str
    role: str
    action: str
    text: str
    subject: str
    region_key: str
    facts: str
    own_hash: str


def list_entries(session: Session, wanted: Wanted, *, order: str, page: int) -> Page[Line]:
    """One page of what fits, the latest of what sorts alike first."""
    fits = _conditions(wanted)
    place = cut(session.scalar(sa.select(sa.func.count()).select_from(AuditEntry).where(*fits)) or 0, page)
    query = _query(fits).order_by(*in_order(ORDERS, order, DEFAULT_ORDER), AuditEntry.sequence.desc())
    rows = session.execute(query.limit(PAGE_SIZE).offset(place.start))
    return Page([_line(row[0], row[1]) for row in rows], place.page, place.pages, place.total)


def as_csv(session: Session, wanted: Wanted) -> Iterator[str]:
    """Everything that fits as CSV, a few hundred entries at a time; codes stay codes."""
    yield _written(_COLUMNS)
    latest = _query(_conditions(wanted)).order_by(AuditEntry.sequence.desc())
    below: int | None = None
    while True:
        older = [AuditEntry.sequence < below] if below is not None else []
        rows = [_line(row[0], row[1]) for row in session.execute(latest.where(*older).limit(500))]
        if not rows:
            return
        below = rows[-1].sequence
        yield "".join(
            _written(
                (
                    one.sequence,
                    one.at.isoformat(),
                    one.email,
                    one.role,
                    one.action,
                    one.subject,
                    one.region_key,
                    one.facts,
                    one.own_hash,
                )
            )
            for one in rows
        )


def people(session: Session) -> list[tuple[str, str]]:
    """Account id and address of everybody, to choose from."""
    query = sa.select(Account.id, Account.email).order_by(Account.email)
    return [(row.id, row.email) for row in session.execute(query)]


def _written(cells: Sequence[object]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow(map(harmless, cells))
    return file.getvalue()


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    fits: list[sa.ColumnElement[bool]] = []
    if wanted.action:
        fits.append(AuditEntry.action == wanted.action)
    if wanted.account_id:
        fits.append(AuditEntry.account_id == wanted.account_id)
    if wanted.region:
        fits.append(AuditEntry.region_key == wanted.region)
    if wanted.since_on:
        fits.append(AuditEntry.at >= datetime.combine(wanted.since_on, time(), _HERE))
    if wanted.until_on and wanted.until_on < date.max:
        fits.append(AuditEntry.at < datetime.combine(wanted.until_on + timedelta(days=1), time(), _HERE))
    return fits


def _query(fits: Sequence[sa.ColumnElement[bool]]) -> sa.Select[AuditEntry, str]:
    joined = sa.select(AuditEntry, Account.email).outerjoin(Account, Account.id == AuditEntry.account_id)
    return joined.where(*fits)


def _line(entry: AuditEntry, email: str | None) -> Line:
    return Line(
        entry.sequence,
        entry.at,
        email or "",
        entry.role,
        entry.action,
        str(ACTIONS.get(entry.action, entry.action)),
        entry.subject,
        entry.region_key or "",
        ", ".join(f"{name}={value}" for name, value in sorted(entry.facts.items())),
        entry.own_hash,
    )

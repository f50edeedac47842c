"""Who wants to talk in a focus group: taken in at a door of its own, kept apart from every answer.

A contact shares no key, day or order with an answer: it keeps its month alone, its key is derived from
itself, and where rows lie in the order they came (PostgreSQL) they are laid anew at night (`mix`). Who
looked at contacts is noted with the region alone: the log outlives them.
"""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import insert_into, months_before, today
from feedback_app.invitations.models import FocusContact
from feedback_app.keys import derive
from feedback_app.paging import Page, in_order, paged
from feedback_app.settings import Settings
from feedback_app.staff import audit
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region
from feedback_app.trajectories.contacts import (
    ContactUnreadable,
    mask,
    read_email,
    read_phone,
    seal,
    sealing_key,
    unseal,
)

#: how long a contact is kept that nobody used
MONTHS = 6


#: name in the address → column; and then by the key, which tells nothing
ORDERS: Mapping[str, Any] = {
    "region": FocusContact.region_key,
    "language": FocusContact.contact_language,
    "month": FocusContact.month,
}
DEFAULT_ORDER = "region"


@dataclass(frozen=True)
class FocusLine:
    """One contact as a colleague sees it in the list: masked, "" when it cannot be read."""

    id: str
    region_key: str
    contact_language: str
    contact: str
    month: str


def read_contact(text: str) -> str | None:
    """A telephone number or e-mail address as it is kept; None when it is neither."""
    return read_email(text) if "@" in text else read_phone(text)


def leave_contact(session: Session, settings: Settings, contact: str, language: str, region: str) -> None:
    """Keep a contact, and commit; who leaves the same one again only changes language and region."""
    values = {
        "region_key": region,
        "contact_language": language,
        "contact_sealed": seal(settings.contact_keys, contact),
        "month": f"{today():%Y-%m}",
    }
    statement = insert_into(session, FocusContact).values(id=_key(settings, contact), **values)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    session.commit()


def list_contacts(
    session: Session, settings: Settings, account: Account, region: str, *, order: str, page: int
) -> Page[FocusLine]:
    """The contacts this colleague may see, masked; no order tells which came before another in a month."""
    query = _visible(account)
    if region:
        query = query.where(FocusContact.region_key == region)
    found = paged(session, query, (*in_order(ORDERS, order, DEFAULT_ORDER), FocusContact.id), page)
    lines = [
        FocusLine(one.id, one.region_key, one.contact_language, mask(_opened(settings, one)), one.month)
        for one in found.rows
    ]
    return Page(lines, found.page, found.pages, found.total)


def find_contact(session: Session, account: Account, contact_id: str) -> FocusContact | None:
    """One contact, if this colleague may see it."""
    return session.scalar(_visible(account).where(FocusContact.id == contact_id))


def reveal(session: Session, settings: Settings, account: Account, one: FocusContact) -> str:
    """The contact itself, "" when no key here opens it; that somebody looked is noted, and committed."""
    contact = _opened(settings, one)
    audit.record(session, "focus.shown", account=account, region=one.region_key)
    session.commit()
    return contact


def use_up(session: Session, account: Account, one: FocusContact) -> None:
    """Destroy a contact that has served, and commit."""
    audit.record(session, "focus.destroyed", account=account, region=one.region_key)
    session.delete(one)
    session.commit()


def export(session: Session, settings: Settings, account: Account, region: str) -> list[tuple[str, ...]]:
    """Region, language, contact and month of all this colleague may see; noted, and committed."""
    query = _visible(account)
    if region:
        query = query.where(FocusContact.region_key == region)
    rows: list[tuple[str, ...]] = [
        (one.region_key, one.contact_language, _opened(settings, one), one.month)
        for one in session.scalars(query.order_by(FocusContact.region_key, FocusContact.id))
    ]
    own = visible_region(account) or region or None
    audit.record(session, "focus.exported", account=account, region=own, contacts=len(rows))
    session.commit()
    return rows


def destroy_focus_contacts(session: Session, day: date) -> int:
    """Destroy what was left in a month that began six months ago or earlier; flushes, gives how many."""
    due = sa.delete(FocusContact).where(FocusContact.month <= months_before(day, MONTHS))
    return len(session.execute(due.returning(FocusContact.id)).all())


def mix(session: Session) -> None:
    """Lay the rows anew in random order, as one transaction, where the database keeps the order; flushes."""
    if session.get_bind().dialect.name != "postgresql":
        return  # sorted by their keys
    table = FocusContact.__tablename__
    for statement in _mixing(table):
        session.execute(sa.text(statement))


def _mixing(table: str) -> Iterator[str]:
    yield f"LOCK TABLE {table} IN EXCLUSIVE MODE"
    yield f"CREATE TEMPORARY TABLE mixed ON COMMIT DROP AS SELECT * FROM {table}"  # noqa: S608
    yield f"DELETE FROM {table}"  # noqa: S608
    yield f"INSERT INTO {table} SELECT * FROM mixed ORDER BY random()"  # noqa: S608


def _key(settings: Settings, contact: str) -> str:
    """The same for the same contact, and telling nothing without the key that seals it."""
    key = derive(sealing_key(settings.contact_keys), "focus-contact")
    return hmac.digest(key, contact.encode("utf-8"), "sha256").hex()[:32]


def _opened(settings: Settings, one: FocusContact) -> str:
    try:
        return unseal(settings.contact_keys, one.contact_sealed) or ""
    except ContactUnreadable:
        return ""


def _visible(account: Account) -> sa.Select[FocusContact]:
    region = visible_region(account)
    query = sa.select(FocusContact)
    return query if region is None else query.where(FocusContact.region_key == region)

"""Changing partners and their contact persons; each change leaves an entry in the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback_app.database import random_id, today
from feedback_app.staff import audit
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region
from feedback_app.trajectories.contacts import read_email, read_phone
from feedback_app.trajectories.models import Partner, PartnerContact, PartnerOffer, PartnerRegion
from feedback_app.trajectories.national_number import holds_national_number
from feedback_app.trajectories.partners import read_company_number


class PartnerRefused(Exception):
    """`field` cannot be so; `reason` is one of missing, email, phone, company_number, national_number, taken.

    `other` is the partner that has the company number already.
    """

    def __init__(self, field: str, reason: str, other: Partner | None = None) -> None:
        super().__init__(field, reason)
        self.field, self.reason, self.other = field, reason, other


@dataclass(frozen=True)
class Organisation:
    """What was filled in about an organisation."""

    name: str
    kbo: str
    email: str
    opted_out: bool
    regions: frozenset[str]
    offers: frozenset[str]


@dataclass(frozen=True)
class Person:
    """What was filled in about a contact person."""

    name: str
    function: str
    email: str
    phone: str
    language: str
    chosen: bool
    opted_out: bool


def save_partner(session: Session, account: Account, partner: Partner | None, given: Organisation) -> Partner:
    """Add or change an organisation, and commit; PartnerRefused.

    A colleague of one region changes only that one among the regions, and adds organisations to it.
    """
    _refuse_numbers(name=given.name, email=given.email)
    kbo = _read("kbo", given.kbo, read_company_number, "company_number")
    email = _read("email", given.email, read_email, "email")
    if not given.name:
        raise PartnerRefused("name", "missing")
    if kbo:
        other = session.scalar(sa.select(Partner).where(Partner.kbo == kbo))
        if other is not None and other is not partner:
            raise PartnerRefused("kbo", "taken", other)
    new = partner is None
    partner = partner or Partner(id=random_id())
    opted_out_now = given.opted_out and not partner.opted_out
    partner.name, partner.kbo, partner.email = given.name, kbo, email
    partner.opted_out = given.opted_out
    session.add(partner)
    try:
        session.flush()
    except IntegrityError as error:  # somebody else gave it to another one between our look and our write
        session.rollback()
        raise PartnerRefused("kbo", "taken") from error
    own = visible_region(account)
    regions = {own} & given.regions if own else set(given.regions)
    _name(session, PartnerRegion, "region_key", partner.id, {own} if new and own else regions, own)
    _name(session, PartnerOffer, "offer_type", partner.id, given.offers, None)
    _record(session, "partner.added" if new else "partner.edited", account, "partner", partner.id)
    if opted_out_now:
        _record(session, "partner.opted_out", account, "partner", partner.id)
    session.commit()
    return partner


def save_contact(
    session: Session, account: Account, partner: Partner, contact: PartnerContact | None, given: Person
) -> PartnerContact:
    """Add or change a contact person, and commit; PartnerRefused."""
    _refuse_numbers(name=given.name, function=given.function, email=given.email, phone=given.phone)
    email = _read("email", given.email, read_email, "email")
    phone = _read("phone", given.phone, read_phone, "phone")
    if not given.name:
        raise PartnerRefused("name", "missing")
    if given.chosen and not email:
        raise PartnerRefused("email", "missing")
    new = contact is None
    contact = contact or PartnerContact(id=random_id(), partner_id=partner.id)
    if given.chosen:
        session.execute(
            sa.update(PartnerContact)
            .where(PartnerContact.partner_id == partner.id, PartnerContact.id != contact.id)
            .values(chosen=False)
        )
    contact.name, contact.function, contact.email, contact.phone = given.name, given.function, email, phone
    contact.language, contact.chosen = given.language, given.chosen
    contact.opted_out, contact.changed_on = given.opted_out, today()
    session.add(contact)
    session.flush()
    _record(session, "contact.added" if new else "contact.edited", account, "contact", contact.id)
    session.commit()
    return contact


def remove_contact(session: Session, account: Account, contact: PartnerContact) -> None:
    """Erase a contact person, and commit; an address that opted out stays, so that it is not written to."""
    forget_person(session, contact)
    _record(session, "contact.removed", account, "contact", contact.id)
    session.commit()


def forget_person(session: Session, contact: PartnerContact) -> None:
    """Erase all about a person but an address that opted out; flushes, does not commit."""
    if contact.opted_out and contact.email:
        contact.name, contact.function, contact.phone, contact.chosen = "", "", None, False
        contact.changed_on = today()
    else:
        session.delete(contact)
    session.flush()


def _name(
    session: Session,
    table: type[PartnerRegion] | type[PartnerOffer],
    column: str,
    partner_id: str,
    wanted: Iterable[str],
    only: str | None,
) -> None:
    """Make the named regions or kinds of activity those; `only` leaves all others as they are."""
    key = getattr(table, column)
    gone = sa.delete(table).where(table.partner_id == partner_id)
    session.execute(gone.where(key == only) if only else gone)
    rows = [{"partner_id": partner_id, column: value} for value in sorted(wanted)]
    if rows:
        session.execute(sa.insert(table), rows)


def _refuse_numbers(**texts: str) -> None:
    for field, text in texts.items():
        if holds_national_number(text) and not (field == "phone" and read_phone(text)):
            raise PartnerRefused(field, "national_number")


def _read(field: str, text: str, read: object, reason: str) -> str | None:
    found: str | None = read(text) if text else None  # type: ignore[operator]
    if text and found is None:
        raise PartnerRefused(field, reason)
    return found


def _record(session: Session, action: str, account: Account, kind: str, key: str) -> None:
    audit.record(session, action, account=account, subject=f"{kind}:{key}", region=visible_region(account))

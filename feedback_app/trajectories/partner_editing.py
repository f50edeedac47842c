"""Changing partners and their contact persons; each change leaves an entry in the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback_app.database import random_id, today
from feedback_app.settings import Settings
from feedback_app.staff import audit
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region
from feedback_app.trajectories.models import Partner, PartnerContact, PartnerOffer, PartnerRegion
from feedback_app.trajectories.partner_checks import (
    Organisation,
    PartnerFault,
    PartnerRefused,
    Person,
    check_partner,
    check_person,
)
from feedback_app.trajectories.partner_history import belongs_to
from feedback_app.trajectories.partner_list import what_is_known
from feedback_app.trajectories.partner_opt_outs import (
    Entry,
    OptInUnsure,
    opt_in,
    what_opting_in_does,
    who_wants_none,
)
from feedback_app.trajectories.partner_versions import Shown, changed_fields, check_version


@dataclass(frozen=True)
class Told:
    """What a form says beside its fields: which values it showed, and whether an opt-in is meant."""

    version: str = ""
    sure: bool = False


NOTHING_TOLD = Told()


def shown_partner(session: Session, settings: Settings, partner: Partner, own: str | None) -> dict[str, Any]:
    """Field → value, as a form shows an organisation; to a colleague of one region only that one."""
    known = what_is_known(session, [partner.id])
    regions = known.named_regions[partner.id]
    return Organisation(
        name=partner.name,
        kbo=partner.kbo or "",
        email=partner.email or "",
        opted_out=partner.id in who_wants_none(session, settings, [partner]),
        regions=frozenset(regions & {own} if own else regions),
        offers=frozenset(known.named_offers[partner.id]),
    ).shown()


def shown_person(session: Session, settings: Settings, contact: PartnerContact) -> dict[str, Any]:
    """Field → value, as a form shows a contact person."""
    return Person(
        name=contact.name,
        function=contact.function,
        email=contact.email or "",
        phone=contact.phone or "",
        language=contact.language,
        chosen=contact.chosen,
        opted_out=contact.id in who_wants_none(session, settings, [contact]),
    ).shown()


def save_partner(
    session: Session,
    settings: Settings,
    account: Account,
    partner: Partner | None,
    given: Organisation,
    told: Told = NOTHING_TOLD,
) -> str:
    """Add or change an organisation, and commit; gives its id.

    Raises PartnerRefused, ChangedMeanwhile, OptInUnsure. A colleague of one region changes only that one
    among the regions, and adds organisations to it.
    """
    own, after = visible_region(account), given.shown()
    before: dict[str, Any] = {}
    try:
        if partner is not None:
            _take_turn(session, partner.id)
            session.refresh(partner)
            before = shown_partner(session, settings, partner, own)
        check_partner(session, partner, given)
        check_version(told.version, before, after)
        if partner is not None:
            _hear_opt_in(session, settings, partner, before, after, told.sure)
        new, partner = partner is None, partner or Partner(id=random_id())
        partner.name, partner.email, partner.opted_out = given.name, after["email"] or None, given.opted_out
        _give_number(session, partner, after["kbo"] or None)
        _name(
            session, PartnerRegion, "region_key", partner.id, {own} if new and own else after["regions"], own
        )
        _name(session, PartnerOffer, "offer_type", partner.id, given.offers, None)
        _record(session, account, "partner", partner.id, before, after)
        session.commit()
        return partner.id
    finally:
        session.rollback()


def save_contact(
    session: Session,
    settings: Settings,
    account: Account,
    partner: Partner,
    contact: PartnerContact | None,
    given: Person,
    told: Told = NOTHING_TOLD,
) -> None:
    """Add or change a contact person, and commit; raises as save_partner does."""
    after = given.shown()
    before: dict[str, Any] = {}
    try:
        _take_turn(session, partner.id)
        if contact is not None:
            session.refresh(contact)
            before = shown_person(session, settings, contact)
        check_person(given)
        check_version(told.version, before, after)
        if contact is not None:
            _hear_opt_in(session, settings, contact, before, after, told.sure)
        contact = contact or PartnerContact(id=random_id(), partner_id=partner.id)
        if given.chosen:
            _choose_nobody_else(session, contact)
        contact.name, contact.function, contact.language = given.name, given.function, given.language
        contact.email, contact.phone = after["email"] or None, after["phone"] or None
        contact.chosen, contact.opted_out, contact.changed_on = given.chosen, given.opted_out, today()
        session.add(contact)
        session.flush()
        _record(session, account, "contact", contact.id, before, after, partner=belongs_to(partner.id))
        session.commit()
    finally:
        session.rollback()


def remove_contact(session: Session, account: Account, contact: PartnerContact) -> None:
    """Erase a contact person, and commit; an address that opted out stays, so that it is not written to."""
    contact_id, partner_id = contact.id, contact.partner_id
    forget_person(session, contact)
    audit.record(
        session,
        "contact.removed",
        account=account,
        subject=f"contact:{contact_id}",
        region=visible_region(account),
        partner=belongs_to(partner_id),
    )
    session.commit()


def forget_person(session: Session, contact: PartnerContact) -> None:
    """Erase all about a person but an address that opted out; flushes, does not commit."""
    if contact.opted_out and contact.email:
        contact.name, contact.function, contact.phone, contact.chosen = "", "", None, False
        contact.changed_on = today()
    else:
        session.delete(contact)
    session.flush()


def _take_turn(session: Session, partner_id: str) -> None:
    """Let nobody else change this organisation or its people until commit or rollback."""
    same = sa.update(Partner).where(Partner.id == partner_id).values(name=Partner.name)
    session.execute(same, execution_options={"synchronize_session": False})


def _hear_opt_in(
    session: Session, settings: Settings, entry: Entry, before: Shown, after: Shown, sure: bool
) -> None:
    if not before["opted_out"] or after["opted_out"]:
        return
    if not sure:
        raise OptInUnsure(what_opting_in_does(session, settings, entry, after["email"]))
    opt_in(session, settings, entry, after["email"])


def _give_number(session: Session, partner: Partner, kbo: str | None) -> None:
    """Give an organisation its number, and flush; PartnerRefused when another one got it a moment ago.

    The number of one that was merged into it becomes its own. The other then keeps the number it had, which
    leads to it as before.
    """
    merged = sa.select(Partner).where(Partner.kbo == kbo, Partner.merged_into_id == partner.id)
    other = session.scalar(merged) if kbo else None
    had = partner.kbo
    try:
        if other is not None:
            other.kbo = partner.kbo = None
            session.flush()
            other.kbo = had
        partner.kbo = kbo
        session.add(partner)
        session.flush()
    except IntegrityError as error:  # somebody else gave it to another one between our look and our write
        session.rollback()
        raise PartnerRefused(PartnerFault("kbo", "taken")) from error


def _choose_nobody_else(session: Session, contact: PartnerContact) -> None:
    others = sa.update(PartnerContact).where(
        PartnerContact.partner_id == contact.partner_id, PartnerContact.id != contact.id
    )
    session.execute(others.values(chosen=False))


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


def _record(
    session: Session, account: Account, kind: str, key: str, before: Shown, after: Shown, **facts: str
) -> None:
    """An entry that names the changed fields and no value, and its own for what was said about messages."""

    def tell(what: str, **more: str) -> None:
        region, subject = visible_region(account), f"{kind}:{key}"
        audit.record(
            session, f"{kind}.{what}", account=account, subject=subject, region=region, **facts, **more
        )

    fields = ",".join(one for one in changed_fields(before, after) if one != "opted_out")
    if not before:
        tell("added")
    elif fields:
        tell("edited", fields=fields)
    if before.get("opted_out", False) != after["opted_out"]:
        tell("opted_out" if after["opted_out"] else "opted_in")

"""Who of the contact list wants no more messages, and taking that back for one address.

An opt-out is an address's: it stands with an organisation or a person on the list, or, by a stop link, as a
keyed hash (see `opted_out`), and each of them alone keeps messages away.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import today
from feedback_app.settings import Settings
from feedback_app.trajectories.models import OptedOutContact, Partner, PartnerContact
from feedback_app.trajectories.opted_out import contact_hash, opted_out_hashes

Entry = Partner | PartnerContact


@dataclass(frozen=True)
class OptIn:
    """What taking an opt-out back would do.

    `replaced` when the address was changed as well: then the old one stays out. `elsewhere` when it also
    stands with another organisation that wants no messages at it: those stay away.
    """

    name: str
    partner_id: str
    address: str = field(repr=False)
    replaced: bool = False
    by_link: bool = False
    elsewhere: bool = False


class OptInUnsure(Exception):
    """An opt-out would be taken back, and nobody said that this is meant."""

    def __init__(self, effect: OptIn) -> None:
        super().__init__("an opt-out would be taken back")
        self.effect = effect


def who_wants_none(session: Session, settings: Settings, entries: Iterable[Entry]) -> set[str]:
    """Ids of those entries to which nothing is sent: the list says so, or somebody used a stop link."""
    entries = list(entries)
    hashes = {one.id: contact_hash(settings.secret_key, one.email) for one in entries if one.email}
    stopped = opted_out_hashes(session, hashes.values())
    return {one.id for one in entries if one.opted_out or hashes.get(one.id) in stopped}


def stopped(session: Session, settings: Settings, address: str) -> bool:
    """Whether somebody used a stop link under this address."""
    return bool(opted_out_hashes(session, (contact_hash(settings.secret_key, address),)))


def what_opting_in_does(session: Session, settings: Settings, entry: Entry, email: str) -> OptIn:
    """What would follow if this entry wanted messages again, at the address that was filled in."""
    old, place = entry.email or "", _organisation(entry)
    if not old or email != old:
        return OptIn(entry.name, place, email, replaced=bool(old))
    others = (
        sa.exists().where(
            Partner.email == old,
            Partner.opted_out,
            Partner.id != place,
            Partner.merged_into_id.is_distinct_from(place),
        ),
        sa.exists().where(
            PartnerContact.email == old,
            PartnerContact.opted_out,
            PartnerContact.name != "",
            PartnerContact.partner_id != place,
        ),
    )
    elsewhere = bool(session.scalar(sa.select(sa.or_(*others))))
    by_link = stopped(session, settings, old)
    return OptIn(entry.name, place, old, by_link=by_link, elsewhere=elsewhere)


def opt_in(session: Session, settings: Settings, entry: Entry, email: str) -> None:
    """Take an opt-out back, before the entry gets its new values; flushes, does not commit.

    With the same address: the stop link's note goes, and so do what this organisation and its people say of
    that address and the rows of persons that were erased, which nobody sees. With another one: the old
    address stays out.
    """
    entry.opted_out = False
    old = entry.email
    if not old:
        return
    hashed = contact_hash(settings.secret_key, old)
    if email != old:
        if not opted_out_hashes(session, (hashed,)):
            session.add(OptedOutContact(contact_hash=hashed, since_on=today()))
        session.flush()
        return
    session.execute(sa.delete(OptedOutContact).where(OptedOutContact.contact_hash == hashed))
    place = _organisation(entry)
    here = sa.or_(Partner.id == place, Partner.merged_into_id == place)
    for organisation in session.scalars(sa.select(Partner).where(Partner.email == old, here)):
        organisation.opted_out = False
    people = sa.select(PartnerContact).where(PartnerContact.email == old, PartnerContact.opted_out)
    for person in session.scalars(people):
        if not person.name:
            session.delete(person)
        elif person.partner_id == place:
            person.opted_out, person.changed_on = False, today()
    session.flush()


def _organisation(entry: Entry) -> str:
    return entry.id if isinstance(entry, Partner) else entry.partner_id

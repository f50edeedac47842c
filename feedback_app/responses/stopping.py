"""Stopping all messages to somebody: noted for later ones, and where to reach them is forgotten at once."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import Base
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.invitations.opt_out import opt_out_hash
from feedback_app.responses.link import ANSWERABLE
from feedback_app.settings import Settings
from feedback_app.statements import Statement, reading
from feedback_app.trajectories.contacts import ContactUnreadable, unseal
from feedback_app.trajectories.models import Activity, Partner, PartnerContact, Trajectory
from feedback_app.trajectories.opted_out import contact_hash
from feedback_app.trajectories.partner_contacts import address_of
from feedback_app.web.marking import MARKED, note_mark

_INVITATIONS = Base.metadata.tables[Invitation.__tablename__]
_TRAJECTORIES = Base.metadata.tables[Trajectory.__tablename__]
_OF = _INVITATIONS.c
_THIS = _OF.token_hash == sa.bindparam("token")
_OPEN = sa.and_(Wave.state == "open", _OF.closed.is_(sa.false()))

_LOOK_UP = Statement(
    sa.select(_OF.audience, _OF.contact_language, _OF.disposition, _OPEN, MARKED)
    .join_from(_INVITATIONS, Wave, Wave.key == _OF.wave_key)
    .where(_THIS)
)
_REFUSE = (
    sa.update(_INVITATIONS)
    .where(
        _THIS,
        _OF.disposition.in_(ANSWERABLE),
        _OF.closed.is_(sa.false()),
        sa.exists().where(Wave.key == _OF.wave_key, Wave.state == "open"),
    )
    .values(disposition="refused")
)
_CONTACTS = (
    sa.select(_TRAJECTORIES.c.phone_sealed, _TRAJECTORIES.c.email_sealed, Activity.partner_id)
    .select_from(_INVITATIONS)
    .outerjoin(_TRAJECTORIES, _TRAJECTORIES.c.id == _OF.trajectory_id)
    .outerjoin(Activity, Activity.id == _OF.activity_id)
    .where(_THIS)
)
#: A partner's address stays: it is the organisation's.
_FORGET = (
    sa.update(_TRAJECTORIES)
    .where(_TRAJECTORIES.c.id == sa.select(_OF.trajectory_id).where(_THIS).scalar_subquery())
    .values(phone_sealed=sa.null(), email_sealed=sa.null())
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stoppable:
    """What a stop page needs to know of an invitation; `answerable` when one can still take part."""

    audience: str
    contact_language: str
    answerable: bool


def find_stoppable(engine: sa.Engine, token_hash: str) -> Stoppable | None:
    """What a link stands for; None when there is no such link."""
    with reading(engine) as channel:
        row = channel.first(_LOOK_UP, {"token": token_hash})
    if row is None:
        return None
    audience, contact_language, disposition, wave_open, marked = row
    note_mark(marked)
    return Stoppable(audience, contact_language, bool(wave_open) and disposition in ANSWERABLE)


def stop_messages(session: Session, settings: Settings, token_hash: str, contact: str = "") -> None:
    """Note who wants no more messages, refuse where there is no answer yet, destroy contact data; commits.

    `contact` is the keyed hash of where the message went, if it is known. Again is the same. A refusal keeps
    reminders away; it can still become an answer while the wave is open.
    """
    this = {"token": token_hash}
    phone, email, partner_id = session.execute(_CONTACTS, this).one()
    stopped = {contact_hash(settings.secret_key, one) for one in _readable(settings, (phone, email))}
    if partner_id:
        partner = session.get_one(Partner, partner_id)
        contact = contact or _written_to(session, settings, partner)
        _tell_the_list(session, settings, partner, contact)
    for hashed in stopped | {contact} - {""}:
        opt_out_hash(session, hashed)
    session.execute(_REFUSE, this)
    session.execute(_FORGET, this)
    session.commit()


def _readable(settings: Settings, sealed: Iterable[str | None]) -> Iterator[str]:
    """Where a newcomer can be reached, as far as that is known and can be read."""
    try:
        yield from filter(None, (unseal(settings.contact_keys, one) for one in sealed))
    except ContactUnreadable:
        log.warning(
            "a contact was sealed with a key that is not here: it is destroyed, later imports cannot know it"
        )


def _written_to(session: Session, settings: Settings, partner: Partner) -> str:
    """The keyed hash of the address that a partner is written to at; empty when there is none."""
    address = address_of(session, partner)
    return contact_hash(settings.secret_key, address) if address else ""


def _tell_the_list(session: Session, settings: Settings, partner: Partner, hashed: str) -> None:
    """Say on the contact list, too, that nobody writes to that address any more."""
    now_at = session.get(Partner, partner.merged_into_id) if partner.merged_into_id else None
    organisations = [one for one in (partner, now_at) if one]
    people = [one for organisation in organisations for one in organisation.contacts]
    listed: list[Partner | PartnerContact] = [*organisations, *people]
    for entry in listed:
        if entry.email and contact_hash(settings.secret_key, entry.email) == hashed:
            entry.opted_out = True

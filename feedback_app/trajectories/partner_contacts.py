"""To which address one writes to a partner."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from feedback_app.trajectories.models import Partner, PartnerContact


def address_of(session: Session, partner: Partner) -> str | None:
    """The chosen contact's e-mail address, else the organisation's; None when there is none or it opted out.

    Who opted out under an address is not written to at that address, whichever organisation it stands with.
    A partner that was merged is the one it was merged into.
    """
    if partner.merged_into_id:
        partner = session.get_one(Partner, partner.merged_into_id)
    chosen = session.scalar(
        sa.select(PartnerContact).where(PartnerContact.partner_id == partner.id, PartnerContact.chosen)
    )
    if chosen is not None:
        address, opted_out = chosen.email, chosen.opted_out
    else:
        address, opted_out = partner.email, partner.opted_out
    if address is None or opted_out or _opted_out(session, address):
        return None
    return address


def addresses() -> sa.Subquery:
    """The same for every partner at once: `partner_id` and `address`, without those that have none.

    A list of thousands joins it: two questions for each of them took the timetable's page half a minute.
    """
    kept, chosen = aliased(Partner), aliased(PartnerContact)
    person = chosen.id.is_not(None)
    address = sa.case((person, chosen.email), else_=kept.email)
    opted_out = sa.case((person, chosen.opted_out), else_=kept.opted_out)
    nobody = sa.union(
        *(
            sa.select(one.email).where(one.opted_out, one.email.is_not(None))
            for one in (Partner, PartnerContact)
        )
    )
    query = (
        sa.select(Partner.id.label("partner_id"), address.label("address"))
        .join(kept, kept.id == sa.func.coalesce(Partner.merged_into_id, Partner.id))
        .outerjoin(chosen, sa.and_(chosen.partner_id == kept.id, chosen.chosen))
        .where(address.is_not(None), ~opted_out, address.not_in(nobody))
    )
    return query.subquery("partner_addresses")


def _opted_out(session: Session, address: str) -> bool:
    """Whether anybody opted out under this address."""
    there = (sa.exists().where(one.email == address, one.opted_out) for one in (Partner, PartnerContact))
    return bool(session.scalar(sa.select(sa.or_(*there))))

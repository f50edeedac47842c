"""The shared list of partners: searched, narrowed and sorted in the database, one region's or all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.paging import Page, in_order, paged
from feedback_app.trajectories.folding import words
from feedback_app.trajectories.models import (
    Activity,
    Partner,
    PartnerContact,
    PartnerOffer,
    PartnerRegion,
    Trajectory,
)
from feedback_app.trajectories.partners import read_company_number

DEFAULT_ORDER = "name"


@dataclass(frozen=True)
class Wanted:
    """Which partners; empty is any. `own` is the one region a colleague sees, if bound to one."""

    own: str | None = None
    text: str = ""
    region: str = ""
    offer_type: str = ""
    order: str = DEFAULT_ORDER


@dataclass(frozen=True)
class Known:
    """Where partners are active and with what: from their activities, and as colleagues named it."""

    regions: Mapping[str, set[str]]
    offers: Mapping[str, set[str]]
    named_regions: Mapping[str, set[str]]
    named_offers: Mapping[str, set[str]]
    last: Mapping[str, date]
    contacts: Mapping[str, int]


def list_partners(session: Session, wanted: Wanted, *, page: int) -> Page[Partner]:
    """One page of partners that were not merged into another."""
    order = in_order(_orders(), wanted.order, DEFAULT_ORDER)
    return paged(session, partners_query(wanted), (*order, Partner.id), page)


def partners_query(wanted: Wanted) -> sa.Select[Partner]:
    """The partners somebody asked for, in no order."""
    query = sa.select(Partner).where(Partner.merged_into_id.is_(None))
    for region in filter(None, (wanted.own, wanted.region)):
        query = query.where(in_region(region))
    if wanted.offer_type:
        query = query.where(
            sa.or_(
                sa.exists().where(
                    Activity.partner_id == Partner.id, Activity.offer_type == wanted.offer_type
                ),
                sa.exists().where(
                    PartnerOffer.partner_id == Partner.id, PartnerOffer.offer_type == wanted.offer_type
                ),
            )
        )
    number = read_company_number(wanted.text)
    for word in [number] if number else words(wanted.text):
        query = query.where(_speaks_of(word))
    return query


def _speaks_of(word: str) -> sa.ColumnElement[bool]:
    """Whether an organisation, or a person there, is found by a word, in whatever field it stands."""
    person = sa.exists().where(
        PartnerContact.partner_id == Partner.id, PartnerContact.folded.contains(word, autoescape=True)
    )
    return sa.or_(Partner.folded.contains(word, autoescape=True), person)


def in_region(region: str) -> sa.ColumnElement[bool]:
    """Whether a partner has an activity in a region, or a colleague named it for that region."""
    return sa.or_(
        sa.exists().where(
            Activity.partner_id == Partner.id,
            Trajectory.id == Activity.trajectory_id,
            Trajectory.region_key == region,
        ),
        sa.exists().where(PartnerRegion.partner_id == Partner.id, PartnerRegion.region_key == region),
    )


def find_partner(session: Session, partner_id: str, own: str | None) -> Partner | None:
    """A partner this colleague may see; one that was merged gives the one it was merged into."""
    found = session.get(Partner, partner_id)
    if found is not None and found.merged_into_id:
        found = session.get_one(Partner, found.merged_into_id)
    if found is None or own is None:
        return found
    return session.scalar(sa.select(Partner).where(Partner.id == found.id, in_region(own)))


def find_contact(session: Session, contact_id: str, own: str | None) -> PartnerContact | None:
    """A contact person of a partner this colleague may see."""
    found = session.get(PartnerContact, contact_id)
    return found if found and find_partner(session, found.partner_id, own) else None


def what_is_known(session: Session, partner_ids: Iterable[str]) -> Known:
    """Regions, kinds of activity, last day and number of contacts of some partners."""
    ids = list(partner_ids)
    sets: list[defaultdict[str, set[str]]] = [defaultdict(set) for _kind in range(4)]
    last: dict[str, date] = {}
    day = sa.func.max(sa.func.coalesce(Trajectory.ended_on, Trajectory.started_on))
    active = (
        sa.select(Activity.partner_id, Trajectory.region_key, Activity.offer_type, day)
        .join(Trajectory, Trajectory.id == Activity.trajectory_id)
        .where(Activity.partner_id.in_(ids))
        .group_by(Activity.partner_id, Trajectory.region_key, Activity.offer_type)
    )
    for partner, region, offer, when in session.execute(active):
        sets[0][partner].add(region)
        sets[1][partner].add(offer)
        last[partner] = max(when, last.get(partner, when))
    for place, table, column in (
        (2, PartnerRegion, PartnerRegion.region_key),
        (3, PartnerOffer, PartnerOffer.offer_type),
    ):
        for partner, key in session.execute(
            sa.select(table.partner_id, column).where(table.partner_id.in_(ids))
        ):
            sets[place][partner].add(key)
    counted = sa.select(PartnerContact.partner_id, sa.func.count()).where(
        PartnerContact.partner_id.in_(ids), PartnerContact.name != ""
    )
    contacts = dict(session.execute(counted.group_by(PartnerContact.partner_id)).all())
    return Known(sets[0], sets[1], sets[2], sets[3], last, contacts)


def only_in(session: Session, partner: Partner, region: str | None) -> bool:
    """Whether a partner is active and named in no other region; always so for who sees all."""
    if region is None:
        return True
    known = what_is_known(session, [partner.id])
    return known.regions[partner.id] | known.named_regions[partner.id] <= {region}


def _orders() -> dict[str, Any]:
    active = (
        sa.select(sa.func.max(sa.func.coalesce(Trajectory.ended_on, Trajectory.started_on)))
        .join(Activity, Activity.trajectory_id == Trajectory.id)
        .where(Activity.partner_id == Partner.id)
        .correlate(Partner)
        .scalar_subquery()
    )
    return {"name": sa.func.lower(Partner.name), "kbo": Partner.kbo, "last": active}

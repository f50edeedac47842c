"""Two partners that are one: proposed where they share an address, merged by a colleague who looked.

Nothing is lost: activities and contact persons move along, and the one that goes remembers where to.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from feedback_app.database import today
from feedback_app.staff import audit
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region
from feedback_app.trajectories.intake import wait_turn
from feedback_app.trajectories.models import Activity, Partner, PartnerContact, PartnerOffer, PartnerRegion
from feedback_app.trajectories.partner_list import in_region, only_in
from feedback_app.trajectories.partner_twins import find_twins, unite_twins

MOST = 50
_QUIETLY = {"synchronize_session": False}


class MergeRefused(Exception):
    """`reason` is one of same, merged, regions."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Moving:
    """What moves along; activities that both have (`staying`) remain in the history of the one that goes.

    `twins` are contact persons both have, by the names they have at the one that stays and the one that goes.
    """

    activities: int
    contacts: int
    staying: int
    twins: tuple[tuple[str, str], ...] = ()


def proposals(session: Session, own: str | None, *, most: int = MOST) -> list[list[Partner]]:
    """Partners that share an e-mail address, their own or a contact person's; together, the fullest first."""
    addresses = sa.union(
        sa.select(Partner.id.label("partner_id"), Partner.email.label("email")).where(
            Partner.email.is_not(None), Partner.merged_into_id.is_(None)
        ),
        sa.select(PartnerContact.partner_id, PartnerContact.email).where(PartnerContact.email.is_not(None)),
    ).subquery()
    visible = sa.select(Partner.id).where(Partner.merged_into_id.is_(None))
    if own:
        visible = visible.where(in_region(own))
    shared = (
        sa.select(addresses.c.email)
        .where(addresses.c.partner_id.in_(visible))
        .group_by(addresses.c.email)
        .having(sa.func.count() > 1)
        .order_by(addresses.c.email)
        .limit(most)
    )
    found: dict[frozenset[str], list[Partner]] = {}
    for email in session.scalars(shared).all():
        ids = sa.select(addresses.c.partner_id).where(addresses.c.email == email)
        group = session.scalars(
            sa.select(Partner)
            .where(Partner.id.in_(ids), Partner.id.in_(visible))
            .order_by(Partner.name, Partner.id)
        ).all()
        found[frozenset(one.id for one in group)] = list(group)
    return list(found.values())


def what_moves(session: Session, stays: Partner, goes: Partner) -> Moving:
    """What a merger would do."""
    activities = _count(session, Activity, Activity.partner_id == goes.id)
    staying = _count(session, Activity, _both_have(stays, goes))
    contacts = _count(
        session, PartnerContact, sa.and_(PartnerContact.partner_id == goes.id, PartnerContact.name != "")
    )
    twins = tuple((one.name, other.name) for one, other in find_twins(stays, goes))
    return Moving(activities - staying, contacts - len(twins), staying, twins)


def check_merge(session: Session, account: Account, stays: Partner, goes: Partner) -> None:
    """MergeRefused when these two cannot be merged by this colleague."""
    if stays.id == goes.id:
        raise MergeRefused("same")
    if stays.merged_into_id or goes.merged_into_id:
        raise MergeRefused("merged")
    own = visible_region(account)
    if not (only_in(session, stays, own) and only_in(session, goes, own)):
        raise MergeRefused("regions")


def merge(session: Session, account: Account, stays: Partner, goes: Partner) -> Moving:
    """Make two partners one, and commit; MergeRefused."""
    try:
        wait_turn(session)
        for one in sorted((stays, goes), key=lambda partner: partner.id):
            session.refresh(one, with_for_update=True)
        check_merge(session, account, stays, goes)
        moving = what_moves(session, stays, goes)
        unite_twins(session, stays, goes)
        _move(session, stays, goes)
        _complete(session, stays, goes)
        goes.merged_into_id, goes.merged_on = stays.id, today()
        session.execute(
            sa.update(Partner).where(Partner.merged_into_id == goes.id).values(merged_into_id=stays.id),
            execution_options=_QUIETLY,
        )
        audit.record(
            session,
            "partner.merged",
            account=account,
            subject=f"partner:{stays.id}",
            region=visible_region(account),
            gone=goes.id if not goes.id[:6].isdecimal() else f"id-{goes.id}",
            activities=moving.activities,
            contacts=moving.contacts,
            twins=len(moving.twins),
        )
        session.commit()
        return moving
    finally:
        session.rollback()


def merged_into(session: Session, partner: Partner) -> list[Partner]:
    """The partners that were merged into this one, the latest first."""
    query = sa.select(Partner).where(Partner.merged_into_id == partner.id)
    return list(session.scalars(query.order_by(Partner.merged_on.desc(), Partner.name)))


def _move(session: Session, stays: Partner, goes: Partner) -> None:
    session.execute(
        sa.update(Activity)
        .where(Activity.partner_id == goes.id, ~_both_have(stays, goes))
        .values(partner_id=stays.id),
        execution_options=_QUIETLY,
    )
    chosen = sa.exists().where(PartnerContact.partner_id == stays.id, PartnerContact.chosen)
    contacts = sa.update(PartnerContact).where(PartnerContact.partner_id == goes.id)
    if session.scalar(sa.select(chosen)):
        session.execute(contacts.values(chosen=False), execution_options=_QUIETLY)
    session.execute(contacts.values(partner_id=stays.id), execution_options=_QUIETLY)
    for table, column in ((PartnerRegion, "region_key"), (PartnerOffer, "offer_type")):
        key = getattr(table, column)
        known = session.scalars(sa.select(key).where(table.partner_id == stays.id)).all()
        for value in session.scalars(sa.select(key).where(table.partner_id == goes.id)).all():
            if value not in known:
                session.execute(sa.insert(table).values(**{"partner_id": stays.id, column: value}))


def _complete(session: Session, stays: Partner, goes: Partner) -> None:
    """Give the one that stays what only the other had."""
    if stays.kbo is None and goes.kbo is not None:
        kbo, goes.kbo = goes.kbo, None
        session.flush()
        stays.kbo = kbo
    if stays.email is None:
        stays.email = goes.email
    if goes.opted_out and stays.email == goes.email:
        stays.opted_out = True
    session.flush()


def _both_have(stays: Partner, goes: Partner) -> sa.ColumnElement[bool]:
    """Activities of the one that goes of which the other has the same, of that trajectory and kind."""
    twin = aliased(Activity)
    return sa.and_(
        Activity.partner_id == goes.id,
        sa.exists().where(
            twin.partner_id == stays.id,
            twin.trajectory_id == Activity.trajectory_id,
            twin.offer_type == Activity.offer_type,
        ),
    )


def _count(
    session: Session, table: type[Activity] | type[PartnerContact], which: sa.ColumnElement[bool]
) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(which)) or 0

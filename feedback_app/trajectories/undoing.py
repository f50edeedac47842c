"""Undoing a file that was taken in, as long as nobody was asked anything because of it."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import now
from feedback_app.staff import audit
from feedback_app.staff.models import Account
from feedback_app.staff.roles import visible_region
from feedback_app.trajectories.afterwards import Forget
from feedback_app.trajectories.built_upon import filled_in_by_files, filled_in_by_hand
from feedback_app.trajectories.intake import wait_turn
from feedback_app.trajectories.models import (
    RUNNING,
    Activity,
    ImportBatch,
    Partner,
    PartnerContact,
    PartnerOffer,
    PartnerRegion,
    Trajectory,
)
from feedback_app.trajectories.storing import room

_QUIETLY = {"synchronize_session": False}


class UndoRefused(Exception):
    """It is too late; the message, in the language of who asked, tells why.

    `by_hand` when what a colleague filled in by hand has to be undone first.
    """

    def __init__(self, message: str, *, by_hand: bool = False) -> None:
        super().__init__(message)
        self.by_hand = by_hand


@dataclass(frozen=True)
class Undone:
    """What went, or would go: trajectories, activities, partners, invitations, and ends taken back."""

    trajectories: int
    activities: int
    partners: int
    invitations: int
    reopened: int


def find_batch(session: Session, account: Account, batch_id: str) -> ImportBatch | None:
    """A batch this colleague may see: who is bound to a region sees what that region's colleagues took in."""
    found = session.get(ImportBatch, batch_id)
    own = visible_region(account)
    return found if found and (own is None or found.region_key == own) else None


def would_undo(session: Session, batch: ImportBatch, account: Account, forget: Forget | None) -> Undone:
    """What undoing a batch would take back; only reads.

    Raises UndoRefused when an invitation of it was sent or answered, or when something was built on it.
    """
    _refuse_what_is_built_upon(session, batch, visible_region(account))
    invitations = forget.count(session, batch.id) if forget else 0
    going = _Going(batch.id)
    counts = [
        session.scalar(sa.select(sa.func.count()).select_from(table).where(which)) or 0
        for table, which in (
            (Trajectory, going.trajectories),
            (Activity, going.activities),
            (Partner, going.partners),
            (Trajectory, sa.and_(going.reopened, Trajectory.batch_id.is_distinct_from(batch.id))),
        )
    ]
    trajectories, activities, partners, reopened = counts
    return Undone(trajectories, activities, partners, invitations, reopened)


def undo(session: Session, batch: ImportBatch, account: Account, forget: Forget | None) -> Undone:
    """Take back everything a batch brought, and commit; UndoRefused as `would_undo`."""
    try:
        wait_turn(session)
        session.refresh(batch, with_for_update=True)
        _refuse_what_is_built_upon(session, batch, visible_region(account))
        with room(session):
            invitations = forget.take(session, batch.id) if forget else 0
            done = _take_away(session, batch.id, invitations)
            batch.undone_at = now()
            facts = {"trajectories": done.trajectories, "activities": done.activities}
            subject = f"import:{batch.id}"
            audit.record(
                session, "import.undone", account=account, subject=subject, region=batch.region_key, **facts
            )
        session.commit()
        return done
    finally:
        session.rollback()


def _refuse_what_is_built_upon(session: Session, batch: ImportBatch, region: str | None) -> None:
    if batch.undone_at is not None:
        raise UndoRefused(_("Dit bestand is al ongedaan gemaakt."))
    mine = Trajectory.batch_id == batch.id
    there = sa.or_(mine, Trajectory.ended_batch_id == batch.id)
    linked = session.scalar(sa.select(sa.exists().where(there)))
    if not linked and not session.scalar(sa.select(sa.exists().where(Activity.batch_id == batch.id))):
        raise UndoRefused(_("Dit bestand bracht niets dat nog ongedaan kan worden gemaakt."))
    if session.scalar(sa.select(sa.exists().where(filled_in_by_hand(batch.id)))):
        raise UndoRefused(
            _(
                "Een collega vulde dossiers van dit bestand met de hand aan. Maak dat eerst ongedaan: open"
                " die dossiers en kies daar “Ongedaan maken”."
            ),
            by_hand=True,
        )
    files = filled_in_by_files(session, batch.id)
    names = [one.file_name for one in files if region in (None, one.region_key)]
    if names:
        raise UndoRefused(
            _(
                "Een later bestand vulde deze dossiers al aan. Maak dat eerst ongedaan: %(files)s.",
                files=", ".join(names),
            )
        )
    if files:
        raise UndoRefused(
            _(
                "Een later bestand vulde deze dossiers al aan. Je ziet het niet: vraag een collega die alle"
                " regio’s ziet."
            )
        )


class _Going:
    """Which rows go with a batch."""

    def __init__(self, batch_id: str) -> None:
        mine = sa.select(Trajectory.id).where(Trajectory.batch_id == batch_id)
        self.trajectories = Trajectory.batch_id == batch_id
        self.reopened = Trajectory.ended_batch_id == batch_id
        self.activities = sa.or_(Activity.batch_id == batch_id, Activity.trajectory_id.in_(mine))
        stays = sa.and_(Activity.batch_id.is_distinct_from(batch_id), Activity.trajectory_id.not_in(mine))
        merged = Partner.__table__.alias()
        used = (
            sa.exists().where(Activity.partner_id == Partner.id, stays),
            sa.exists().where(PartnerContact.partner_id == Partner.id),
            sa.exists().where(PartnerRegion.partner_id == Partner.id),
            sa.exists().where(PartnerOffer.partner_id == Partner.id),
            sa.exists().where(merged.c.merged_into_id == Partner.id),
        )
        self.partners = sa.and_(
            Partner.batch_id == batch_id, Partner.merged_into_id.is_(None), *(~one for one in used)
        )


def _take_away(session: Session, batch_id: str, invitations: int) -> Undone:
    going = _Going(batch_id)
    activities = _delete(session, Activity, going.activities)
    trajectories = _delete(session, Trajectory, going.trajectories)
    reopened = session.execute(
        sa.update(Trajectory)
        .where(going.reopened)
        .values(
            outcome=RUNNING,
            ended_on=None,
            hours=None,
            phone_sealed=None,
            email_sealed=None,
            ended_batch_id=None,
        )
        .returning(Trajectory.id),
        execution_options=_QUIETLY,
    ).all()
    partners = _delete(session, Partner, going.partners)
    return Undone(trajectories, activities, partners, invitations, len(reopened))


def _delete(session: Session, table: Any, which: sa.ColumnElement[bool]) -> int:
    gone = sa.delete(table).where(which).returning(table.id)
    return len(session.execute(gone, execution_options=_QUIETLY).all())

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


def undo(
    session: Session, batch: ImportBatch, account: Account, forget: Forget | None, *, dry_run: bool
) -> Undone:
    """Take back everything a batch brought, and commit; a dry run tells what would go and rolls all back.

    Raises UndoRefused when an invitation of it was sent or answered, or when something was built on it.
    """
    try:
        wait_turn(session)
        session.refresh(batch, with_for_update=True)
        _refuse_what_is_built_upon(session, batch, visible_region(account))
        invitations = forget(session, batch.id) if forget else 0
        done = _take_away(session, batch.id, invitations)
        if not dry_run:
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


def _take_away(session: Session, batch_id: str, invitations: int) -> Undone:
    mine = sa.select(Trajectory.id).where(Trajectory.batch_id == batch_id)
    activities = _delete(
        session, Activity, sa.or_(Activity.batch_id == batch_id, Activity.trajectory_id.in_(mine))
    )
    trajectories = _delete(session, Trajectory, Trajectory.batch_id == batch_id)
    reopened = session.execute(
        sa.update(Trajectory)
        .where(Trajectory.ended_batch_id == batch_id)
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
    merged = Partner.__table__.alias()
    unused = (
        ~sa.exists().where(table_column == Partner.id)
        for table_column in (
            Activity.partner_id,
            PartnerContact.partner_id,
            PartnerRegion.partner_id,
            PartnerOffer.partner_id,
            merged.c.merged_into_id,
        )
    )
    partners = _delete(
        session, Partner, sa.and_(Partner.batch_id == batch_id, Partner.merged_into_id.is_(None), *unused)
    )
    return Undone(trajectories, activities, partners, invitations, len(reopened))


def _delete(session: Session, table: Any, which: sa.ColumnElement[bool]) -> int:
    gone = sa.delete(table).where(which).returning(table.id)
    return len(session.execute(gone, execution_options=_QUIETLY).all())

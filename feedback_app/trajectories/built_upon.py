"""What was added to the dossiers of a file since: by a colleague's hand, or by later files."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.trajectories.models import RUNNING, Activity, ImportBatch, Trajectory


def filled_in_by_hand(batch_id: str) -> sa.ColumnElement[bool]:
    """The trajectories a file brought that a colleague ended, or gave an activity, by hand."""
    ended = sa.and_(Trajectory.outcome != RUNNING, Trajectory.ended_batch_id.is_(None))
    added = sa.exists().where(Activity.trajectory_id == Trajectory.id, Activity.batch_id.is_(None))
    return sa.and_(Trajectory.batch_id == batch_id, sa.or_(ended, added.correlate(Trajectory)))


def filled_in_by_files(session: Session, batch_id: str) -> list[ImportBatch]:
    """Later files that ended what this one brought, or gave it an activity; the latest first."""
    ended = sa.select(Trajectory.ended_batch_id).where(
        Trajectory.batch_id == batch_id, Trajectory.ended_batch_id != batch_id
    )
    added = (
        sa.select(Activity.batch_id)
        .join(Trajectory, Trajectory.id == Activity.trajectory_id)
        .where(Trajectory.batch_id == batch_id, Activity.batch_id != batch_id)
    )
    query = sa.select(ImportBatch).where(ImportBatch.id.in_(ended.union(added)))
    return list(session.scalars(query.order_by(ImportBatch.imported_at.desc(), ImportBatch.id)))

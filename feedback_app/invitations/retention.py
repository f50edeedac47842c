"""Destroying contact data on time."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.models import Invitation, Wave
from feedback_app.trajectories.models import Trajectory

AFTER_IMPORT = timedelta(days=90)
AFTER_CLOSING = timedelta(days=30)


def destroy_contacts(session: Session, today: date) -> int:
    """Erase phone numbers and e-mail addresses that are 90 days old, or whose link or wave is over.

    Of a link at once, because nothing is sent after its end; of a wave after 30 days.
    Gives how many trajectories lost theirs; flushes, does not commit.
    """
    closed = (
        sa.select(Invitation.trajectory_id)
        .join(Wave, Wave.key == Invitation.wave_key)
        .where(
            sa.or_(Wave.closed_on <= today - AFTER_CLOSING, Invitation.closed),
            Invitation.trajectory_id.is_not(None),
        )
    )
    erased = session.execute(
        sa.update(Trajectory)
        .where(
            sa.or_(Trajectory.phone_sealed.is_not(None), Trajectory.email_sealed.is_not(None)),
            sa.or_(Trajectory.imported_on <= today - AFTER_IMPORT, Trajectory.id.in_(closed)),
        )
        .values(phone_sealed=None, email_sealed=None)
        .returning(Trajectory.id)
        .execution_options(synchronize_session=False)
    )
    return len(erased.all())

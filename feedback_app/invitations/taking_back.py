"""Taking back the invitations of a batch that is undone, as long as none of them reached anybody."""

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.invitations.models import Invitation, Sending, Wave
from feedback_app.trajectories.models import Activity, Trajectory
from feedback_app.trajectories.undoing import UndoRefused

#: dispositions of an invitation that nobody was sent and nobody answered
_UNTOUCHED = ("unknown", "not_offered", "not_eligible")


def take_back(session: Session, batch_id: str) -> int:
    """Remove the invitations that a batch led to; how many. Flushes, does not commit.

    UndoRefused when one was sent or answered, or when its wave is closed and it has been counted.
    """
    trajectories = sa.select(Trajectory.id).where(
        sa.or_(Trajectory.batch_id == batch_id, Trajectory.ended_batch_id == batch_id)
    )
    activities = sa.select(Activity.id).where(
        sa.or_(Activity.batch_id == batch_id, Activity.trajectory_id.in_(trajectories))
    )
    of_batch = sa.or_(Invitation.trajectory_id.in_(trajectories), Invitation.activity_id.in_(activities))
    _take_off_the_timetable(session, sa.select(Invitation.id).where(of_batch))
    still_open = sa.select(Wave.key).where(Wave.state == "open")
    gone = session.execute(
        sa.delete(Invitation)
        .where(of_batch, Invitation.disposition.in_(_UNTOUCHED), Invitation.wave_key.in_(still_open))
        .returning(Invitation.id),
        execution_options={"synchronize_session": False},
    ).all()
    if session.scalar(sa.select(sa.exists().where(of_batch))):
        raise _too_late()
    return len(gone)


def _take_off_the_timetable(session: Session, invitations: sa.Select[str]) -> None:
    """Forget messages that wait; UndoRefused when one went out, or was tried."""
    theirs = Sending.invitation_id.in_(invitations)
    if session.scalar(
        sa.select(sa.exists().where(theirs, sa.or_(Sending.state != "planned", Sending.attempts > 0)))
    ):
        raise _too_late()
    session.execute(sa.delete(Sending).where(theirs), execution_options={"synchronize_session": False})


def _too_late() -> UndoRefused:
    return UndoRefused(
        _(
            "Dit kan niet meer ongedaan worden gemaakt: er is al een uitnodiging van verstuurd of"
            " beantwoord, of het meetmoment is afgesloten."
        )
    )

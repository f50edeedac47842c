"""Closing links whose days are over; what became of the invitation stays as it was."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import in_chunks
from feedback_app.invitations.in_pieces import piece, size_of
from feedback_app.invitations.models import Invitation, Sending, Wave
from feedback_app.invitations.plan_sendings import known_since
from feedback_app.settings import Settings
from feedback_app.trajectories.models import Activity, Trajectory


def close_links(session: Session, settings: Settings, day: date) -> int:
    """Close each link whose last day (`Timetable.closes_on`) is before this day; how many. Commits in pieces.

    A first message that still has to go out keeps a link open, and so does a partner's turn that may come.
    """
    times = settings.timetable
    young = day - timedelta(days=times.link_days)
    waits = sa.exists().where(
        Sending.invitation_id == Invitation.id,
        Sending.step == "first",
        sa.or_(Sending.state.in_(("planned", "claimed")), Sending.due_on >= day - times.days_to_answer),
    )
    planned = sa.exists().where(Sending.invitation_id == Invitation.id)
    turn = young - timedelta(days=times.partner_pause_days)
    own = sa.func.coalesce(Invitation.trajectory_id, Activity.trajectory_id)
    over = (
        sa.select(Invitation.id)
        .outerjoin(Activity, Activity.id == Invitation.activity_id)
        .join(Trajectory, Trajectory.id == own)
        .join(Wave, Wave.key == Invitation.wave_key)
        .where(Wave.state == "open", ~Invitation.closed, ~known_since(young), ~waits)
        .where(sa.or_(Invitation.audience == "newcomer", planned, ~known_since(turn)))
    )
    closed = 0
    for some in in_chunks(session.scalars(over).all(), size_of(session)):
        with piece(session):
            still = over.where(Invitation.id.in_(some))
            one = sa.update(Invitation).where(Invitation.id.in_(still)).values(closed=True)
            made = session.execute(
                one.returning(Invitation.id), execution_options={"synchronize_session": False}
            )
            closed += len(made.all())
    return closed

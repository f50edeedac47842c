"""Taking back the invitations of a batch or of one trajectory, as long as none of them reached anybody."""

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.invitations.models import Invitation, Sending, Wave
from feedback_app.trajectories.afterwards import Standing
from feedback_app.trajectories.models import Activity, Trajectory
from feedback_app.trajectories.undoing import UndoRefused

#: dispositions of an invitation that nobody was sent and nobody answered
_UNTOUCHED = ("unknown", "not_offered", "not_eligible")
_QUIETLY = {"synchronize_session": False}


def would_take_back(session: Session, batch_id: str) -> int:
    """How many invitations `take_back` would remove; only reads. UndoRefused as there."""
    which = _of_batch(batch_id)
    _refuse_what_went_out(session, which)
    if session.scalar(sa.select(sa.exists().where(which, ~_untouched()))):
        raise _too_late()
    return session.scalar(sa.select(sa.func.count()).select_from(Invitation).where(which)) or 0


def take_back(session: Session, batch_id: str) -> int:
    """Remove the invitations that a batch led to; how many. Flushes, does not commit.

    UndoRefused when one was sent or answered, or when its wave is closed and it has been counted.
    """
    return _remove(session, _of_batch(batch_id))


def _of_batch(batch_id: str) -> sa.ColumnElement[bool]:
    trajectories = sa.select(Trajectory.id).where(
        sa.or_(Trajectory.batch_id == batch_id, Trajectory.ended_batch_id == batch_id)
    )
    activities = sa.select(Activity.id).where(
        sa.or_(Activity.batch_id == batch_id, Activity.trajectory_id.in_(trajectories))
    )
    return sa.or_(Invitation.trajectory_id.in_(trajectories), Invitation.activity_id.in_(activities))


def _untouched() -> sa.ColumnElement[bool]:
    still_open = sa.select(Wave.key).where(Wave.state == "open")
    return sa.and_(Invitation.disposition.in_(_UNTOUCHED), Invitation.wave_key.in_(still_open))


def take_back_one(session: Session, trajectory_id: str) -> int:
    """The same for the invitations of one trajectory: of its newcomer and of its partners."""
    return _remove(session, _about(trajectory_id))


def follow(session: Session, trajectory_id: str) -> None:
    """Let the newcomer's messages be planned anew, in the language that was corrected; the link stays.

    A card that was handed out goes on working. UndoRefused when a message went out, or the link is over;
    never because of an answer: who corrects a number does not learn of it. Does not commit.
    """
    mine = Invitation.trajectory_id == trajectory_id
    theirs = Sending.invitation_id.in_(sa.select(Invitation.id).where(mine))
    session.execute(sa.delete(Sending).where(theirs, Sending.state == "planned"), execution_options=_QUIETLY)
    session.execute(
        sa.update(Invitation)
        .where(mine)
        .values(
            contact_language=sa.select(Trajectory.contact_language)
            .where(Trajectory.id == trajectory_id)
            .scalar_subquery()
        ),
        execution_options=_QUIETLY,
    )
    if session.scalar(sa.select(sa.exists().where(_went_out(mine)))):
        raise UndoRefused(
            _(
                "Het contact kan niet meer veranderen: de nieuwkomer kreeg al een bericht, of de link is"
                " gesloten."
            )
        )


def stands(session: Session, trajectory_id: str) -> Standing:
    """How many invitations one trajectory led to, and whether somebody was written to or a link is over."""
    about, newcomer = _about(trajectory_id), Invitation.trajectory_id == trajectory_id
    return Standing(
        session.scalar(sa.select(sa.func.count()).select_from(Invitation).where(about)) or 0,
        newcomer=bool(session.scalar(sa.select(sa.exists().where(_went_out(newcomer))))),
        anybody=bool(session.scalar(sa.select(sa.exists().where(_went_out(about))))),
    )


def _about(trajectory_id: str) -> sa.ColumnElement[bool]:
    activities = sa.select(Activity.id).where(Activity.trajectory_id == trajectory_id)
    return sa.or_(Invitation.trajectory_id == trajectory_id, Invitation.activity_id.in_(activities))


def _went_out(which: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether one of these was written to or is over: the same whether somebody answered or not.

    What is still planned certainly did not arrive, however often it was tried.
    """
    sent = sa.exists().where(Sending.invitation_id == Invitation.id, Sending.state != "planned")
    still_open = sa.select(Wave.key).where(Wave.state == "open")
    return sa.and_(which, sa.or_(Invitation.closed, Invitation.wave_key.not_in(still_open), sent))


def _remove(session: Session, which: sa.ColumnElement[bool]) -> int:
    _refuse_what_went_out(session, which)
    theirs = Sending.invitation_id.in_(sa.select(Invitation.id).where(which))
    session.execute(sa.delete(Sending).where(theirs), execution_options=_QUIETLY)
    gone = session.execute(
        sa.delete(Invitation).where(which, _untouched()).returning(Invitation.id),
        execution_options=_QUIETLY,
    ).all()
    if session.scalar(sa.select(sa.exists().where(which))):
        raise _too_late()
    return len(gone)


def _refuse_what_went_out(session: Session, which: sa.ColumnElement[bool]) -> None:
    """UndoRefused when a message went out, or was tried."""
    theirs = Sending.invitation_id.in_(sa.select(Invitation.id).where(which))
    tried = sa.or_(Sending.state != "planned", Sending.attempts > 0)
    if session.scalar(sa.select(sa.exists().where(theirs, tried))):
        raise _too_late()


def _too_late() -> UndoRefused:
    return UndoRefused(
        _(
            "Dit kan niet meer ongedaan worden gemaakt: er is al een uitnodiging van verstuurd of"
            " beantwoord, of het meetmoment is afgesloten."
        )
    )

"""What became of messages: kept with the message while it is open, and as the invitation's disposition.

Never more than that: an answer or a refusal stands, and once there is one nothing tells what was tried.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.letter import Outcome
from feedback_app.invitations.models import Invitation, Sending, Wave
from feedback_app.invitations.plan_sendings import ASKABLE


def note_outcome(session: Session, key: str, outcome: Outcome) -> bool:
    """Keep what a channel says of a message, at once or days later; False when there is no such message.

    Does not commit. A message that was taken and came back later counts as bounced.
    """
    row = session.execute(sa.select(Sending.invitation_id).where(Sending.key == key)).one_or_none()
    if row is None:
        return False
    said = outcome.disposition
    session.execute(
        sa.update(Sending)
        .where(Sending.key == key)
        .values(state="failed" if said == "bounced" else "done", outcome=said, next_attempt_at=None)
        .execution_options(synchronize_session=False)
    )
    # "nobody knows" says less than what was known before
    before = ("unknown",) if said == "unknown" else ASKABLE
    session.execute(
        sa.update(Invitation)
        .where(Invitation.id == row.invitation_id, Invitation.disposition.in_(before))
        .where(sa.exists().where(Wave.key == Invitation.wave_key, Wave.state == "open"))  # else it is counted
        .values(disposition=said)
        .execution_options(synchronize_session=False)
    )
    return True


def forget_answered(session: Session) -> None:
    """Wipe what was tried for invitations that are answered or refused, so that no row tells when.

    Their messages stay on their days and go on to `done` like everybody's. Of closed waves nothing is left.
    Does not commit.
    """
    settled = sa.select(Invitation.id).where(Invitation.disposition.not_in(ASKABLE))
    tried = sa.or_(
        Sending.attempts > 0,
        Sending.next_attempt_at.is_not(None),
        Sending.outcome != "",
        Sending.state.in_(("failed", "given_up")),
    )
    this = (Sending.invitation_id.in_(settled), Sending.state != "claimed", tried)
    waits = Sending.state == "planned"
    wiped = {"attempts": 0, "outcome": "", "next_attempt_at": None}
    kept = sa.select(Invitation.id).join(Wave, Wave.key == Invitation.wave_key).where(Wave.state == "open")
    over = Sending.invitation_id.not_in(kept)
    unsynchronised = {"synchronize_session": False}
    # Looked for first: what only reads keeps nobody waiting who answers, and mostly there is nothing.
    if session.scalar(sa.select(sa.exists().where(*this))):
        wipe = sa.update(Sending).where(*this)
        wipe = wipe.values(**wiped, state=sa.case((waits, "planned"), else_="done"))
        session.execute(wipe, execution_options=unsynchronised)
    if session.scalar(sa.select(sa.exists().where(over))):
        session.execute(sa.delete(Sending).where(over), execution_options=unsynchronised)

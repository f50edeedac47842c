"""What follows from a gateway's message: STOP does what the stop page does, for whoever has that number."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import in_chunks
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.invitations.opt_out import opt_out
from feedback_app.invitations.outcomes import note_outcome
from feedback_app.invitations.stop_words import wants_to_stop
from feedback_app.invitations.webhook import Receipt, Reply
from feedback_app.responses.link import ANSWERABLE
from feedback_app.settings import Settings
from feedback_app.trajectories.contacts import ContactUnreadable, unseal
from feedback_app.trajectories.models import Trajectory


def hear(session: Session, settings: Settings, message: Reply | Receipt | None) -> None:
    """Do what a message of the gateway asks for; commits. An answer that is no STOP leaves nothing behind."""
    if isinstance(message, Reply) and wants_to_stop(message.text):
        stop_number(session, settings, message.number)
    elif isinstance(message, Receipt):
        note_outcome(session, message.key, message.outcome)
        session.commit()


def stop_number(session: Session, settings: Settings, number: str) -> None:
    """Note that a number (E.164) wants no more messages, refuse for it, forget it; commits.

    The e-mail address that stands beside the number is stopped with it. Numbers are sealed, so each that is
    still kept is opened to be compared: a few thousand at most, as they are destroyed within three months.
    """
    opt_out(session, settings, number)
    found = dict(_whose(session, settings, number))
    for email in filter(None, found.values()):
        opt_out(session, settings, email)
    for chunk in in_chunks(list(found)):
        session.execute(
            sa.update(Invitation)
            .where(
                Invitation.trajectory_id.in_(chunk),
                Invitation.disposition.in_(ANSWERABLE),
                Invitation.wave_key.in_(sa.select(Wave.key).where(Wave.state == "open")),
            )
            .values(disposition="refused")
            .execution_options(synchronize_session=False)
        )
        session.execute(
            sa.update(Trajectory)
            .where(Trajectory.id.in_(chunk))
            .values(phone_sealed=None, email_sealed=None)
            .execution_options(synchronize_session=False)
        )
    session.commit()


def _whose(session: Session, settings: Settings, number: str) -> Iterator[tuple[str, str | None]]:
    """The trajectories of the person with this number, each with the e-mail address it has beside."""
    columns = (Trajectory.id, Trajectory.phone_sealed, Trajectory.email_sealed)
    query = sa.select(*columns).where(Trajectory.phone_sealed.is_not(None))
    for key, phone, email in session.execute(query.execution_options(yield_per=500)):
        try:
            if unseal(settings.contact_keys, phone) == number:
                yield key, unseal(settings.contact_keys, email)
        except ContactUnreadable:
            continue  # of a key that is not here: nobody can send to it either

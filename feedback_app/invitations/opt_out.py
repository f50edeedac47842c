"""No more messages to a contact: noted once, it holds for every later message and every later import."""

from sqlalchemy.orm import Session

from feedback_app.database import insert_into, today
from feedback_app.settings import Settings
from feedback_app.trajectories.models import OptedOutContact
from feedback_app.trajectories.opted_out import contact_hash, opted_out_hashes


def opt_out(session: Session, settings: Settings, address: str) -> None:
    """Note that this e-mail address or number wants no more messages; again is the same. Does not commit."""
    opt_out_hash(session, contact_hash(settings.secret_key, address))


def opt_out_hash(session: Session, hashed: str) -> None:
    """The same, of a contact that is known by its keyed hash alone."""
    values = {"contact_hash": hashed, "since_on": today()}
    session.execute(insert_into(session, OptedOutContact).values(values).on_conflict_do_nothing())


def opted_out(session: Session, settings: Settings, address: str) -> bool:
    """Whether this e-mail address or number wants no more messages."""
    hashed = contact_hash(settings.secret_key, address)
    return bool(opted_out_hashes(session, (hashed,)))

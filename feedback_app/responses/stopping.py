"""Stopping the messages of an invitation: no reminder, and where to reach somebody is forgotten at once."""

from dataclasses import dataclass

import sqlalchemy as sa

from feedback_app.database import Base
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.responses.link import ANSWERABLE
from feedback_app.statements import Statement, reading, writing
from feedback_app.trajectories.models import Trajectory
from feedback_app.web.marking import MARKED, note_mark

_INVITATIONS = Base.metadata.tables[Invitation.__tablename__]
_TRAJECTORIES = Base.metadata.tables[Trajectory.__tablename__]
_OF = _INVITATIONS.c
_THIS = _OF.token_hash == sa.bindparam("token")

_LOOK_UP = Statement(
    sa.select(_OF.audience, _OF.contact_language, _OF.disposition, Wave.state == "open", MARKED)
    .join_from(_INVITATIONS, Wave, Wave.key == _OF.wave_key)
    .where(_THIS)
)
_REFUSE = Statement(
    sa.update(_INVITATIONS)
    .where(
        _THIS,
        _OF.disposition.in_([sa.literal(code) for code in ANSWERABLE]),
        sa.exists().where(Wave.key == _OF.wave_key, Wave.state == "open"),
    )
    .values(disposition="refused")
)
#: A partner's address stays: it is the organisation's, and by it a later message is known to be unwanted.
_FORGET = Statement(
    sa.update(_TRAJECTORIES)
    .where(_TRAJECTORIES.c.id == sa.select(_OF.trajectory_id).where(_THIS).scalar_subquery())
    .values(phone_sealed=sa.null(), email_sealed=sa.null())
)


@dataclass(frozen=True)
class Stoppable:
    """What a stop page needs to know of an invitation; `answerable` when one can still take part."""

    audience: str
    contact_language: str
    answerable: bool


def find_stoppable(engine: sa.Engine, token_hash: str) -> Stoppable | None:
    """What a link stands for; None when there is no such link."""
    with reading(engine) as channel:
        row = channel.first(_LOOK_UP, {"token": token_hash})
    if row is None:
        return None
    audience, contact_language, disposition, wave_open, marked = row
    note_mark(marked)
    return Stoppable(audience, contact_language, bool(wave_open) and disposition in ANSWERABLE)


def stop_messages(engine: sa.Engine, token_hash: str) -> None:
    """Note a refusal where there is no answer yet and destroy a newcomer's contact data; again is the same.

    A refusal is what keeps reminders away; it can still become an answer while the wave is open.
    """
    with writing(engine) as channel:
        channel.run(_REFUSE, {"token": token_hash})
        channel.run(_FORGET, {"token": token_hash})
        channel.commit()

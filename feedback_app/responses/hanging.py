"""What a link that hangs somewhere stands for, in one look-up: its groups, and the wave that asks now."""

from dataclasses import dataclass

import sqlalchemy as sa

from feedback_app.database import Base, for_reading
from feedback_app.invitations.models import OpenLink, Wave, WaveQuestionnaire
from feedback_app.invitations.open_links import SURVEY, code_of
from feedback_app.responses.collect import Group
from feedback_app.web.marking import MARKED, note_mark

_LINKS = Base.metadata.tables[OpenLink.__tablename__]
_NEWEST = (
    sa.select(Wave.key, WaveQuestionnaire.fingerprint)
    .join(WaveQuestionnaire, WaveQuestionnaire.wave_key == Wave.key)
    .where(Wave.state == "open", WaveQuestionnaire.survey_key == SURVEY)
    .order_by(Wave.starts_on.desc())
    .limit(1)
    .subquery()
)
_LOOK_UP = (
    sa.select(_LINKS, _NEWEST.c.key, _NEWEST.c.fingerprint, MARKED.label("marked"))
    .join_from(_LINKS, _NEWEST, sa.true(), isouter=True)
    .where(_LINKS.c.code == sa.bindparam("code"), _LINKS.c.mode == sa.bindparam("mode"))
)


@dataclass(frozen=True)
class Hanging:
    """A link on a wall or a tablet; `group` is None when it is stopped or no wave is open."""

    group: Group | None


def look_up_open(engine: sa.Engine, typed: str, mode: str) -> Hanging | None:
    """What a code stands for, however it was typed; None when no link of this mode has it."""
    values = {"code": code_of(typed), "mode": mode}
    with for_reading(engine).connect() as connection:
        row = connection.execute(_LOOK_UP, values).first()
    if row is None:
        return None
    note_mark(row.marked)
    if not row.active or row.key is None:
        return Hanging(None)
    groups = (row.region_key, row.agency_key, row.offer_type)
    return Hanging(Group(row.key, row.fingerprint, row.mode, *groups))

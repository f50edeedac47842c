"""What a link that hangs somewhere stands for, in one look-up: its groups, and the wave that asks now."""

from dataclasses import dataclass

import sqlalchemy as sa

from feedback_app.database import Base
from feedback_app.invitations.models import OpenLink, Wave, WaveQuestionnaire
from feedback_app.invitations.open_links import SURVEY, code_of
from feedback_app.responses.collect import Group
from feedback_app.statements import Statement, reading
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
_LOOK_UP = Statement(
    sa.select(
        *(_LINKS.c[name] for name in ("active", "mode", "region_key", "agency_key", "offer_type")),
        *(_NEWEST.c.key, _NEWEST.c.fingerprint, MARKED),
    )
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
    with reading(engine) as channel:
        row = channel.first(_LOOK_UP, values)
    if row is None:
        return None
    active, *groups, key, fingerprint, marked = row
    note_mark(marked)
    return Hanging(Group(key, fingerprint, *groups) if active and key else None)

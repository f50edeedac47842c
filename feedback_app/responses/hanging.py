"""What a link that hangs somewhere stands for, in one look-up: its groups, and the wave that asks it now."""

from dataclasses import dataclass

import sqlalchemy as sa

from feedback_app.database import Base
from feedback_app.invitations.models import OpenLink, RegionalQuestionnaire, Wave, WaveQuestionnaire
from feedback_app.invitations.open_links import code_of
from feedback_app.responses.collect import Group
from feedback_app.statements import Statement, reading
from feedback_app.web.marking import MARKED, note_mark

_LINKS = Base.metadata.tables[OpenLink.__tablename__]


def _newest(column: sa.SQLColumnExpression[str]) -> sa.ScalarSelect[str]:
    """What the newest open wave says that asks the questionnaire of a link; its region's edition beside."""
    of_region = sa.and_(
        RegionalQuestionnaire.wave_key == Wave.key,
        RegionalQuestionnaire.survey_key == WaveQuestionnaire.survey_key,
        RegionalQuestionnaire.region_key == _LINKS.c.region_key,
    )
    return (
        sa.select(column)
        .join_from(Wave, WaveQuestionnaire, WaveQuestionnaire.wave_key == Wave.key)
        .outerjoin(RegionalQuestionnaire, of_region)
        .where(Wave.state == "open", WaveQuestionnaire.survey_key == _LINKS.c.survey_key)
        .order_by(Wave.starts_on.desc())
        .limit(1)
        .correlate(_LINKS)
        .scalar_subquery()
    )


_LOOK_UP = Statement(
    sa.select(
        *(_LINKS.c[name] for name in ("active", "mode", "region_key", "agency_key", "offer_type")),
        _newest(Wave.key).label("wave_key"),
        _newest(WaveQuestionnaire.fingerprint).label("fingerprint"),
        _newest(RegionalQuestionnaire.fingerprint).label("regional"),
        MARKED,
    ).where(_LINKS.c.code == sa.bindparam("code"), _LINKS.c.mode == sa.bindparam("mode"))
)


@dataclass(frozen=True)
class Hanging:
    """A link on a wall or a tablet; `group` is None when it is stopped or no open wave asks its questions.

    regional: the edition of its region, where that has questions of its own.
    """

    group: Group | None
    regional: str | None = None


def look_up_open(engine: sa.Engine, typed: str, mode: str) -> Hanging | None:
    """What a code stands for, however it was typed; None when no link of this mode has it."""
    values = {"code": code_of(typed), "mode": mode}
    with reading(engine) as channel:
        row = channel.first(_LOOK_UP, values)
    if row is None:
        return None
    active, *groups, key, fingerprint, regional, marked = row
    note_mark(marked)
    return Hanging(Group(key, fingerprint, *groups) if active and key else None, regional)

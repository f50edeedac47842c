"""Who is invited: each newcomer once per completed trajectory, each partner once per activity of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import InstrumentedAttribute, Session

from feedback_app.database import Base, random_id
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.invitations.tokens import token_for, token_hash
from feedback_app.jobs import Progress
from feedback_app.languages import SOURCE
from feedback_app.settings import Settings
from feedback_app.statements import Channel, Statement
from feedback_app.trajectories.following import Period
from feedback_app.trajectories.models import Activity, Trajectory

#: a trajectory registered late, after its own half-year's wave closed, is still asked about in the next
LATE = timedelta(days=92)
#: the offer type of a newcomer whose trajectory held activities of several types
COMBINATION = "combinatie"

_CHUNK = 1000

#: a query for what has no invitation yet; its first column is the key
Missing = sa.Select[*tuple[Any, ...]]
#: one end of a period, or the place of one in a statement
Day = date | sa.BindParameter[date]
_Find = Callable[[Day, Day], Missing]
#: what an invitation is given, and the period it is for
Row = dict[str, Any]


def plan(session: Session, settings: Settings, wave: Wave, progress: Progress | None = None) -> int:
    """Add a wave's missing invitations; how many. Flushes, does not commit; calling again adds nothing.

    In scope are completed trajectories that ended in the wave's period or up to `LATE` before it. Works
    in pieces, so that memory does not grow with the number of trajectories.
    """
    if wave.state != "open":
        return 0
    added = 0
    for side in AUDIENCES:
        last = ""
        while rows := coming(session, settings, wave.key, scope(wave), side, last, _CHUNK):
            added, last = added + add(session, side, rows), rows[-1][side.column]
            if progress:
                progress(added, added + _CHUNK if len(rows) == _CHUNK else added, _("Uitnodigingen maken"))
    return added


def scope(wave: Wave) -> Period:
    """The ends that a wave asks about."""
    return wave.starts_on - LATE, wave.ends_on


def coming(
    session: Session, settings: Settings, wave_key: str, period: Period, side: "Side", after: str, size: int
) -> list[Row]:
    """So many invitations that a wave misses on one side, ready to be added, by their keys; only reads."""
    query = side.missing(*period).with_only_columns(side.key).where(side.key > after)
    days = {"first": period[0].isoformat(), "last": period[1].isoformat()}
    keys = session.scalars(query.order_by(side.key).limit(size))
    return [{**_invitation(settings, wave_key), **days, side.column: key} for key in keys]


def add(session: Session, side: "Side", rows: Sequence[Row]) -> int:
    """Add those of them that are still missing: how many. Does not commit."""
    return Channel.within(session).run(side.insert, *rows)


def missing(session: Session, side: "Side", periods: Iterable[tuple[date, date]]) -> int:
    """How many are to be invited whose trajectory ended in one of these periods."""
    found = [side.missing(*period).with_only_columns(side.key) for period in periods]
    return session.scalar(sa.select(sa.func.count()).select_from(sa.union(*found).subquery())) or 0


def _invitation(settings: Settings, wave_key: str) -> Row:
    invitation_id = random_id()
    return {
        "id": invitation_id,
        "wave_key": wave_key,
        "token_hash": token_hash(token_for(settings.secret_key, invitation_id)),
    }


def _in_scope(first: Day, last: Day) -> sa.ColumnElement[bool]:
    return sa.and_(Trajectory.outcome == "completed", Trajectory.ended_on.between(first, last))


def _newcomers(first: Day, last: Day) -> Missing:
    one, other = (
        sa.select(pick(Activity.offer_type))
        .where(Activity.trajectory_id == Trajectory.id)
        .correlate(Trajectory)
        .scalar_subquery()
        for pick in (sa.func.min, sa.func.max)
    )
    offer_type = sa.case((one == other, one), else_=COMBINATION)
    return (
        sa.select(
            Trajectory.id,
            Trajectory.region_key,
            Trajectory.agency_key,
            Trajectory.contact_language,
            offer_type.label("offer_type"),
        )
        .where(_in_scope(first, last))
        .where(~sa.exists().where(Invitation.trajectory_id == Trajectory.id))
    )


def _partners(first: Day, last: Day) -> Missing:
    return (
        sa.select(Activity.id, Trajectory.region_key, Trajectory.agency_key, Activity.offer_type)
        .join(Trajectory, Trajectory.id == Activity.trajectory_id)
        .where(_in_scope(first, last))
        .where(~sa.exists().where(Invitation.activity_id == Activity.id))
    )


def _insert(side: "Side") -> Statement:
    """One invitation, for a key and the period it is missed in, unless it is not missing any more.

    What it says of them is read as it is added: somebody may have put it right since the key was found.
    """
    table = Base.metadata.tables[Invitation.__tablename__]
    period = (sa.bindparam(name, type_=sa.Date()) for name in ("first", "last"))
    still = side.missing(*period).where(side.key == sa.bindparam(side.column, type_=side.key.type))
    given = {name: sa.bindparam(name, type_=table.c[name].type) for name in ("id", "wave_key", "token_hash")}
    fixed = {"audience": side.audience, "disposition": "unknown"}
    fixed |= {} if "contact_language" in still.selected_columns else {"contact_language": SOURCE}
    more = given | {name: sa.literal(value, table.c[name].type) for name, value in fixed.items()}
    names = [side.column, *still.selected_columns.keys()[1:], *more, "closed"]
    return Statement(sa.insert(table).from_select(names, still.add_columns(*more.values(), sa.false())))


@dataclass(frozen=True)
class Side:
    """One side of the exchange: who is to be invited, by which key.

    `column` of an invitation holds that key. The other columns of `missing` are called as an invitation's.
    """

    audience: str
    missing: _Find
    key: InstrumentedAttribute[str]
    column: str

    @cached_property
    def insert(self) -> Statement:
        """Adds one invitation."""
        return _insert(self)


AUDIENCES = (
    Side("newcomer", _newcomers, Trajectory.id, "trajectory_id"),
    Side("partner", _partners, Activity.id, "activity_id"),
)

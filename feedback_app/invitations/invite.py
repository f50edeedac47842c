"""Who is invited: each newcomer once per completed trajectory, each partner once per activity of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import InstrumentedAttribute, Session

from feedback_app.database import random_id
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.invitations.tokens import token_for, token_hash
from feedback_app.jobs import Progress
from feedback_app.languages import SOURCE
from feedback_app.settings import Settings
from feedback_app.trajectories.models import Activity, Trajectory

#: a trajectory registered late, after its own half-year's wave closed, is still asked about in the next
LATE = timedelta(days=92)
#: the offer type of a newcomer whose trajectory held activities of several types
COMBINATION = "combinatie"

_CHUNK = 1000

#: a query for what has no invitation yet; its first column is the key
Missing = sa.Select[*tuple[Any, ...]]


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
        while keys := next_keys(session, wave, side, last, _CHUNK):
            added, last = added + add_piece(session, settings, wave, side, keys), keys[-1]
            if progress:
                progress(added, added + _CHUNK if len(keys) == _CHUNK else added, _("Uitnodigingen maken"))
    return added


def next_keys(session: Session, wave: Wave, side: "Side", after: str, size: int) -> list[str]:
    """So many keys, in their order, of those that a wave misses on one side; only reads."""
    found = side.missing(wave.starts_on - LATE, wave.ends_on)
    key = found.selected_columns[0]
    return list(session.scalars(found.where(key > after).order_by(key).limit(size)))


def add_piece(session: Session, settings: Settings, wave: Wave, side: "Side", keys: Sequence[str]) -> int:
    """Add the invitations that a wave still misses of these: how many. Does not commit."""
    found = side.missing(wave.starts_on - LATE, wave.ends_on)
    rows = session.execute(found.where(found.selected_columns[0].in_(keys))).all()
    if rows:
        made = [_invitation(settings, wave, side.columns(row)) for row in rows]
        session.execute(sa.insert(Invitation), made)
    return len(rows)


def missing(session: Session, side: "Side", periods: Iterable[tuple[date, date]]) -> int:
    """How many are to be invited whose trajectory ended in one of these periods."""
    found = [side.missing(*period).with_only_columns(side.key) for period in periods]
    return session.scalar(sa.select(sa.func.count()).select_from(sa.union(*found).subquery())) or 0


def _invitation(settings: Settings, wave: Wave, columns: dict[str, str]) -> dict[str, Any]:
    invitation_id = random_id()
    return {
        "id": invitation_id,
        "wave_key": wave.key,
        "token_hash": token_hash(token_for(settings.secret_key, invitation_id)),
        "disposition": "unknown",
        "trajectory_id": None,
        "activity_id": None,
        **columns,
    }


def _in_scope(first: date, last: date) -> sa.ColumnElement[bool]:
    return sa.and_(Trajectory.outcome == "completed", Trajectory.ended_on.between(first, last))


def _newcomers(first: date, last: date) -> Missing:
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


def _newcomer(row: Any) -> dict[str, str]:
    return {
        "audience": "newcomer",
        "trajectory_id": row.id,
        "region_key": row.region_key,
        "agency_key": row.agency_key,
        "offer_type": row.offer_type,
        "contact_language": row.contact_language,
    }


def _partners(first: date, last: date) -> Missing:
    return (
        sa.select(Activity.id, Trajectory.region_key, Trajectory.agency_key, Activity.offer_type)
        .join(Trajectory, Trajectory.id == Activity.trajectory_id)
        .where(_in_scope(first, last))
        .where(~sa.exists().where(Invitation.activity_id == Activity.id))
    )


def _partner(row: Any) -> dict[str, str]:
    return {
        "audience": "partner",
        "activity_id": row.id,
        "region_key": row.region_key,
        "agency_key": row.agency_key,
        "offer_type": row.offer_type,
        "contact_language": SOURCE,
    }


@dataclass(frozen=True)
class Side:
    """One side of the exchange: who is to be invited, by which key, and what an invitation says of them."""

    missing: Callable[[date, date], Missing]
    key: InstrumentedAttribute[str]
    columns: Callable[[Any], dict[str, str]]


AUDIENCES = (Side(_newcomers, Trajectory.id, _newcomer), Side(_partners, Activity.id, _partner))

"""Which messages are due, and which of those can leave by the channels that work.

What waits for a channel is never looked at, so that a gateway that is missing or down keeps nobody waiting
who is reached another way. Whoever answered waits there like everybody else: no row tells who did.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from feedback_app.clock import APART
from feedback_app.invitations.letter import LONGEST_WAIT
from feedback_app.invitations.models import Invitation, Sending
from feedback_app.timetable import LATE
from feedback_app.trajectories.models import Trajectory


@dataclass(frozen=True)
class Wanted:
    """Which messages a run is about: these steps, perhaps of one wave."""

    steps: Collection[str]
    wave: str | None = None


def next_due(
    session: Session, wanted: Wanted, channels: Collection[str], day: date, moment: datetime, most: int
) -> list[tuple[str, str]]:
    """Invitation and step of messages that are due and can leave, the longest due first.

    What was tried before comes last, so that a message on which a line breaks each time holds up no other.
    Of those due on one day in the order of random keys.
    """
    query = (
        _due(wanted, day, moment)
        .where(_can_go(channels, day))
        .order_by(sa.nulls_first(Sending.next_attempt_at), Sending.due_on, Sending.key)
        .limit(most)
    )
    return [(row.invitation_id, row.step) for row in session.execute(query)]


def waiting(
    session: Session, wanted: Wanted, channels: Collection[str], day: date, moment: datetime
) -> dict[str, int]:
    """How many messages are due, at most, that have to wait for a channel, by that channel."""
    query = _due(wanted, day, moment).where(~_can_go(channels, day))
    counted = query.with_only_columns(Sending.channel, sa.func.count()).group_by(Sending.channel)
    return dict(session.execute(counted).all())


def _due(wanted: Wanted, day: date, moment: datetime) -> sa.Select[str, str]:
    first = aliased(Sending)
    first_waits = sa.exists().where(
        first.invitation_id == Sending.invitation_id,
        first.step == "first",
        first.state.in_(("planned", "claimed")),
    )
    query = (
        sa.select(Sending.invitation_id, Sending.step)
        .where(sa.or_(Sending.step == "first", ~first_waits))
        .where(Sending.state == "planned", Sending.due_on <= day, Sending.step.in_(wanted.steps))
        .where(_may_be_tried(moment))
    )
    if wanted.wave:
        query = query.join(Invitation, Invitation.id == Sending.invitation_id)
        query = query.where(Invitation.wave_key == wanted.wave)
    return query


def _may_be_tried(moment: datetime) -> sa.ColumnElement[bool]:
    """What was not tried yet, whose wait is over, and what no wait explains: a clock went back since."""
    again = Sending.next_attempt_at
    return sa.or_(again.is_(None), again <= moment, again > moment + LONGEST_WAIT + APART)


def _can_go(channels: Collection[str], day: date) -> sa.ColumnElement[bool]:
    """What one of these channels takes, what has to go another way than planned, and what only has to end."""
    earlier = aliased(Sending)
    turned_away = sa.exists().where(
        earlier.invitation_id == Sending.invitation_id,
        earlier.step != Sending.step,
        earlier.state == "failed",
        earlier.channel == Sending.channel,
    )
    late = sa.and_(Sending.step != "first", Sending.due_on < day - LATE)
    over = aliased(Invitation)
    nowhere = sa.and_(Trajectory.phone_sealed.is_(None), Trajectory.email_sealed.is_(None))
    ended = (
        sa.select(over.id)
        .outerjoin(Trajectory, Trajectory.id == over.trajectory_id)
        .where(over.id == Sending.invitation_id)
        .where(sa.or_(over.closed, sa.and_(Trajectory.id.is_not(None), nowhere)))
    )
    return sa.or_(Sending.channel.in_(channels), turned_away, late, ended.exists())

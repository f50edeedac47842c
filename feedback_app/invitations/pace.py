"""How fast a gateway is used: so many messages a minute, however many processes send."""

import time
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from feedback_app.clock import APART
from feedback_app.database import Base, UtcDateTime, now, one_of
from feedback_app.invitations.letter import CHANNELS, TryAgain

#: a turn that comes this soon is waited for, or as soon as the next by rights; for a later one the sender
#: comes back
PATIENCE = timedelta(seconds=5)


class Pace(Base):
    """When a channel may be used next; one row a channel, which says nothing of any message."""

    __tablename__ = "channel_paces"
    __table_args__ = (one_of("channel", CHANNELS, "channel"),)

    channel: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    free_at: Mapped[datetime] = mapped_column(UtcDateTime)


def take_turn(engine: sa.Engine, channel: str, a_minute: int) -> None:
    """Wait for this channel's next turn and take it; TryAgain when that is far away (see `PATIENCE`).

    Turns are spread evenly. Who takes one moves the moment on by comparison, so that no two take the same.
    One further away than clocks differ was taken before a clock went back.
    """
    step = timedelta(minutes=1) / a_minute
    patience = max(PATIENCE, step)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while True:
            free_at = connection.scalar(sa.select(Pace.free_at).where(Pace.channel == channel))
            if free_at is None:
                _begin(connection, channel)
                continue
            moment = now()
            turn = moment if free_at > moment + APART else max(free_at, moment)
            if turn - moment > patience:
                raise TryAgain(turn - moment, "rate")
            taken = (
                sa.update(Pace)
                .where(Pace.channel == channel, Pace.free_at == free_at)
                .values(free_at=turn + step)
            )
            if connection.execute(taken).rowcount == 1:
                break
    time.sleep((turn - moment).total_seconds())


def _begin(connection: sa.Connection, channel: str) -> None:
    try:
        connection.execute(sa.insert(Pace).values(channel=channel, free_at=now()))
    except sa.exc.IntegrityError:
        return  # another process was first

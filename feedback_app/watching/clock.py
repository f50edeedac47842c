"""Whether the worker believes its machine's clock: one set by hours would destroy and send too early.

While it does not, periodic tasks wait, and the sign of life says so. They go on by themselves once the clock
is back, has proven itself (`feedback_app.clock.PROVEN`), or somebody who looked begins the worker again.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from feedback_app.clock import Clock
from feedback_app.database import db, now

log = logging.getLogger(__name__)

#: the fault of the sign of life while the clock is not believed
JUMPED = "ClockJumped"
#: where a worker that begins anew by itself, in the same process, finds what time it was by its own reckoning
_HANDED_ON = "_FEEDBACK_CLOCK"


def init_clock(app: Flask, environment: Mapping[str, str]) -> None:
    """Hold the machine's clock against the counting one from now on."""
    start = environment.get(_HANDED_ON)
    app.extensions["clock"] = Clock(datetime.fromisoformat(start) if start else None)
    app.extensions["clock_doubted"] = False


def handed_on(app: Flask) -> dict[str, str]:
    """The environment in which a worker that begins anew goes on with this one's clock."""
    clock: Clock = app.extensions["clock"]
    return {_HANDED_ON: clock.start.isoformat()}


def believed(app: Flask) -> bool:
    """Whether the clock can be believed now; any can outside of the worker, where nothing is done by itself.

    Needs an application context. Without the database there is only this machine to ask.
    """
    clock: Clock | None = app.extensions.get("clock")
    if clock is None:
        return True
    try:
        apart = skew(db.session, now())
        db.session.rollback()
    except sa.exc.SQLAlchemyError:
        db.session.rollback()
        apart = 0.0
    return clock.believed(timedelta(seconds=apart))


def came_back(app: Flask) -> bool:
    """Whether the clock is believed again, and was not the last time this was asked; the log says either."""
    doubted, doubts = app.extensions["clock_doubted"], not believed(app)
    app.extensions["clock_doubted"] = doubts
    if doubts and not doubted:
        log.error(
            "the clock of this machine was set, or is not that of the database: nothing is sent, closed or"
            " destroyed until it is right again (timedatectl). If it is right now, begin the worker again"
            " (docs/operate.md)"
        )
    if doubted and not doubts:
        log.warning("the clock is believed again, and what waited goes on")
    return bool(doubted and not doubts)


def skew(session: Session, moment: datetime) -> float:
    """How many seconds the database server's clock is ahead of ours; none where it is the same machine's."""
    if session.get_bind().dialect.name != "postgresql":
        return 0.0
    theirs = session.scalar(sa.select(sa.func.clock_timestamp()))
    return round((theirs - moment).total_seconds(), 1) if theirs else 0.0

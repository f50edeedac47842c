"""How often a program may ask: counted for each token in the database, so in all processes together."""

import math
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.api.models import ApiWindow
from feedback_app.clock import APART
from feedback_app.database import UtcDateTime, insert_into

A_MINUTE = 240
WINDOW = timedelta(minutes=1)


def take_turn(session: Session, token_id: str, most: int, moment: datetime) -> int:
    """Count one request of this token; 0 when it may go on, else after how many seconds to ask again.

    Commits. Who asks too often writes nothing, so that it does not hold up anybody. A minute that begins
    later than clocks differ was one before a clock went back.
    """
    mine = sa.select(ApiWindow.begins_at, ApiWindow.requests).where(ApiWindow.token_id == token_id)
    for begins_at, requests in session.execute(mine):
        left: timedelta = begins_at + WINDOW - moment
        if requests >= most and timedelta(0) < left <= WINDOW + APART:
            return max(1, math.ceil(left.total_seconds()))
    first = insert_into(session, ApiWindow).values(token_id=token_id, begins_at=moment, requests=1)
    old = sa.bindparam("old", moment - WINDOW, UtcDateTime())
    ahead = sa.bindparam("ahead", moment + APART, UtcDateTime())
    over = sa.or_(ApiWindow.begins_at <= old, ApiWindow.begins_at > ahead)
    session.execute(
        first.on_conflict_do_update(
            index_elements=["token_id"],
            set_={
                "begins_at": sa.case((over, first.excluded.begins_at), else_=ApiWindow.begins_at),
                "requests": sa.case((over, 1), else_=ApiWindow.requests + 1),
            },
        )
    )
    session.commit()
    return 0

"""A gateway is not used faster than its limit, however many processes send."""

import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from feedback_app.database import db, now
from feedback_app.invitations import pace
from feedback_app.invitations.letter import TryAgain
from feedback_app.invitations.pace import PATIENCE, Pace, take_turn
from tests.world import World

A_MINUTE = 600


def test_turns_are_spread_evenly_over_everybody(world: World) -> None:
    """Two senders take ten turns: the next is then free ten steps after the first, to the microsecond."""
    begun = now()

    def take() -> None:
        with world.app.app_context():
            for _ in range(5):
                take_turn(db.engine, "sms", A_MINUTE)

    senders = [threading.Thread(target=take) for _ in range(2)]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    [row] = world.rows(Pace)
    assert row["channel"] == "sms"
    assert row["free_at"] - begun >= timedelta(minutes=1) / A_MINUTE * 10, "no turn was given twice"


def test_a_turn_too_far_away_is_not_waited_for(sqlite_world: World) -> None:
    with sqlite_world.session() as session:
        take_turn(db.engine, "email", 1)
        session.execute(sa.update(Pace).values(free_at=now() + timedelta(minutes=2)))
        session.commit()
        [first] = sqlite_world.rows(Pace)
        for _ in range(2):
            with pytest.raises(TryAgain) as again:
                take_turn(db.engine, "email", 1)
            assert again.value.reason == "rate"
            assert PATIENCE < again.value.after <= timedelta(minutes=2)
        assert sqlite_world.rows(Pace) == [first], "who was refused took nothing"
        take_turn(db.engine, "sms", 1)  # each gateway has its own
        session.execute(sa.update(Pace).values(free_at=now() - timedelta(days=1)))
        session.commit()
        take_turn(db.engine, "email", 1)
        assert all(row["free_at"] > now() for row in sqlite_world.rows(Pace) if row["channel"] == "email"), (
            "turns that nobody took are not saved up"
        )
        session.execute(sa.update(Pace).values(free_at=now() + timedelta(days=3)))
        session.commit()
        take_turn(db.engine, "email", 1)  # that turn was taken before a clock went back
        [mail] = [row for row in sqlite_world.rows(Pace) if row["channel"] == "email"]
        assert mail["free_at"] < now() + timedelta(hours=1)


def test_the_next_turn_by_rights_is_waited_for_however_slow_the_pace(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(pace, "time", SimpleNamespace(sleep=waited.append))
    with sqlite_world.session():
        take_turn(db.engine, "email", 1)
        take_turn(db.engine, "email", 1)
    assert waited[0] == 0 and PATIENCE.total_seconds() < waited[1] <= 60

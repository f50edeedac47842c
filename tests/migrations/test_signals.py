"""The migration of signals, with signals of an earlier release in every state that it has to fill something in for."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from feedback_app import schema
from feedback_app.database import db
from feedback_app.signals.models import Signal, SignalCheck, SignalEvent, SignalEvidence, SignalReminder
from tests.world import World

#: the release before, whichever number it gets
BEFORE = "0013"
EMPTY = ("observation", "frequency", "spread", "own_action", "reading", "reading_by", "causes", "consequence")
EVENTS = (
    "pre_signaal",
    "pre_signaal",
    "getoetst",
    "signaal",
    "signaal",
    "gevalideerd",
    "overgemaakt",
    "beantwoord",
)


@pytest.fixture
def empty(database_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    world = World(database_url, tmp_path, example_catalogues)
    with world.app.app_context():
        schema.upgrade()
        schema.downgrade(BEFORE)
    yield world
    world.close()


def add_old(session: Any) -> None:
    """Two signals as the earlier release wrote them, the second a follow-up; one with a pattern."""
    tables = sa.MetaData()
    tables.reflect(session.connection())
    wave = {"key": "2026-H1", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 6, 30), "state": "open"}
    session.execute(tables.tables["waves"].insert(), wave | {"opened_on": date(2026, 1, 1)})
    row = dict.fromkeys((*EMPTY, "addressee", "evidence", "answer", "reason"), "")
    row |= {
        "wave_key": "2026-H1",
        "theme_key": "T05",
        "is_practice": False,
        "revision": 1,
        "solver": "agency",
    }
    row |= {"title": "Voorbeeld ‹é›", "finding": "f", "ask": "a", "answered_on": None, "earlier_id": None}
    first = row | {"id": "a" * 32, "code": "S-2026-H1-01", "state": "beantwoord"}
    first |= {"answer": "Ja.", "answered_on": date(2026, 9, 20)}
    second = row | {"id": "b" * 32, "code": "S-2026-H1-02", "state": "overgemaakt", "earlier_id": "a" * 32}
    session.execute(tables.tables["signals"].insert(), [first, second])
    events = [
        {
            "id": f"{number:032}",
            "signal_id": "a" * 32,
            "state": state,
            "account_id": "x",
            "note": "title, ask",
        }
        | {"at": datetime(2026, 7, 1 + number, 9, tzinfo=UTC)}
        for number, state in enumerate(EVENTS)
    ]
    session.execute(tables.tables["signal_events"].insert(), events)
    evidence = {"id": "c" * 32, "signal_id": "a" * 32, "wave_key": "2026-H1", "snapshot": "0" * 64}
    proposal = {"family": "level", "q": 0.05, "themes": ["T05"], "item": "é"}
    session.execute(tables.tables["signal_evidence"].insert(), evidence | {"proposal": proposal})
    session.commit()


def test_signals_of_an_earlier_release_are_filled_in_and_go_back_whole(empty: World) -> None:
    with empty.session() as session:
        add_old(session)
    before = empty.dump()
    with empty.app.app_context():
        schema.upgrade()
    with empty.session() as session:
        first, second = session.get_one(Signal, "a" * 32), session.get_one(Signal, "b" * 32)
        assert [one.kind for one in first.history] == [
            "written", "reworded", "moved", "moved", "reworded", "moved", "moved", "moved",
        ]  # fmt: skip
        assert (first.handed_on, first.due_on, first.level) == (date(2026, 7, 7), date(2026, 9, 1), "agency")
        assert second.handed_on and second.due_on and second.earlier_id == first.id
        kept = session.get_one(SignalEvidence, "c" * 32)
        assert kept.digest == "", "nobody can tell whether it is what was attached"
        for wrong in ({"earlier_id": "b" * 32}, {"due_on": None}, {"due_on": date(2020, 1, 1)}):
            with pytest.raises(sa.exc.IntegrityError):
                session.execute(sa.update(Signal).where(Signal.id == "b" * 32).values(**wrong))
            session.rollback()
        session.add(SignalCheck(signal_id=first.id, criterion="neutral", holds=False, why="w"))
        session.add(
            SignalReminder(signal_id=first.id, step="overdue", about_on=date(2026, 9, 1), account_id="x")
        )
        session.add(SignalEvent(signal_id=first.id, kind="reminded", state="beantwoord", note="overdue"))
        session.commit()
    with empty.app.app_context():
        schema.downgrade(BEFORE)
    assert {name: rows for name, rows in empty.dump().items() if rows} == {
        name: rows for name, rows in before.items() if rows
    }
    with empty.app.app_context():
        schema.upgrade()
        assert schema.differences() == []
        db.session.execute(sa.delete(Signal).where(Signal.id == "b" * 32))
        db.session.execute(sa.delete(Signal).where(Signal.id == "a" * 32))
        db.session.commit()
    left = empty.dump()
    assert not left["signal_events"] and not left["signal_evidence"], "they still go with their signal"

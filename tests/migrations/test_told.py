"""The migration of what is told back: what everybody could read before is still there, and can be taken back."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app import schema
from feedback_app.database import today
from feedback_app.reports.told_models import ToldMail, ToldText
from feedback_app.signals.models import Signal, SignalEvent
from tests.world import WAVE, Person, World

BEFORE = "0020"


@pytest.fixture
def empty(database_url: str, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    world = World(database_url, tmp_path, example_catalogues)
    with world.app.app_context():
        schema.upgrade()
    yield world
    world.close()


def test_what_was_told_back_before_goes_on_being_told(empty: World) -> None:
    empty.open([Person()])
    days = {name: date(2026, 8, 1) for name in ("handed_on", "due_on", "answered_on")}
    words = {"title": "t", "finding": "f", "ask": "Vraag", "answer": "Ja.", "will_do": "Er komt een bus."}
    told = {"told_said": "Gezegd", "told_doing": "Gedaan"}
    with empty.session() as session:
        one = Signal(wave_key=WAVE, theme_key="T05", code="S-1", state="afgesloten", **words, **days, **told)
        one.answered_by = "Voorbeeldagentschap"
        one.history = [SignalEvent(kind="written", state="afgesloten")]
        session.add(one)
        session.flush()
        row = {"said": "a", "doing": "b", "by": "", "when": "", "dutch_hash": "0" * 64, "written_by": "x"}
        session.add(ToldText(signal_id=one.id, locale="ti", **row))
        partner = session.scalars(sa.text("SELECT id FROM partners")).first()
        session.add(ToldMail(wave_key=WAVE, partner_id=partner, on=today()))
        session.commit()
    with empty.app.app_context():
        schema.downgrade(BEFORE)
        schema.upgrade()
        assert schema.differences() == []
    with empty.session() as session:
        row_now = session.scalars(sa.select(Signal)).one()
        told_now = (row_now.told_said, row_now.told_doing, row_now.told_by, row_now.told_when)
        assert told_now == ("Vraag", "Ja. Er komt een bus.", "Voorbeeldagentschap", "")
        assert len(row_now.history) == 1, "nothing that points at a signal is lost"
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(sa.update(Signal).values(told_doing=""))
        session.rollback()

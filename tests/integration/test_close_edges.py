"""Closing at its edges: paper beside links, a rare agency, colleagues at work meanwhile, an interrupted end."""

import json
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.analysis.models import FrozenGroup
from feedback_app.database import db
from feedback_app.reports import compile as compiling
from feedback_app.reports.compile import CompileRefused, compile_edition
from feedback_app.reports.models import Edition
from feedback_app.responses.load import load_responses
from feedback_app.responses.models import Remark, RemarkTheme, Response
from feedback_app.responses.retention import shuffle_open_waves
from feedback_app.responses.shuffle import lock
from tests.world import WAVE, Person, World, respond

WHOLE = {
    "experience": "4",
    "match": "3",
    "informed": "yes",
    "support": "yes",
    "dutch": "much",
    "contacts": "still",
    "welcome": "yes",
}


def test_paper_without_an_invitation_makes_nobodys_answer_complete(world: World) -> None:
    world.open([Person() for _ in range(20)])
    for number, link in enumerate(world.links()[:10]):
        respond(world.client, link.token, WHOLE if number < 3 else {"experience": "4"})
    sheet = {
        "survey": "newcomer",
        "mode": "paper",
        "region": "kempen",
        "agency": "agii",
        "offer_type": "buddy",
        "answers": WHOLE,
    }
    with world.session() as session:
        load_responses(session, world.settings, WAVE, [json.dumps(sheet)] * 6)
    world.shut()
    found = {
        row["cut"]: row["outcomes"]
        for row in world.rows(FrozenGroup)
        if row["survey_key"] == "newcomer" and row["member"] in ("vlaanderen", "kempen", "agii")
    }
    assert found.keys() == {"flanders", "region", "agency"}
    for outcomes in found.values():
        assert {code: outcomes[code] for code in ("I", "P", "UO")} == {"I": 3, "P": 7, "UO": 10}


def test_an_agency_that_is_rare_in_a_combination_is_named_in_none_of_its_rows(world: World) -> None:
    world.open(
        [Person(agency="agii") for _ in range(12)]
        + [Person(agency="atlas") for _ in range(2)]
        + [Person(agency="amal", region="gent") for _ in range(11)]
    )
    for link in world.links():
        respond(world.client, link.token, {"experience": "4"})
    world.shut()
    rows = Counter((row["region_key"], row["agency_key"]) for row in world.rows(Response))
    assert rows == {("kempen", "vlaanderen"): 14, ("gent", "amal"): 11}


def test_a_second_final_report_is_refused_even_at_the_same_moment(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    world.open()
    world.shut()
    draw = compiling.report_pdf

    def overtaken(*content: object) -> bytes:
        monkeypatch.setattr(compiling, "report_pdf", draw)
        with world.session() as other:
            compile_edition(other, world.settings, WAVE, final=True)
        return draw(*content)  # type: ignore[arg-type]

    monkeypatch.setattr(compiling, "report_pdf", overtaken)
    with world.session() as session, pytest.raises(CompileRefused, match="al een definitief verslag"):
        compile_edition(session, world.settings, WAVE, final=True)
    assert [row["state"] for row in world.rows(Edition)] == ["final"]


def test_who_moderates_while_a_wave_closes_is_not_in_its_way(world: World) -> None:
    """On PostgreSQL two who lock the same tables in a different order would both wait, until one is refused."""
    if world.settings.embedded:
        pytest.skip("SQLite has one writer at a time, and so no order of locks")
    faults: list[BaseException] = []

    def close() -> None:
        try:
            with world.app.app_context():
                lock(db.session)
                db.session.rollback()
        except sa.exc.DBAPIError as error:
            faults.append(error)

    with world.session() as session:
        session.execute(sa.delete(RemarkTheme))
        closing = threading.Thread(target=close)
        closing.start()
        for _ in range(1000):
            if session.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                break
            time.sleep(0.01)
        session.execute(sa.update(Remark).values(state="coded"))
        session.commit()
        closing.join(timeout=30)
    assert not closing.is_alive()
    assert not faults


def test_retention_wipes_the_journal_although_no_wave_is_open(sqlite_world: World) -> None:
    world = sqlite_world
    world.open()
    respond(world.client, world.token(), {"experience": "4"})
    with world.session() as session:
        session.execute(sa.text("UPDATE waves SET state = 'closed', closed_on = '2026-07-01'"))
        session.commit()
        journal = Path(world.settings.database_url.removeprefix("sqlite:///") + "-wal")
        assert journal.stat().st_size > 0
        assert shuffle_open_waves(session) == []
        assert journal.stat().st_size == 0

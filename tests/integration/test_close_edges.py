"""Closing at its edges: paper beside links, a rare agency, colleagues at work meanwhile, an interrupted end."""

import json
import shutil
import threading
import time
from collections import Counter
from gettext import NullTranslations
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.analysis.models import FrozenGroup
from feedback_app.database import db
from feedback_app.invitations.models import Wave
from feedback_app.reports import compile as compiling
from feedback_app.reports.compile import CompileRefused, compile_edition
from feedback_app.reports.gather import gather
from feedback_app.reports.models import Edition
from feedback_app.reports.view import ReportView
from feedback_app.reports.wording import Wording
from feedback_app.responses.load import load_responses
from feedback_app.responses.models import Remark, RemarkTheme, Response
from feedback_app.responses.retention import shuffle_open_waves
from feedback_app.responses.shuffle import lock
from tests.staff import add
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
    drafts, releases = add(world.app, "redacteur"), add(world.app, "vrijgever")
    with world.session() as session:
        compile_edition(session, world.settings, WAVE, account_id=drafts)
    draw = compiling.report_pdf

    def overtaken(*content: object) -> bytes:
        monkeypatch.setattr(compiling, "report_pdf", draw)
        with world.session() as other:
            compile_edition(other, world.settings, WAVE, final=True, account_id=releases)
        return draw(*content)  # type: ignore[arg-type]

    monkeypatch.setattr(compiling, "report_pdf", overtaken)
    with world.session() as session, pytest.raises(CompileRefused, match="is al definitief"):
        compile_edition(session, world.settings, WAVE, final=True, account_id=releases)
    assert sorted(row["state"] for row in world.rows(Edition)) == ["draft", "final"]


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


def test_a_report_prints_the_rules_its_figures_were_published_under(
    sqlite_world: World, tmp_path: Path, example_catalogues: Path
) -> None:
    world = sqlite_world
    world.open()
    world.shut()
    surveys = tmp_path / "surveys"
    shutil.copytree(world.settings.surveys_dir, surveys)
    policy = (surveys / "publication.yaml").read_text(encoding="utf-8")
    assert 'version: "2026-1"' in policy
    changed = policy.replace('version: "2026-1"', 'version: "2027-1"').replace("below: 10", "below: 15")
    (surveys / "publication.yaml").write_text(changed, encoding="utf-8")
    later = World(world.settings.database_url, tmp_path, example_catalogues, surveys_dir=surveys)
    for one, known in ((world, True), (later, False)):
        with one.session() as session:
            wave = session.get_one(Wave, WAVE)
            found = gather(session, one.settings, wave, region_key=None, locale="nl", draft=True)
        assert found.policy.version == "2026-1"
        assert bool(found.policy.rules) is known, "values of a later policy are not those that held"
    later.close()


def test_an_outcome_of_few_looks_like_every_other_withheld_number(sqlite_world: World) -> None:
    world = sqlite_world
    world.open([Person() for _ in range(30)])
    for number, link in enumerate(world.links()):
        sent = {"refuse": "1"} if number < 3 else WHOLE
        if number < 20:
            respond(world.client, link.token, sent)
    world.shut()
    with world.session() as session:
        wave = session.get_one(Wave, WAVE)
        found = gather(session, world.settings, wave, region_key=None, locale="nl", draft=True)
    rows = ReportView(found, Wording("nl", NullTranslations())).dispositions()
    assert [(code, newcomers) for code, _, newcomers, _ in rows] == [("I", "15"), ("UO", "10")]
    assert {partners for code, _, _, partners in rows if code == "I"} == {"onvoldoende antwoorden"}

"""`responses load`: paper that was typed in is held to what the respondent's page accepts, all or nothing."""

import json
import threading
from typing import Any
from uuid import uuid4

import pytest

from feedback_app.analysis.close import WaveNotOpen
from feedback_app.responses.load import LoadRefused, load_responses
from feedback_app.responses.models import Remark, Response
from tests.commands import run
from tests.world import WAVE, World

SHEET: dict[str, Any] = {
    "survey": "newcomer",
    "region": "kempen",
    "agency": "agii",
    "offer_type": "buddy",
    "answers": {"experience": "5", "match": "1", "difficulties": ["hours", "other"], "remark": "Voorbeeld"},
}


def sheet(**changes: Any) -> str:
    return json.dumps({**SHEET, **changes})


def load(world: World, *lines: str, wave: str = WAVE) -> tuple[int, int]:
    with world.session() as session:
        loaded = load_responses(session, world.settings, wave, lines)
    return loaded.stored, loaded.known


def test_a_sheet_is_stored_as_paper_with_its_answers(world: World) -> None:
    world.open()
    assert load(world, sheet(locale="ti"), "", sheet(survey="partner", answers={"course": "5"})) == (2, 0)
    paper, partner = sorted(world.rows(Response), key=lambda row: row["survey_key"])
    assert (paper["mode"], paper["locale"], paper["region_key"]) == ("paper", "ti", "kempen")
    assert (partner["mode"], partner["locale"]) == ("paper", "nl")
    stored = {(item, value) for key, item, value in world.answers() if key == paper["id"]}
    assert stored >= {("difficulties", "hours"), ("difficulties", "other"), ("welcome", "skipped")}
    assert [row["text"] for row in world.rows(Remark)] == ["Voorbeeld"]


FAULTY = [
    ("{", "this is not JSON"),
    ("[]", "named values"),
    (sheet(answers={"experience": "9"}), "answers.experience: "),
    (sheet(answers={"needs": "x"}), "there is no item “needs”"),
    (sheet(answers={"remark": "x" * 2001}), "answers.remark: "),
    (sheet(answers={"experience": 5}), "answers.experience"),
    (sheet(survey="staff"), "survey: "),
    (sheet(mode="phone"), "mode: "),
    (sheet(region="atlantis"), "region: unknown “atlantis”"),
    (sheet(agency="x"), "agency: unknown"),
    (sheet(offer_type="x"), "offer_type: unknown"),
    (sheet(locale="so"), "locale: “so” is not offered"),
    (sheet(name="x"), "name: "),
]


def test_one_faulty_line_and_nothing_is_loaded(world: World) -> None:
    world.open()
    before = world.dump()
    for line, said in FAULTY:
        with pytest.raises(LoadRefused) as refused:
            load(world, sheet(), line, sheet(), line)
        assert [fault.partition(":")[0] for fault in refused.value.faults] == ["line 2", "line 4"], line
        assert said in refused.value.faults[0]
        assert world.dump() == before, line


def test_the_same_sheet_twice_is_one_response(world: World) -> None:
    world.open()
    same = str(uuid4())
    assert load(world, sheet(response_id=same), sheet(response_id=same)) == (1, 1)
    assert load(world, sheet(response_id=same), sheet()) == (1, 1)
    assert len(world.rows(Response)) == 2


def test_only_an_open_wave_takes_sheets(world: World) -> None:
    world.open()
    with pytest.raises(LoadRefused, match="not open"):
        load(world, sheet(), wave="2026-H2")
    world.shut()
    with pytest.raises(LoadRefused, match="not open"):
        load(world, sheet())
    assert not world.rows(Response)


def test_sheets_loaded_while_the_wave_closes_are_counted_or_refused(world: World) -> None:
    world.open()
    start, outcome = threading.Barrier(2), []

    def loading() -> None:
        start.wait()
        try:
            outcome.append(load(world, *[sheet()] * 15)[0])
        except LoadRefused:
            outcome.append(0)

    thread = threading.Thread(target=loading)
    thread.start()
    start.wait()
    world.shut()
    thread.join()
    assert len(world.rows(Response)) == outcome[0]
    closed_rows = [row for row in world.rows(Response) if row["week"]]
    assert not closed_rows, "a sheet came in after the wave was counted"
    with pytest.raises(WaveNotOpen):
        world.shut()


def test_the_command_says_what_it_did_and_why_not(sqlite_world: World) -> None:
    sqlite_world.open()
    folder = sqlite_world.settings.instance_dir
    (folder / "sheets.ndjson").write_text(sheet(response_id=str(uuid4())) + "\n", encoding="utf-8")
    (folder / "faulty.ndjson").write_text(sheet(region="x") + "\n", encoding="utf-8")
    done = run(sqlite_world, "responses", "load", str(folder / "sheets.ndjson"), "--wave", WAVE)
    assert (done.exit_code, done.stdout) == (0, "1 stored, 0 known already\n")
    refused = run(sqlite_world, "responses", "load", str(folder / "faulty.ndjson"), "--wave", WAVE)
    assert (refused.exit_code, "line 1: region: unknown “x”" in refused.stderr) == (1, True)
    assert len(sqlite_world.rows(Response)) == 1

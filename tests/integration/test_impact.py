"""How things are some months later: off until switched on, asked of nobody by name, counted as one square."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.analysis.models import FrozenCount
from feedback_app.analysis.published import read_statistics
from feedback_app.analysis.statistic import Statistic
from feedback_app.invitations.impact import whose_turn
from feedback_app.invitations.models import OpenLink, Wave, WaveQuestionnaire
from feedback_app.invitations.open_links import NewLink, make_link
from feedback_app.invitations.waves import add_impact, open_wave
from feedback_app.reports.gather import gather
from feedback_app.reports.pdf import report_html
from feedback_app.responses.models import Remark, Response
from tests.commands import run
from tests.databases import Databases
from tests.staff import signed_in
from tests.told import Telling, tell
from tests.world import WAVE, Person, World

NEXT_WAVE = "2026-H2"
FIRST = 14_000
#: who dared to speak Dutch before and now, for a region of 90
SQUARE = {"1>1": 24, "1>3": 36, "3>1": 6, "3>3": 24}


def hang(world: World, mode: str = "open", survey: str = "impact") -> str:
    with world.session() as session:
        wanted = NewLink(mode, "kempen", "agii", "buddy", "Voorbeeldplek", survey)
        link = make_link(session, world.settings, wanted, region=None)
        return f"/{'o' if mode == 'open' else 'k'}/{link.code}"


def switch_on(world: World, wave: str = WAVE) -> None:
    with world.session() as session:
        add_impact(session, world.settings, wave)


def later(region: str, square: dict[str, int]) -> Telling:
    """A region where so many people gave these two answers."""
    pairs = [pair.split(">") for pair, number in square.items() for _ in range(number)]
    then, now = ([one[half] for one in pairs] for half in (0, 1))
    half = len(pairs) // 2
    more = {"next": {"sport": half, "work": len(pairs) - half}, "still": {"yes": half, "no": half}}
    return Telling("impact", region, {"dutch_before": then, "dutch_now": now, **more})


def test_a_wave_does_not_ask_it_until_somebody_switches_it_on(world: World) -> None:
    world.open([Person()])
    path = hang(world)
    assert 'data-state="closed"' in world.client.get(path).text
    assert {row["survey_key"] for row in world.rows(WaveQuestionnaire)} == {"newcomer", "partner", "staff"}
    browser = signed_in(world.app, "analist")
    page = f"/staff/waves/{WAVE}/impact"
    assert page in browser.get("/staff/waves").text
    clerk = signed_in(world.app, "agentschap")
    assert "/staff/papier/blad/impact" not in clerk.get("/staff/papier").text
    before = world.dump()["wave_questionnaires"]
    assert browser.get(page).status_code == 200 and world.dump()["wave_questionnaires"] == before
    assert browser.post(page, {}, form=page).status_code == 302
    assert {row["survey_key"] for row in world.rows(WaveQuestionnaire)} >= {"impact"}
    assert page not in browser.get("/staff/waves").text
    browser.post(page, {}, form="/staff/waves/new")
    assert "vraagt dit al" in browser.get("/staff/waves").text
    assert "/staff/papier/blad/impact/nl" in clerk.get("/staff/papier").text
    assert "Hoe gaat het nu?" in world.client.get(path).text
    refused = run(world, "wave", "impact", "2030-H1")
    assert refused.exit_code == 1 and "niet open" in refused.output
    reply = world.client.post(
        f"{path}?lang=nl", data={"dutch_before": "1", "dutch_now": "3", "remark": "Voorbeeld"}
    )
    assert 'data-state="stored"' in reply.text
    [row] = world.rows(Response)
    assert [row[key] for key in ("survey_key", "wave_key", "mode", "region_key")] == [
        "impact",
        WAVE,
        "open",
        "kempen",
    ]
    given = {item: value for _, item, value in world.answers()}
    assert (given["dutch_before"], given["dutch_now"], given["next"]) == ("1", "3", "skipped")
    assert [one["survey_key"] for one in world.rows(Remark)] == ["impact"]
    with world.session() as session, pytest.raises(sa.exc.IntegrityError):
        session.execute(sa.update(OpenLink).values(survey_key="staff"))


def test_who_opens_a_wave_may_ask_it_at_once_and_links_go_to_the_newest_that_does(
    sqlite_world: World,
) -> None:
    sqlite_world.open([])
    browser = signed_in(sqlite_world.app, "analist")
    switch_on(sqlite_world)
    with sqlite_world.session() as session:
        open_wave(session, sqlite_world.settings, NEXT_WAVE)
    sqlite_world.client.post(f"{hang(sqlite_world, 'kiosk')}?lang=nl", data={"still": "yes"})
    sqlite_world.client.post(f"{hang(sqlite_world, 'kiosk', 'newcomer')}?lang=nl", data={"match": "3"})
    assert {(one["survey_key"], one["wave_key"]) for one in sqlite_world.rows(Response)} == {
        ("impact", WAVE),
        ("newcomer", NEXT_WAVE),
    }
    form = {"period": "2027-H1", "impact": "y"}
    assert browser.post("/staff/waves/new", form, form="/staff/waves/new").status_code == 302
    line = {"survey": "impact", "region": "gent", "agency": "amal", "offer_type": "buddy"}
    lines = json.dumps({**line, "answers": {"still": "no"}})
    assert run(sqlite_world, "responses", "load", "-", "--wave", NEXT_WAVE, text=lines).exit_code == 1
    assert run(sqlite_world, "responses", "load", "-", "--wave", "2027-H1", text=lines).exit_code == 0


def test_a_colleague_makes_a_link_and_gets_words_in_every_language_and_a_sheet(sqlite_world: World) -> None:
    sqlite_world.open([Person(), Person(), Person(region="gent")])
    browser = signed_in(sqlite_world.app, "agentschap")
    assert "enkele maanden geleden" not in browser.get("/staff/").text
    switch_on(sqlite_world)
    place = {"agency": "agii", "offer_type": "combinatie", "label": "Voorbeeldbrief", "region": "kempen"}
    address = "/staff/open-links/new?survey=impact"
    assert re.search(r'value="impact"[^>]*checked|checked[^>]*value="impact"', browser.get(address).text)
    browser.post("/staff/open-links/new", {"mode": "open", "survey": "impact", **place}, form=address)
    code = sqlite_world.rows(OpenLink)[0]["code"]
    page = browser.get(f"/staff/open-links/{code}/text").text
    assert f"/o/{code}?lang=ti" in page and "Hoe gaat het nu?" in page and "‹ar›" in page
    assert "Hoe gaat het nu?" in browser.get(f"/staff/open-links/{code}/poster").text
    assert f"/staff/open-links/{code}/text" in browser.get("/staff/open-links").text
    browser.post("/staff/open-links/new", {"mode": "open", "survey": "staff", **place}, form=address)
    assert len(sqlite_world.rows(OpenLink)) == 1
    other = hang(sqlite_world, survey="newcomer").split("/")[2]
    assert browser.get(f"/staff/open-links/{other}/text").status_code == 404
    with sqlite_world.session() as session:
        turn = whose_turn(session, sqlite_world.settings, date(2026, 9, 30), "kempen")
        assert (turn.starts_on, turn.ends_on, turn.trajectories) == (date(2026, 3, 1), date(2026, 3, 31), 2)
        assert whose_turn(session, sqlite_world.settings, date(2026, 9, 1)).trajectories == 3
        assert whose_turn(session, sqlite_world.settings, date(2026, 8, 31)).trajectories == 0


def test_the_page_keeps_to_its_bytes_in_every_language_as_translated(
    migrated_sqlite_url: str, tmp_path: Path
) -> None:
    world = World(migrated_sqlite_url, tmp_path, Path("translations"))
    world.open([])
    switch_on(world)
    path = hang(world)
    offered = set()
    for tag in re.findall(r'value="([\w-]+)" lang=', world.client.get(path).text):
        page = world.client.get(f"{path}?lang={tag}", headers={"Accept-Encoding": "gzip"})
        offered.add(page.headers["Content-Language"])
        headers = "".join(f"{name}: {value}\r\n" for name, value in page.headers.items())
        assert len(page.data) + len(headers) + len("HTTP/1.1 200 OK\r\n\r\n") <= FIRST, tag
    assert len(offered) > 19
    world.close()


@pytest.fixture(scope="module")
def closed(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[World]:
    """A closed wave in which three regions said how things are; in `gent` so few that nothing may be shown."""
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("impact"), example_catalogues)
        world.open([Person(partners=()) for _ in range(12)])
        switch_on(world)
        tell(
            world,
            WAVE,
            later("kempen", SQUARE),
            later("limburg", SQUARE),
            later("gent", {"1>3": 3, "3>3": 4}),
        )
        world.shut()
        yield world
        world.close()


def figures(world: World, cut: str = "flanders") -> dict[tuple[str, str], Statistic]:
    with world.session() as session:
        return {(one.member, one.item): one for one in read_statistics(session, WAVE, "impact", cut=cut)}


def test_the_square_is_frozen_and_both_questions_are_about_the_same_people(closed: World) -> None:
    with closed.session() as session:
        rows = session.scalars(sa.select(FrozenCount).filter_by(cut="flanders", survey_key="impact")).all()
        frozen = {(one.item_key, one.value): one.count for one in rows}
    keys = {item for item, _value in frozen}
    assert "dutch_now@pair" in keys and not {"dutch_now", "dutch_before"} & keys
    found = {one: figures(closed)["vlaanderen", one] for one in ("dutch_before", "dutch_now")}
    assert {one.base for one in found.values()} == {str(sum(n for (k, _), n in frozen.items() if "@" in k))}
    assert all(share.percent is None for one in found.values() for share in one.shares)
    moved = {share.value: share.percent for share in figures(closed)["vlaanderen", "dutch_now@shift"].shares}
    assert sum(moved[key] or 0 for key in ("better", "same", "worse")) in (99, 100, 101)


def test_too_few_stay_unseen_and_the_attack_opens_nobody(closed: World) -> None:
    regions = figures(closed, "region")
    assert regions["kempen", "dutch_now"].base and regions["kempen", "dutch_now@cross"].base
    assert not any(one.base for (member, _item), one in regions.items() if member == "gent")
    assert not any(
        one.base for (_m, item), one in figures(closed, "agency").items() if item.startswith("dutch")
    )
    attacked = run(closed, "attack", "--wave", WAVE, "--json")
    assert attacked.exit_code == 0
    found = json.loads(attacked.output)["impact"]
    assert found["findings"] == [] and found["secrets"] > 10 and found["figures"] > 20


def test_it_is_told_wherever_results_are(closed: World, tmp_path: Path) -> None:
    made = run(closed, "tables", "--wave", WAVE, "--out", str(tmp_path))
    with (tmp_path / f"{WAVE}-impact.csv").open() as file:
        rows = {(row["cut"], row["item"], row["value"]): row for row in csv.DictReader(file)}
    assert made.exit_code == 0 and rows["flanders", "dutch_now@cross", "gained"]["percent"] == "40"
    assert rows["flanders", "next", "sport"]["audience"] == "impact"
    found = json.loads(run(closed, "patterns", "--wave", WAVE, "--json").output)
    [change] = [one for one in found["tests"] if one["family"] == "change"]
    assert (change["effect"], change["tone"], change["evidence"]) == (34, "better", "mogelijk")
    low, high = change["interval"]
    assert low < 34 < high and change["delta_interval"][0] < change["delta"] < change["delta_interval"][1]
    assert change["q"] <= 0.05 and "dezelfde mensen" in change["sentence"]
    browser = signed_in(closed.app, "analist")
    page = browser.get(f"/staff/waves/{WAVE}/results?region=gent").text
    assert "Vroeger en nu samen" in page and "Nieuwkomers, enkele maanden later" in page
    assert "geen meting van toen" in browser.get("/staff/patterns").text
    with closed.session() as session:
        wave = session.get_one(Wave, WAVE)
        content = gather(session, closed.settings, wave, region_key=None, locale="nl", draft=True)
    assert {one.audience for one in content.items} == {"newcomer", "partner", "impact"}
    assert {one.item for item in content.items for one in item.groups if one.audience == "impact"} == set()
    assert "volgens dezelfde mensen" in report_html(content)


@pytest.mark.parametrize(("region", "quoted"), [(None, True), ("kempen", True), ("gent", False)])
def test_a_released_quote_is_in_the_report_and_says_when_it_was_said(
    closed: World, region: str | None, quoted: bool
) -> None:
    words = "Voorbeeld: ik ga er nog elke week naartoe."
    with closed.session() as session:
        remark = Remark(
            wave_key=WAVE,
            survey_key="impact",
            item_key="remark",
            locale="nl",
            region_key=region or "kempen",
            month="2026-05",
            text="",
            state="coded",
            quote=words,
            quote_state="released",
            proposed_by="a" * 32,
            released_by="b" * 32,
        )
        session.add(remark)
        session.flush()
        wave = session.get_one(Wave, WAVE)
        content = gather(session, closed.settings, wave, region_key=region, locale="nl", draft=True)
        session.rollback()
    said = [(one.text, one.audience) for one in content.quotes]
    assert said == ([(words, "impact")] if quoted else [])
    assert all(one.attribution.startswith("Nieuwkomer, enkele maanden later") for one in content.quotes)

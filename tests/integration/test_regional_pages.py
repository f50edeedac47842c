"""A region's question from proposal to page: written with an example beside it, decided by somebody else, asked."""

import re
import shutil
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from feedback_app.invitations.waves import open_wave
from feedback_app.questionnaires.accepted import regional_items
from feedback_app.questionnaires.models import RegionalItem
from feedback_app.questionnaires.review import Desk, name_of
from feedback_app.staff.models import AuditEntry
from tests.commands import run
from tests.databases import Databases
from tests.integration.test_open_links import hang
from tests.regional import LATER, write_region
from tests.staff import Browser, signed_in
from tests.world import WAVE, Person, World

HOME = "/staff/regiovragen"
WRITTEN: dict[str, Any] = {
    "survey": "newcomer",
    "text": "Voorbeeld: hoe kwam je naar hier?",
    "hint": "",
    "answers": "Te voet\nMet de fiets\r\n\nMet de bus",
    "kind": "single",
    "positive": "2",
    "themes": ["T14"],
    "only_after": ["newcomer.dutch.hardly", "newcomer.dutch.little"],
    "why": "Voorbeeld: er rijdt hier geen bus.",
}


@pytest.fixture(scope="module")
def world(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[World]:
    """An installation with a wave that is open already, on files of its own."""
    folder = tmp_path_factory.mktemp("regiovragen")
    surveys = folder / "surveys"
    shutil.copytree("surveys", surveys, ignore=shutil.ignore_patterns("audio"))
    with databases.migrated("sqlite") as url:
        translations = Path(shutil.copytree(example_catalogues, folder / "translations"))
        made = World(url, folder, translations, surveys_dir=surveys)
        made.open([Person()])
        yield made
        made.close()


@pytest.fixture(scope="module")
def region(world: World) -> Browser:
    """Somebody of Kempen."""
    return signed_in(world.app, "netwerkmedewerker", region="kempen")


@pytest.fixture(scope="module")
def analyst(world: World) -> Browser:
    """Who decides."""
    return signed_in(world.app, "analist")


def stored(world: World) -> list[tuple[str, str, str]]:
    with world.session() as session:
        rows = session.scalars(sa.select(RegionalItem).order_by(RegionalItem.item_key))
        return [(row.item_key, row.state, row.reason) for row in rows]


def newest(world: World) -> str:
    with world.session() as session:
        query = sa.select(RegionalItem.id).order_by(RegionalItem.item_key.desc())
        return session.scalars(query).first() or ""


def test_the_list_is_empty_at_first_and_says_what_to_do(region: Browser, analyst: Browser) -> None:
    assert "Er is nog geen regiovraag" in analyst.get(HOME).text
    page = region.get(HOME).text
    assert f"{HOME}/nieuw" in page and f"{HOME}/nieuw" not in analyst.get(HOME).text


def test_the_example_shows_what_stands_in_the_form_and_keeps_nothing(world: World, region: Browser) -> None:
    shown = region.post(f"{HOME}/voorbeeld", WRITTEN)
    assert "Voorbeeld: hoe kwam je naar hier?" in shown.text and 'name="kempen_1"' in shown.text
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    at = [shown.text.index(f'id="{key}"') for key in ("dutch", "kempen_1", "contacts")]
    assert at == sorted(at)
    assert "data-state" in region.post(f"{HOME}/voorbeeld", {"kempen_1": "a1"}).text  # sent inside the phone
    unfinished = region.post(f"{HOME}/voorbeeld", {**WRITTEN, "answers": "Een"})
    assert "Nog geen voorbeeld" in unfinished.text and "2 tot 8 antwoorden" in unfinished.text
    assert stored(world) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": ""}, "Dit hebben we nodig."),
        ({"answers": "Ja"}, "Schrijf 2 tot 8 antwoorden"),
        ({"answers": "Ja\nja"}, "Een antwoord staat er twee keer."),
        ({"answers": f"Ja\n{'o' * 83}"}, "is 3 tekens te lang"),
        ({"positive": "3"}, "kleiner is dan het aantal antwoorden"),
        ({"positive": "veel"}, "kleiner is dan het aantal antwoorden"),
        ({"themes": []}, "Kies minstens één thema."),
        ({"only_after": ["newcomer.dutch.hardly", "newcomer.informed.no"]}, "op één en dezelfde vraag"),
        ({"only_after": ["partner.roles.no"]}, "horen bij de andere vragenlijst"),
        ({"only_after": ["newcomer.match.1"]}, "newcomer.match.1"),
    ],
)
def test_bad_input_says_what_to_do_and_loses_nothing(
    world: World, region: Browser, change: dict[str, Any], said: str
) -> None:
    answer = region.post(f"{HOME}/nieuw", {**WRITTEN, **change})
    assert answer.status_code == 422
    assert said in answer.text
    assert WRITTEN["why"] in answer.text
    assert stored(world) == []


def test_a_page_that_would_weigh_too_much_is_refused_with_how_many_signs(
    world: World, region: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feedback_app.responses.document.MOST_BYTES", 10_500)
    answer = region.post(f"{HOME}/nieuw", WRITTEN)
    assert answer.status_code == 422
    assert re.search(r"De pagina is \d+ tekens? te lang\.", answer.text)
    assert stored(world) == []


def test_a_proposal_is_decided_with_a_reason_and_joins_the_next_wave_only(
    world: World, region: Browser, analyst: Browser
) -> None:
    assert region.post(f"{HOME}/nieuw", WRITTEN).status_code == 303
    mine = f"{HOME}/{newest(world)}"
    assert "vraag van een regio om over te beslissen" in analyst.get("/staff/").text
    assert "Voorbeeld: hoe kwam je naar hier?" in analyst.get(f"{mine}/voorbeeld").text
    assert region.post(f"{mine}/accept", {"reason": ""}).status_code == 403
    assert analyst.post(f"{mine}/intrekken").status_code == 403
    empty = analyst.post(f"{mine}/refuse", {"reason": " "})
    assert (empty.status_code, "Schrijf waarom." in empty.text) == (422, True)
    assert analyst.post(f"{mine}/refuse", {"reason": "Voorbeeld: vraag het korter."}).status_code == 303
    assert "Voorbeeld: vraag het korter." in region.get(mine).text
    assert "Te voet\nMet de fiets\nMet de bus" in region.get(f"{HOME}/nieuw?from={newest(world)}").text

    assert region.post(f"{HOME}/nieuw", WRITTEN).status_code == 303
    mine = f"{HOME}/{newest(world)}"
    assert analyst.post(f"{mine}/accept").status_code == 303
    assert "Intussen is er al beslist" in analyst.get(analyst.post(f"{mine}/accept").location).text
    assert [one[:2] for one in stored(world)] == [("kempen_1", "refused"), ("kempen_2", "accepted")]
    assert "kempen_2" not in world.client.get(f"/s/{world.token()}").text  # the open wave stays what it is
    with world.session() as session:
        later = open_wave(session, world.settings, "2026-H2", day=date(2026, 7, 1))
        told = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.like("regional_item.%")))
        assert by_name(told) == {"proposed": 2, "refused": 1, "accepted": 1}
        assert later.key == "2026-H2"
    for wave, asked in ((WAVE, False), ("2026-H2", True)):
        out = world.settings.instance_dir / f"{wave}.pdf"
        done = run(world, "paper", "--wave", wave, "--region", "kempen", "--out", str(out))
        assert done.exit_code == 0, done.output
        line = '{"survey":"newcomer","region":"kempen","agency":"agii","offer_type":"buddy",'
        line += '"answers":{"dutch":"hardly","kempen_2":"a1"}}\n'
        path = world.settings.instance_dir / "paper.ndjson"
        path.write_text(line)
        loaded = run(world, "responses", "load", str(path), "--wave", wave)
        assert (loaded.exit_code == 0) is asked, loaded.output


def test_posters_tablets_and_paper_ask_what_their_region_asks(world: World) -> None:
    own, other = (hang(world, "kiosk", region) for region in ("kempen", "gent"))
    assert "kempen_2" in world.client.get(own).text and "kempen_2" not in world.client.get(other).text
    sent = world.client.post(f"{own}?lang=nl", data={"dutch": "hardly", "kempen_2": "a3"})
    assert 'data-state="stored"' in sent.text
    assert ["kempen_2", "a3"] in [said for _, *said in world.answers()]
    clerk = signed_in(world.app, "agentschap")
    page = clerk.get("/staff/papier").text
    found = re.search(r'value="(newcomer@kempen\.[^"]+)">[^<]*Nieuwkomers \(Kempen\)', page)
    assert found
    sheets = [clerk.get(f"/staff/papier/blad/newcomer/nl{more}").text for more in ("", "?region=kempen")]
    assert [WRITTEN["text"] in sheet for sheet in sheets] == [False, True]
    pile = {"sheet": found[1], "region": "gent", "agency": "agii", "offer_type": "buddy"}
    assert "vragen van een andere regio" in clerk.get(f"/staff/papier?{urlencode(pile)}").text
    pile["region"] = "kempen"
    address = f"/staff/papier?{urlencode(pile)}"
    assert "kempen_2" in clerk.get(address).text
    assert clerk.post(address, {"dutch": "little", "kempen_2": "a2"}).status_code == 303
    assert ["kempen_2", "a2"] in [said for _, *said in world.answers()]


def by_name(actions: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in actions:
        name = one.partition(".")[2]
        found[name] = found.get(name, 0) + 1
    return found


def test_files_and_proposals_count_together_and_a_third_is_refused(
    world: World, region: Browser, analyst: Browser
) -> None:
    surveys = world.settings.surveys_dir
    crowded = region.post(f"{HOME}/nieuw", WRITTEN)
    assert (crowded.status_code, "komt al na dezelfde vraag" in crowded.text) == (422, True)
    assert region.post(f"{HOME}/nieuw", {**WRITTEN, "only_after": []}).status_code == 303
    waiting = f"{HOME}/{newest(world)}"
    third = region.post(f"{HOME}/nieuw", {**WRITTEN, "only_after": []})
    assert (third.status_code, "heeft al 2 eigen vragen" in third.text) == (422, True)
    write_region(surveys, LATER)
    refused = analyst.post(f"{waiting}/accept")
    assert (refused.status_code, "heeft al 2 eigen vragen" in refused.text) == (422, True)
    assert region.post(f"{waiting}/intrekken").status_code == 303
    assert run(world, "regional", "export").exit_code == 0
    with world.session() as session:
        found = regional_items(session, surveys, "newcomer")["kempen"]
        assert [item.key for item in found] == ["kempen_later", "kempen_2"]
    assert run(world, "regional", "export").exit_code == 0  # again: nothing twice
    text = (surveys / "newcomer/regions/kempen.yaml").read_text()
    assert text.count("kempen_2") == 1


def test_somebody_of_another_region_sees_none_of_it(world: World) -> None:
    stranger = signed_in(world.app, "netwerkmedewerker", region="gent", email="gent@voorbeeld.example")
    assert stranger.get(f"{HOME}/{newest(world)}").status_code == 404
    assert "hoe kwam je" not in stranger.get(HOME).text


def test_a_question_that_no_longer_fits_can_be_stopped_and_stays_away(world: World, analyst: Browser) -> None:
    path = world.settings.surveys_dir / "newcomer" / "questionnaire.yaml"
    before = path.read_text()
    path.write_text(before.replace("key: dutch\n", "key: spoken\n"))
    with world.session() as session:
        query = sa.select(RegionalItem.id).where(RegionalItem.item_key == "kempen_2")
        mine = f"{HOME}/{session.scalar(query)}"
    assert "past niet meer bij de vragenlijst" in analyst.get(mine).text
    listed = run(world, "regional", "list")
    assert (listed.exit_code, "there is no item “dutch”" in listed.output) == (1, True)
    assert analyst.post(f"{mine}/retire", {"reason": "Voorbeeld: de vraag is weg."}).status_code == 303
    path.write_text(before)
    with world.session() as session:
        found = regional_items(session, world.settings.surveys_dir, "newcomer")["kempen"]
        assert [item.key for item in found] == ["kempen_later"]  # though a file holds the other one still


def test_a_translator_sees_a_regions_text_on_that_regions_page(world: World) -> None:
    write_region(world.settings.surveys_dir, LATER)
    translator = signed_in(world.app, "vertaler")
    try:
        assert run(world, "translations", "update").exit_code == 0
        desk = Desk.in_files(world.settings.translations_dir, "fr")
        texts = {entry.context: name_of(domain, entry) for domain, entry in desk.entries() if entry.context}
        page = translator.get(f"/staff/vertalingen/fr/tekst/{texts['newcomer.kempen_later']}").text
        source = unescape(re.findall('<iframe[^>]* src="([^"#]+)', page)[0])
        assert "region=kempen" in source
        assert LATER["text"] in translator.get(source).text
        core = translator.get(f"/staff/vertalingen/fr/tekst/{texts['newcomer.match']}").text
        assert "region=" not in re.findall('<iframe[^>]* src="([^"]+)', core)[0]
        assert translator.get("/staff/preview/newcomer/nl/page?region=gent").status_code == 404
    finally:
        (world.settings.surveys_dir / "newcomer" / "regions" / "kempen.yaml").unlink()

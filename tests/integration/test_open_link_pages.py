"""Colleagues make, print, stop and take up again the links of posters and tablets."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zxingcpp
from flask import Flask
from PIL import Image

from feedback_app.database import db
from feedback_app.invitations.models import OpenLink
from feedback_app.invitations.open_links import (
    ALPHABET,
    LinkRefused,
    NewLink,
    code_of,
    find_link,
    make_link,
    spaced,
)
from feedback_app.invitations.posters import Call, make_poster, offered_languages
from feedback_app.invitations.print_poster import poster_pdf
from feedback_app.languages import all_languages, language
from tests.commands import run
from tests.example_catalogues import mark
from tests.pages import checked_client
from tests.staff import Browser, add, signed_in
from tests.world import World

PLACE = "Voorbeeldbibliotheek, leeszaal"
FORM = {"mode": "open", "agency": "agii", "offer_type": "buddy", "label": PLACE}


@pytest.fixture
def app(world: World) -> Flask:
    checked_client(world.app)  # every page that a colleague opens is looked at
    return world.app


def make(world: World, mode: str = "open", region: str = "kempen", label: str = PLACE) -> str:
    with world.session() as session:
        wanted = NewLink(mode, region, "agii", "buddy", label)
        return make_link(session, world.settings, wanted, region=None).code


def test_a_link_is_made_stopped_and_taken_up_again(app: Flask, world: World) -> None:
    one = signed_in(app, "agentschap")
    assert "Er hangt nog geen poster" in one.get("/staff/open-links").text
    made = one.post("/staff/open-links/new", {**FORM, "region": "kempen"}, form="/staff/open-links/new")
    [row] = world.rows(OpenLink)
    code = row["code"]
    assert made.location == f"/staff/open-links/{code}/poster"
    assert {key: row[key] for key in ("mode", "region_key", "agency_key", "offer_type", "label")} == {
        "mode": "open",
        "region_key": "kempen",
        "agency_key": "agii",
        "offer_type": "buddy",
        "label": PLACE,
    }
    listed = one.get("/staff/open-links").text
    assert f'{world.settings.base_url}/o/<wbr><span class="whole">{code}<' in listed
    assert "Er is geen meetmoment open" in listed
    assert world.rows(OpenLink)[0]["active"] is True
    one.get(f"/staff/open-links/{code}/stop")
    assert world.rows(OpenLink)[0]["active"] is True, "a GET stopped it"
    one.post(f"/staff/open-links/{code}/stop")
    assert world.rows(OpenLink)[0]["active"] is False
    assert "gestopt" in one.get(f"/staff/open-links/{code}/poster").text
    one.post(f"/staff/open-links/{code}/resume")
    assert world.rows(OpenLink)[0]["active"] is True


def test_the_list_says_which_wave_the_answers_join(app: Flask, world: World) -> None:
    world.open([], "2026-H1")
    world.open([], "2026-H2")
    make(world)
    assert (
        "Antwoorden komen nu in meetmoment 2026-H2."
        in signed_in(app, "beheerder").get("/staff/open-links").text
    )


def test_a_colleague_of_a_region_has_nothing_to_do_with_another_one(app: Flask, world: World) -> None:
    theirs, ours = make(world, region="limburg", label="Voorbeeld Limburg"), make(world)
    add(app, "agentschap", region="kempen")
    one = Browser(app)
    one.try_to_sign_in("agentschap@voorbeeld.example")
    listed = one.get("/staff/open-links").text
    assert ours in listed
    assert theirs not in listed
    for method, page in (("GET", "poster"), ("GET", "stop"), ("POST", "stop"), ("POST", "resume")):
        path = f"/staff/open-links/{theirs}/{page}"
        answer = one.get(path) if method == "GET" else one.post(path)
        assert answer.status_code == 404, (method, page)
    assert 'name="region"' not in one.get("/staff/open-links/new").text
    one.post("/staff/open-links/new", {**FORM, "region": "limburg", "label": "Voorbeeld nieuw"})
    regions = {row["label"]: row["region_key"] for row in world.rows(OpenLink)}
    assert regions == {"Voorbeeld Limburg": "limburg", PLACE: "kempen", "Voorbeeld nieuw": "kempen"}


@pytest.mark.parametrize("field", ["mode", "region", "agency", "offer_type", "label"])
def test_what_no_list_holds_is_refused(app: Flask, world: World, field: str) -> None:
    one = signed_in(app, "beheerder")
    answer = one.post("/staff/open-links/new", {**FORM, "region": "kempen", field: ""})
    assert answer.status_code == 422
    assert "Kijk dit nog even na" in answer.text
    if field == "label":
        blank = one.post("/staff/open-links/new", {**FORM, "region": "kempen", "label": "  "})
        assert "Vul in waar het hangt of staat." in blank.text and "Kies uit de lijst" not in blank.text
    right = NewLink("open", "kempen", "agii", "buddy", PLACE)
    column = {"region": "region_key", "agency": "agency_key"}.get(field, field)
    with world.session() as session, pytest.raises(LinkRefused) as refused:
        make_link(session, world.settings, replace(right, **{column: " "}), region=None)
    assert refused.value.field == field
    assert world.rows(OpenLink) == []


def test_a_colleague_of_a_region_cannot_make_a_link_elsewhere(world: World) -> None:
    wanted = NewLink("open", "limburg", "agii", "buddy", PLACE)
    with world.session() as session, pytest.raises(LinkRefused):
        make_link(session, world.settings, wanted, region="kempen")


def test_a_code_is_found_however_it_is_typed(sqlite_world: World) -> None:
    code = make(sqlite_world)
    assert len(code) == 8
    assert set(code) <= set(ALPHABET)
    assert code_of("zsgb u2-56") == "2568V256"
    with sqlite_world.session() as session:
        for typed in (code, code.lower(), spaced(code), f" {code[:3]} {code[3:]}"):
            assert find_link(session, typed) is not None, typed
        assert find_link(session, code, region="limburg") is None
        assert find_link(session, code[:-1]) is None


def test_the_sheet_speaks_every_offered_language(app: Flask, world: World) -> None:
    world.open([])
    one = signed_in(app, "beheerder")
    for mode in ("open", "kiosk"):
        page = one.get(f"/staff/open-links/{make(world, mode)}/poster").text
        sheet = page[page.index("<article") : page.index("</article")]
        assert sheet.count('class="call"') == 6
        for key in ("ar", "uk", "fa_AF", "en", "fr", "ti"):
            assert f'lang="{language(key).tag}" dir="{language(key).direction}"' in sheet
            assert f"{mark(key)} Je begeleider ziet je antwoorden niet." in sheet
        assert ('class="qr"' in sheet) == (mode == "open"), "a tablet's sheet would lead phones to the kiosk"
        assert ("De tablet klaarzetten" in page) == (mode == "kiosk")


def test_a_language_that_is_not_offered_stays_off_the_sheet(
    migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path
) -> None:
    world = World(migrated_sqlite_url, tmp_path, example_catalogues, draft_languages=frozenset({"fr", "uk"}))
    with world.session() as session:
        assert offered_languages(session, world.settings) == ["nl", "uk", "fr"], "between waves"
    world.open([])
    with world.session() as session:
        assert offered_languages(session, world.settings) == ["nl", "uk", "fr"]
    world.close()


@pytest.fixture(scope="module")
def printed(
    module_migrated_url: str, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[World]:
    made = World(
        module_migrated_url,
        tmp_path_factory.mktemp("printed"),
        example_catalogues,
        base_url="https://feedback.voorbeeld.example",
    )
    yield made
    made.close()


#: letters of each script, and all there is
SHEETS = {
    "latin": ["tr", "so", "ku"],
    "cyrillic": ["uk", "ru", "bg"],
    "arabic": ["ar", "fa", "fa_AF", "ps", "ckb", "ur"],
    "ethiopic": ["ti"],
    "everything": [key for key in all_languages() if key != "nl"],
}


@pytest.mark.parametrize("name", SHEETS)
def test_the_code_on_paper_leads_to_the_link(printed: World, name: str, tmp_path: Path) -> None:
    code = make(printed)
    with printed.session() as session:
        link = find_link(session, code)
        assert link is not None
        sheet = make_poster(db.session, printed.settings, link)
        calls = tuple(
            Call(language(key), *(in_letters_of(key, length) for length in (26, 34, 46)))
            for key in SHEETS[name]
        )
        (tmp_path / "poster.pdf").write_bytes(poster_pdf(replace(sheet, calls=calls)))
    [page] = pages_of(tmp_path / "poster.pdf")
    with Image.open(page) as picture:
        [found] = zxingcpp.read_barcodes(picture)
    assert found.text == f"https://feedback.voorbeeld.example/o/{code}"
    assert nothing_overlaps(tmp_path / "poster.pdf")


@pytest.mark.parametrize("key", ["ru", "so", "ps", "ti"])
def test_one_language_in_large_stays_on_one_page(printed: World, key: str, tmp_path: Path) -> None:
    with printed.session() as session:
        link = find_link(session, make(printed))
        assert link is not None
        sheet = make_poster(session, printed.settings, link, "uk")
        words = Call(language(key), *(in_letters_of(key, length) for length in (26, 34, 46)))
        (tmp_path / "poster.pdf").write_bytes(poster_pdf(replace(sheet, main=words)))
    [page] = pages_of(tmp_path / "poster.pdf")
    with Image.open(page) as picture:
        assert [one.text for one in zxingcpp.read_barcodes(picture)] == [sheet.address]
    assert sheet.address.endswith("?lang=uk") and nothing_overlaps(tmp_path / "poster.pdf")


def in_letters_of(key: str, length: int) -> str:
    """A text of this many letters at least, a third more than the Dutch has, in the language's own."""
    own = language(key).endonym + " "
    return own * (length // len(own) + 1)


def pages_of(pdf: Path) -> list[Path]:
    """The pages as pictures, as a printer would make them."""
    subprocess.run(["pdftoppm", "-r", "100", "-gray", "-png", pdf, pdf.with_suffix("")], check=True)
    return sorted(pdf.parent.glob("*.png"))


def nothing_overlaps(pdf: Path) -> bool:
    """Whether the sheet's last line, who is responsible, still stands below all else."""
    told = subprocess.run(["pdftotext", "-bbox", pdf, "-"], check=True, capture_output=True, text=True).stdout
    words = re.findall(r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">([^<]*)<', told)
    foot = min(float(top) for top, _, word in words if word == "beheert")
    others = [float(bottom) for top, bottom, _ in words if float(top) < foot - 5]
    return bool(others) and max(others) <= foot


def test_the_command_prints_one_page(printed: World, tmp_path: Path) -> None:
    for mode in ("open", "kiosk"):
        code, out = make(printed, mode), tmp_path / mode / "poster.pdf"
        done = run(printed, "poster", spaced(code).lower(), "--out", str(out))
        assert done.exit_code == 0, done.output
        [page] = pages_of(out)
        with Image.open(page) as picture:
            assert len(zxingcpp.read_barcodes(picture)) == (mode == "open")
    refused = run(printed, "poster", "22222222", "--out", str(tmp_path / "none.pdf"))
    assert refused.exit_code == 1
    assert "there is no open link 22222222" in refused.output
    assert not (tmp_path / "none.pdf").exists()

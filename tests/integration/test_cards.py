"""Cards: one for each newcomer of an open wave, whose printed code leads to their own questions."""

import io
import re
import subprocess
from pathlib import Path

import pikepdf
import pytest
import sqlalchemy as sa
import zxingcpp
from PIL import Image

from feedback_app.database import now
from feedback_app.invitations import print_cards
from feedback_app.invitations.card_prints import KEPT, destroy_prints
from feedback_app.invitations.cards import PER_SHEET, cards_of, make_card
from feedback_app.invitations.models import CardPrint
from feedback_app.invitations.print_cards import cards_pdf
from feedback_app.jobs import jobs
from feedback_app.staff.models import AuditEntry
from feedback_app.trajectories.checking import ref_hash
from feedback_app.trajectories.models import Trajectory
from tests.commands import run
from tests.example_catalogues import LOCALES, mark
from tests.pdf_structure import Structure
from tests.staff import signed_in
from tests.world import WAVE, Person, World, respond

PEOPLE = [Person(language=key, region="kempen") for key in ("nl", *LOCALES, "so", "xx")]


def pictures(pdf: Path) -> list[Image.Image]:
    """Each sheet as it comes out of a printer, at 200 dots per inch."""
    subprocess.run(["pdftoppm", "-r", "200", "-gray", "-png", pdf, pdf.with_suffix("")], check=True)
    return [Image.open(path) for path in sorted(pdf.parent.glob(f"{pdf.stem}-*.png"))]


def test_every_printed_code_opens_its_own_questions(world: World, tmp_path: Path) -> None:
    world.open([*PEOPLE, Person(region="limburg")])
    out = tmp_path / "cards.pdf"
    done = run(world, "cards", "--wave", WAVE, "--region", "kempen", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert f"{len(PEOPLE)} cards on 2 sheets" in done.output
    sheets = pictures(out)
    found = [[code.text for code in zxingcpp.read_barcodes(sheet)] for sheet in sheets]
    assert [len(codes) for codes in found] == [PER_SHEET, len(PEOPLE) - PER_SHEET]
    base = world.settings.base_url
    wanted = {f"{base}/s/{link.token}" for link in world.links() if link.region == "kempen"}
    assert {address for codes in found for address in codes} == wanted
    for address in wanted:
        assert world.client.get(address.removeprefix(base)).status_code == 200


def test_a_card_speaks_its_language_and_dutch(sqlite_world: World) -> None:
    sqlite_world.open(PEOPLE)
    with sqlite_world.session() as session:
        cards = list(cards_of(session, sqlite_world.settings, WAVE))
        pdf = cards_pdf(cards, example=True)
    spoken = sorted(card.own.language.key if card.own else "nl" for card in cards)
    assert spoken == sorted(["nl", "nl", "nl", *LOCALES]), "what is not offered is Dutch"
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        structure = Structure(opened)
        assert structure.faults(titles=len(opened.pages)) == []
        boxes = [[float(side) for side in page.MediaBox] for page in opened.pages]
    assert all(abs(box[2] - 595) < 1 and abs(box[3] - 842) < 1 for box in boxes)
    text = " ".join(" ".join(node.text for node in structure.root.walk() if not node.children).split())
    for locale in (
        "en",
        "fr",
        "ti",
        "uk",
    ):  # brackets round a name are turned about where letters run to the left
        assert f"{mark(locale)} Je begeleider ziet je antwoorden niet." in text
    said = {node.own_language for node in structure.root.walk()}
    assert {"ar", "fa-AF", "ti", "nl"} <= said


def test_cards_do_not_tell_who_answered(world: World) -> None:
    world.open(PEOPLE[:3])
    first, second, _third = world.links()
    with world.session() as session:
        before = [card.address for card in cards_of(session, world.settings, WAVE)]
    respond(world.client, first.token, {"match": "3"})
    respond(world.client, second.token, {}, refuse="1")
    with world.session() as session:
        assert [card.address for card in cards_of(session, world.settings, WAVE)] == before


def test_progress_is_told_sheet_by_sheet(sqlite_world: World) -> None:
    told = []
    with sqlite_world.session():
        cards = [make_card(f"https://voorbeeld.example/s/{number:022d}", "nl") for number in range(17)]
        cards_pdf(cards, example=False, progress=lambda done, total, _message: told.append((done, total)))
    assert told == [(0, 17), (8, 17), (16, 17), (17, 17)]


@pytest.mark.parametrize(
    ("wave", "region", "reason"),
    [("2031-H1", "kempen", "not open"), (WAVE, "nergens", "no region"), (WAVE, "limburg", "no newcomer")],
)
def test_what_cannot_be_printed_is_said(
    sqlite_world: World, tmp_path: Path, wave: str, region: str, reason: str
) -> None:
    sqlite_world.open()
    out = tmp_path / "cards.pdf"
    done = run(sqlite_world, "cards", "--wave", wave, "--region", region, "--out", str(out))
    assert (done.exit_code, reason in done.output, out.exists()) == (1, True, False)


def test_a_colleague_prints_them_as_a_job_and_fetches_them_alone(world: World, tmp_path: Path) -> None:
    world.open(
        [Person(language=key, region="kempen") for key in ("nl", "ar", "ti")] + [Person(region="limburg")]
    )
    browser = signed_in(world.app, "trajectbegeleider", region="kempen")
    page = browser.get("/staff/cards").text
    assert WAVE in page and 'name="region"' not in page
    sent = {"wave": WAVE, "size": "a6", "region": "limburg"}
    job = browser.post("/staff/cards", sent, form="/staff/cards").location
    assert browser.post("/staff/cards", sent, form="/staff/cards").location == job, "not twice"
    with world.session():
        jobs().run_now(job.rsplit("/", 1)[1])
        jobs().queue.storage.close()
    link = re.findall(r"/staff/cards/[0-9a-f]{32}\.pdf", browser.get(job).text)[0]
    pdf = tmp_path / "cards.pdf"
    pdf.write_bytes(browser.get(link).data)
    found = [code.text for sheet in pictures(pdf) for code in zxingcpp.read_barcodes(sheet)]
    base = world.settings.base_url
    assert sorted(found) == sorted(f"{base}/s/{one.token}" for one in world.links() if one.region == "kempen")
    (kept,) = world.rows(CardPrint)
    assert b"%PDF" not in kept["sealed"] and found[0].encode() not in kept["sealed"]
    colleague = signed_in(world.app, "beheerder")
    assert colleague.get(link).status_code == 404
    (entry,) = [one for one in world.rows(AuditEntry) if one["action"] == "cards.printed"]
    assert (entry["region_key"], entry["facts"]) == ("kempen", {"wave": WAVE, "cards": 3})
    with world.session() as session:
        assert destroy_prints(session, now()) == 0
        session.execute(sa.update(CardPrint).values(made_at=now() - KEPT))
        session.commit()
        assert browser.get(link).status_code == 404
        assert destroy_prints(session, now()) == 1


def test_a_coach_prints_those_of_their_own_newcomers_by_file_number(world: World, tmp_path: Path) -> None:
    """Nobody's coach is kept, so whoever wants only their own says which."""
    world.open([Person(region="kempen", language="nl") for _ in range(4)] + [Person(region="limburg")])
    with world.session() as session:
        for number, one in enumerate(session.scalars(sa.select(Trajectory).order_by(Trajectory.ref_hash))):
            one.ref_hash = ref_hash(world.settings.secret_key, one.agency_key, f"a {number}")
        session.commit()
    browser = signed_in(world.app, "trajectbegeleider", region="kempen")
    sent = {"wave": WAVE, "size": "a6", "refs": "A 1\r\n\r\n a  2 \r\nA 1"}
    for other in ("A 4", "onbekend"):  # one of another region, and one that is nowhere
        wrong = browser.post(
            "/staff/cards", {**sent, "refs": f"{sent['refs']}\r\n{other}"}, form="/staff/cards"
        )
        assert (wrong.status_code, f"dossiernummer {other}." in wrong.text) == (422, True)
        assert re.search(r"<textarea[^>]*>\s*A 1", wrong.text), "what was typed stays"
    many = {**sent, "refs": "\n".join(map(str, range(201)))}
    assert "hoogstens 200" in browser.post("/staff/cards", many, form="/staff/cards").text
    job = browser.post("/staff/cards", sent, form="/staff/cards").location
    with world.session():
        jobs().run_now(job.rsplit("/", 1)[1])
        jobs().queue.storage.close()
    link = re.findall(r"/staff/cards/[0-9a-f]{32}\.pdf", browser.get(job).text)[0]
    pdf, mine = tmp_path / "cards.pdf", tmp_path / "mine.txt"
    pdf.write_bytes(browser.get(link).data)
    found = {code.text for sheet in pictures(pdf) for code in zxingcpp.read_barcodes(sheet)}
    assert len(found) == 2
    mine.write_text("a 1\nA 2\n", encoding="utf-8")
    arguments = ("cards", "--wave", WAVE, "--size", "a6", "--out", str(pdf), "--refs", str(mine))
    assert run(world, *arguments).exit_code == 0
    assert {code.text for sheet in pictures(pdf) for code in zxingcpp.read_barcodes(sheet)} == found
    mine.write_text("a 1\nA 9\n", encoding="utf-8")
    refused = run(world, *arguments)
    assert (refused.exit_code, "no newcomer with file number A 9" in refused.output) == (1, True)


def test_more_cards_than_memory_holds_are_asked_for_in_parts(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(print_cards, "MOST_CARDS", 2)
    sqlite_world.open([Person(region="kempen") for _ in range(3)])
    done = run(sqlite_world, "cards", "--wave", WAVE, "--out", str(tmp_path / "cards.pdf"))
    assert (done.exit_code, "at most 2; give --region" in done.output) == (1, True)
    browser = signed_in(sqlite_world.app, "beheerder")
    job = browser.post("/staff/cards", {"wave": WAVE, "size": "a4", "region": ""}).location
    with sqlite_world.session():
        jobs().run_now(job.rsplit("/", 1)[1])
        jobs().queue.storage.close()
    assert "Dat zijn 3 kaarten. Maak er hoogstens 2 in één keer." in browser.get(job).text


def test_what_a_job_cannot_print_is_said(sqlite_world: World) -> None:
    sqlite_world.open()
    browser = signed_in(sqlite_world.app, "beheerder")
    job = browser.post("/staff/cards", {"wave": WAVE, "size": "a4", "region": "limburg"}).location
    with sqlite_world.session():
        jobs().run_now(job.rsplit("/", 1)[1])
        jobs().queue.storage.close()
    assert "Kies een andere regio" in browser.get(job).text
    assert browser.post("/staff/cards", {"wave": WAVE, "size": "a3", "region": ""}).status_code == 422
    sqlite_world.shut()
    assert "Er is geen meetmoment open" in browser.get("/staff/cards").text


def test_a6_has_each_card_on_a_page_of_its_own_and_nothing_cut_off(
    sqlite_world: World, tmp_path: Path
) -> None:
    people = [Person(language=key) for key in ("nl", "ar", "ti", "uk")]
    sqlite_world.open(people)
    with sqlite_world.session() as session:
        found = list(cards_of(session, sqlite_world.settings, WAVE))
        pdf = cards_pdf(found, example=True, size="a6")
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert Structure(opened).faults(titles=len(people)) == []
        assert len(opened.pages) == len(people)
        for page in opened.pages:
            assert [round(float(side) / 72 * 25.4) for side in page.MediaBox] == [0, 0, 148, 105]
    path = tmp_path / "a6.pdf"
    path.write_bytes(pdf)
    read = [[code.text for code in zxingcpp.read_barcodes(sheet)] for sheet in pictures(path)]
    assert read == [[card.address] for card in found]


def test_a_closed_wave_has_no_cards(sqlite_world: World, tmp_path: Path) -> None:
    sqlite_world.open()
    sqlite_world.shut()
    done = run(sqlite_world, "cards", "--wave", WAVE, "--out", str(tmp_path / "cards.pdf"))
    assert (done.exit_code, "not open" in done.output) == (1, True)

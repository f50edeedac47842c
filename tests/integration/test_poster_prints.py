"""Posters as PDF, printed by the worker: in one language in large beside Dutch, or in all that are offered."""

import io
import re
import subprocess
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from feedback_app.invitations.models import PosterPrint
from feedback_app.invitations.open_links import NewLink, make_link, spaced
from feedback_app.jobs import jobs
from feedback_app.languages import language
from tests.commands import run
from tests.example_catalogues import mark
from tests.pages import checked_client
from tests.pdf_structure import Structure
from tests.staff import Browser, signed_in
from tests.world import World


def hang(world: World, mode: str = "open", region: str = "kempen") -> str:
    """A new link's code."""
    with world.session() as session:
        wanted = NewLink(mode, region, "agii", "buddy", "Voorbeeldbibliotheek, leeszaal")
        return make_link(session, world.settings, wanted, region=None).code


def printed(world: World, browser: Browser, code: str, lang: str) -> str:
    """Ask for the PDF on the page, let the worker make it, and give where it lies."""
    page = f"/staff/open-links/{code}/poster"
    job = browser.post(page, {"lang": lang}, form=f"{page}?lang={lang}").location
    assert browser.get(f"{page}.pdf?lang={lang}").status_code == 404, "nothing is drawn by a web process"
    assert browser.post(page, {"lang": lang}, form=page).location == job, "not twice"
    with world.session():
        jobs().run_now(job.rsplit("/", 1)[1])
        jobs().queue.storage.close()
    [found] = re.findall(r'href="(/staff/open-links/[^"]+\.pdf[^"]*)"', browser.get(job).text)
    return found


def codes_on(pdf: bytes, folder: Path) -> list[str]:
    """What the codes on the only page say, as a printer would make it."""
    path = folder / "poster.pdf"
    path.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", "100", "-gray", "-png", path, folder / "page"], check=True)
    [page] = folder.glob("page*.png")
    with Image.open(page) as picture:
        return [code.text for code in zxingcpp.read_barcodes(picture)]


def words_of(pdf: bytes) -> tuple[str, set[str]]:
    """The words as a reader is told them, and in which languages; nothing is wrong with the tags."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        structure = Structure(opened)
        assert structure.faults() == ["no heading"], "one sheet, without parts"
        leaves = [node for node in structure.root.walk() if not node.children]
        return " ".join(" ".join(node.text for node in leaves).split()), {
            str(node.own_language) for node in structure.root.walk()
        }


@pytest.mark.parametrize("key", ["fa_AF", ""])
def test_a_colleague_prints_a_poster_in_one_language_or_all(
    sqlite_world: World, key: str, tmp_path: Path
) -> None:
    sqlite_world.open([])
    checked_client(sqlite_world.app)
    code, browser = hang(sqlite_world), signed_in(sqlite_world.app, "agentschap", region="kempen")
    tag = language(key).tag if key else ""
    answer = browser.get(printed(sqlite_world, browser, code, tag))
    assert answer.mimetype == "application/pdf" and code in answer.headers["Content-Disposition"]
    [address] = codes_on(answer.data, tmp_path)
    assert address == f"{sqlite_world.settings.base_url}/o/{code}" + (f"?lang={tag}" if tag else "")
    opened = sqlite_world.client.get(address.removeprefix(sqlite_world.settings.base_url)).text
    assert f'<html lang="{tag or "nl"}"' in opened, "the code leads to the questions in that language"
    text, tongues = words_of(answer.data)
    assert "Je begeleider ziet je antwoorden niet." in text
    offered = {"ar", "uk", "fa-AF", "en", "fr", "ti"}
    for one in ("en", "fr", "ti", "uk"):
        assert (f"{mark(one)} Je begeleider" in text) == (key in ("", one)), one
    assert tongues & offered == ({tag} if tag else offered)
    if tag:
        assert f"{spaced(code)}?lang={tag}" in text.replace(" ", ""), "who types it gets that language too"


def test_only_what_is_offered_and_only_the_own_region(sqlite_world: World) -> None:
    sqlite_world.settings = sqlite_world.settings.but(draft_languages=frozenset({"fr", "uk"}))
    sqlite_world.open([])
    ours, theirs = hang(sqlite_world), hang(sqlite_world, region="limburg")
    boss, browser = (
        signed_in(sqlite_world.app, "beheerder"),
        signed_in(sqlite_world.app, "agentschap", region="kempen"),
    )
    page = f"/staff/open-links/{ours}/poster"
    assert re.findall(r'<option value="([^"]*)"', browser.get(page).text) == ["", "uk", "fr"]
    for lang in ("ti", "nl", "xx", "‹é›"):
        assert browser.get(f"{page}?lang={lang}").status_code == 404, lang
        assert browser.post(page, {"lang": lang}, form=page).status_code == 404, lang
    link = printed(sqlite_world, boss, theirs, "fr")
    assert boss.get(link).status_code == 200 and browser.get(link).status_code == 404
    assert browser.post(f"/staff/open-links/{theirs}/poster", {"lang": "fr"}, form=page).status_code == 404
    assert printed(sqlite_world, boss, ours, "fr")
    [first, second] = sqlite_world.rows(PosterPrint)
    assert {first["code"], second["code"]} == {ours, theirs}
    coach = signed_in(sqlite_world.app, "trajectbegeleider")
    assert coach.get(f"{page}.pdf?lang=fr").status_code == 403


def test_a_newer_print_takes_the_place_of_the_one_before(world: World) -> None:
    world.open([])
    code, browser = hang(world), signed_in(world.app, "beheerder")
    link = printed(world, browser, code, "uk")
    with world.session() as session:
        session.get_one(PosterPrint, (code, "uk")).pdf = b"%PDF of before"
        session.commit()
    job = browser.post(f"/staff/open-links/{code}/poster", {"lang": "uk"}).location
    with world.session():
        jobs().run_now(job.rsplit("/", 1)[1])
        jobs().queue.storage.close()
    assert len(browser.get(link).data) > 1000 and len(world.rows(PosterPrint)) == 1


def test_the_command_takes_a_language_and_a_tablet_keeps_its_own(sqlite_world: World, tmp_path: Path) -> None:
    sqlite_world.open([])
    for mode, codes in (("open", 1), ("kiosk", 0)):
        code, out = hang(sqlite_world, mode), tmp_path / mode / "sheet.pdf"
        done = run(sqlite_world, "poster", code, "--lang", "prs", "--out", str(out))
        assert done.exit_code == 0, done.output
        found = codes_on(out.read_bytes(), out.parent)
        assert found == [f"{sqlite_world.settings.base_url}/o/{code}?lang=fa-AF"][:codes]
        assert "fa-AF" in words_of(out.read_bytes())[1]
    page = signed_in(sqlite_world.app, "beheerder").get(f"/staff/open-links/{code}/poster?lang=ti").text
    assert f"/k/{code}?lang" not in page.replace("<wbr>", ""), "after each answer it starts in its own again"
    refused = run(sqlite_world, "poster", code, "--lang", "pl", "--out", str(tmp_path / "none.pdf"))
    assert refused.exit_code == 1 and "there are: ar, uk, fa-AF, en, fr, ti" in refused.output
    assert not (tmp_path / "none.pdf").exists()

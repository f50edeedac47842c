"""Every letter of every language is drawn on paper, cards and posters and in reports, and a letter that is not is noticed."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
import weasyprint

from feedback_app.languages import ENDONYMS, language
from feedback_app.rendering.fonts import own_fonts
from feedback_app.rendering.render import STATIC, render_pdf
from tests.alphabets import alphabets
from tests.databases import Databases
from tests.documents import card, papers, posters
from tests.glyphs import missing_in_pdf
from tests.world import World

#: each stylesheet of a PDF, with the class of the body it speaks to
SHEETS = {"paper": "", "poster": "paper", "cards": "paper", "report": ""}
#: no shipped face has these: Chinese, Thai, and a mark that stands on nothing
PLANTED = ("漢", "ก")


@pytest.fixture(scope="module")
def every_language(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, specimens: Path
) -> Iterator[World]:
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("world"), specimens)
        world.open()
        yield world
        world.close()


def page_of(key: str, text: str, kind: str = "") -> str:
    own = language(key)
    return (
        f'<!doctype html><html lang="{own.tag}" dir="{own.direction}"><body class="{kind}"><h1>{text}</h1>'
        f"<p>{text}</p><p><strong>{text}</strong></p></body></html>"
    )


def pages_of(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("key", ENDONYMS)
def test_every_letter_of_the_alphabet(key: str, sheet: str) -> None:
    html = page_of(key, alphabets()[key].specimen.replace("&", "&amp;"), SHEETS[sheet])
    styles = [STATIC / "css" / f"{name}.css" for name in ("tokens", sheet)]
    assert missing_in_pdf(render_pdf(html, title=key, lang=key, css=styles)) == []


@pytest.mark.parametrize("key", ENDONYMS)
def test_the_questionnaire_on_paper(every_language: World, key: str) -> None:
    for name, pdf in papers(every_language, key):
        assert missing_in_pdf(pdf) == [], name
        assert pages_of(pdf) == 2, f"{name}: both sides of one sheet"


@pytest.mark.parametrize("key", ENDONYMS)
def test_a_card(every_language: World, key: str) -> None:
    _name, pdf = card(every_language, key)
    assert missing_in_pdf(pdf) == []
    assert pages_of(pdf) == 1


def test_posters_in_every_language(every_language: World) -> None:
    for name, pdf in posters(every_language):
        assert missing_in_pdf(pdf) == [], name
        assert pages_of(pdf) == 1, f"{name}: one sheet, whatever it speaks"


@pytest.mark.parametrize("planted", PLANTED)
def test_a_letter_that_no_face_has_is_noticed(planted: str) -> None:
    """Read back from a document of the stock renderer, which only logs what it lacks."""
    logger = logging.getLogger("weasyprint")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with own_fonts():
            html = weasyprint.HTML(string=page_of("nl", f"een {planted} twee"))
            pdf = html.write_pdf(pdf_variant="pdf/ua-1")
    finally:
        logger.setLevel(level)
    (fault,) = {one.partition(" has no ")[2] for one in missing_in_pdf(pdf)}
    assert planted in fault


def test_a_mark_that_stands_on_nothing_is_noticed() -> None:
    pdf = render_pdf(page_of("ar", "\u0650\u0650 \u064e"), title="ar", lang="ar")
    assert any("cannot place" in fault for fault in missing_in_pdf(pdf))

"""The shipped faces hold every letter of every language, and no style breaks a script that joins its letters."""

import re
import unicodedata
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from feedback_app.languages import ENDONYMS
from feedback_app.rendering.fonts import FOLDER
from feedback_app.rendering.render import STATIC
from tests.alphabets import alphabets

TEMPLATES = STATIC.parent / "templates"
#: what a word of each script starts with → the face that must draw the whole word
FACES = {
    "ARABIC": "NotoSansArabic",
    "ETHIOPIC": "NotoSansEthiopic",
    "LATIN": "NotoSans",
    "CYRILLIC": "NotoSans",
}
WEIGHTS = ("Regular", "Bold")
#: what stands before people who read any of the languages
STYLES = ("respond", "paper", "poster", "cards", "mail")
PAGES = ("respond", "paper", "cards", "open_links/sheet.html", "messages")
#: letters apart, slanted, or as capitals: none of it exists in Arabic script or Ethiopic
TRICKS = re.compile(r"letter-spacing|text-transform|small-caps|italic|oblique")
SLANTED = re.compile(r"<(?:em|i|cite|address|dfn|var)[ >](?!</)")


def letters_of(face: str, weight: str) -> set[int]:
    with TTFont(FOLDER / f"{face}-{weight}.ttf", lazy=True) as font:
        return set(font.getBestCmap())


def script_of(text: str) -> str:
    return unicodedata.name(next(one for one in text if one.isalpha())).split()[0]


def files_of(places: tuple[str, ...]) -> list[Path]:
    found = [path for place in places for path in (TEMPLATES / place, *(TEMPLATES / place).glob("*.html"))]
    return [path for path in found if path.is_file()]


def test_every_language_has_an_alphabet() -> None:
    assert set(alphabets()) == set(ENDONYMS)
    for key, one in alphabets().items():
        assert len(set(one.letters)) == len(one.letters), f"{key}: a letter stands there twice"
        assert len({script_of(word) for word in one.words}) == 1, f"{key}: letters of two scripts"


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("key", ENDONYMS)
def test_one_face_draws_whole_words(key: str, weight: str) -> None:
    alphabet = alphabets()[key]
    own, plain = letters_of(FACES[script_of(alphabet.sample)], weight), letters_of("NotoSans", weight)
    joined = "".join((*alphabet.letters, *re.findall(r"\w", alphabet.sample)))
    assert {one for one in joined if ord(one) not in own} == set()
    assert {one for one in "".join(alphabet.marks) if ord(one) not in own | plain} == set()


@pytest.mark.parametrize("name", STYLES)
def test_no_style_pulls_letters_apart_or_slants_them(name: str) -> None:
    assert not TRICKS.search((STATIC / "css" / f"{name}.css").read_text(encoding="utf-8"))


def test_no_element_slants_its_text() -> None:
    pages = files_of(PAGES)
    assert len(pages) > 10
    assert [path for path in pages if SLANTED.search(path.read_text(encoding="utf-8"))] == []

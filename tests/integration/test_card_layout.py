"""What stands on a card stays apart, in the words that people really read and in the longest there may be."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from feedback_app.invitations.cards import Card, make_card
from feedback_app.invitations.print_cards import cards_pdf
from feedback_app.languages import ENDONYMS, language
from feedback_app.shipped import default_translations_dir
from tests.databases import Databases
from tests.world import World

ADDRESS = "https://voorbeeld.example/s/voorbeeldvoorbeeldvoorb"
MM = 72 / 25.4
#: the first card of a sheet, and on it the side and the place of the code, in millimetres
CARD_START, CARD_TOP, CARD_WIDTH, CARD_HEIGHT = 9.9, 12.4, 95.0, 68.0
CODE_SIDE, CODE_IN, CODE_DOWN = 34.0, 5.0, 17.5


class Box(NamedTuple):
    """Where something stands, in points from the sheet's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float
    word: str

    def meets(self, other: "Box") -> bool:
        """Whether two overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@pytest.fixture(scope="module")
def real(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("world"), default_translations_dir())
        yield world
        world.close()


def words_on(card: Card, folder: Path) -> list[Box]:
    """The words of the first card; a line's box is wider than its ink, so a fifth above and below is left out."""
    path = folder / "card.pdf"
    path.write_bytes(cards_pdf([card], example=False))
    told = subprocess.run(
        ["pdftotext", "-bbox", path, "-"], check=True, capture_output=True, text=True
    ).stdout
    pattern = r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<'
    boxes = []
    for *edges, word in re.findall(pattern, told):
        left, top, right, bottom = map(float, edges)
        spare = (bottom - top) / 5
        if top > CARD_TOP * MM:
            boxes.append(Box(left, top + spare, right, bottom - spare, word))
    return boxes


def faults(boxes: list[Box], direction: str) -> list[str]:
    """What overlaps, what lies on the code, and what leaves the card."""
    start = CARD_START + (CODE_IN if direction == "ltr" else CARD_WIDTH - CODE_IN - CODE_SIDE)
    top = CARD_TOP + CODE_DOWN
    code = Box(start * MM, top * MM, (start + CODE_SIDE) * MM, (top + CODE_SIDE) * MM, "the code")
    found = [
        f"{one.word} on {other.word}" for one, other in combinations([*boxes, code], 2) if one.meets(other)
    ]
    edges = CARD_START * MM, (CARD_START + CARD_WIDTH) * MM, (CARD_TOP + CARD_HEIGHT) * MM
    out = [one.word for one in boxes if one.left < edges[0] or one.right > edges[1] or one.bottom > edges[2]]
    return found + out


@pytest.mark.parametrize("key", ENDONYMS)
def test_in_the_words_of_every_language(real: World, tmp_path: Path, key: str) -> None:
    with real.session():
        card = make_card(ADDRESS, key, "Voorbeeld · een buddyproject · 01/02/2026")
        boxes = words_on(card, tmp_path)
    assert len(boxes) > 20
    assert faults(boxes, language(key).direction) == []


@pytest.mark.parametrize("letters", [30, 60])
def test_in_the_longest_title_the_gate_lets_through(real: World, tmp_path: Path, letters: int) -> None:
    title = ("Hoe was het voorbeeldig bij je activiteit " * 2)[:letters].strip()
    with real.session():
        assert faults(words_on(entitled(title), tmp_path), "ltr") == []


def test_a_title_without_room_is_noticed(real: World, tmp_path: Path) -> None:
    with real.session():
        assert faults(words_on(entitled("Voorbeeld " * 20), tmp_path), "ltr")


def entitled(title: str) -> Card:
    card = make_card(ADDRESS, "nl", "Voorbeeld")
    return replace(card, dutch=replace(card.dutch, title=title))

"""What the gate allows in the short texts of an SMS is what fits: the longest of them still make two parts."""

from dataclasses import replace
from pathlib import Path

import pytest

from feedback_app.invitations.messages import LONGEST_ADDRESS, MOST_PARTS, STEPS, compose
from feedback_app.invitations.wording import Occasion
from feedback_app.questionnaires.catalogues import MESSAGES, path_of, read, write
from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.questionnaires.gates import check_catalogue
from feedback_app.questionnaires.text_gates import longest_sms
from feedback_app.sms import parts
from tests.example_catalogues import make_catalogues
from tests.world import World

LINK = "https://" + "x" * (LONGEST_ADDRESS - len("https://"))


def fill(folder: Path, locale: str, letter: str, factor: int, more: int = 0) -> list[str]:
    """Every short text of an SMS as long as its hint allows, and longer; what the gate says of the length."""
    path = path_of(folder, locale, MESSAGES)
    entries = tuple(
        replace(one, target=(letter * (factor * limit + more),)) if (limit := longest_sms(one)) else one
        for one in read(path).entries
    )
    write(path, replace(read(path), entries=entries))
    compile_catalogue(path)
    faults = check_catalogue(path, read(path), list(entries), strict=True)
    return [one.problem for one in faults if "units of" in one.problem]


@pytest.mark.parametrize(("locale", "letter", "factor"), [("ar", "م", 1), ("ro", "ș", 1), ("so", "e", 2)])
def test_as_long_as_allowed_is_two_parts(
    migrated_sqlite_url: str, tmp_path: Path, locale: str, letter: str, factor: int
) -> None:
    folder = tmp_path / "translations"
    make_catalogues(folder, locales=(locale,))
    assert fill(folder, locale, letter, factor) == []
    world = World(migrated_sqlite_url, tmp_path, folder)
    with world.app.app_context():
        for step in STEPS["newcomer"]:
            made = compose(world.settings, Occasion("newcomer", step, locale, LINK, LINK)).sms
            assert letter * 10 in made and LINK in made
            assert parts(made) <= MOST_PARTS, (step, made)
    world.close()
    assert len(fill(folder, locale, letter, factor, more=1)) > 2, "one letter more is stopped"

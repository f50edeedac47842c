"""The table of `docs/security.md` names places and tests that are there, and leaves no chapter out."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PAGE = (CHECKOUT / "docs" / "security.md").read_text(encoding="utf-8")


@cache
def names_in(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    parsed = ast.walk(ast.parse(path.read_text("utf-8")))
    return frozenset(one.name for one in parsed if isinstance(one, ast.FunctionDef))


def rows() -> list[list[str]]:
    """The cells of every row below a chapter of the standard."""
    table = PAGE[PAGE.index("### V1 ") : PAGE.index("## What to look at yourself")]
    lines = re.findall(r"^\| (?!requirement)(?!---)(.+) \|$", table, re.MULTILINE)
    return [line.split(" | ") for line in lines]


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"(tests/[\w/]+\.py)(?:::(\w+))?", PAGE)
    assert len(named) > 90
    missing = [f"{path}::{name}" for path, name in named if name and name not in names_in(CHECKOUT / path)]
    assert missing == []
    assert [path for path, name in named if not name and not (CHECKOUT / path).is_file()] == []


def test_every_module_that_is_named_exists() -> None:
    package = CHECKOUT / "feedback_app"
    named = {one for row in rows() for one in re.findall(r"`([\w/]+\.(?:py|js))`", row[2])}
    assert len(named) > 40
    there = {path.name for path in (package / "static" / "js").iterdir()}
    assert [one for one in named if not (package / one).is_file() and one.split("/")[-1] not in there] == []


def test_every_chapter_is_there_and_every_row_says_where_or_why() -> None:
    chapters = re.findall(r"^### V(\d+) ", PAGE, re.MULTILINE)
    assert chapters == [str(number) for number in range(1, 18)]
    for row in rows():
        assert len(row) == 4, row
        proven = "tests/" in row[3] or row[3].startswith("as ")
        said = any(re.match(r"(open|does not apply)\b.*: ", cell) for cell in row[2:])
        assert proven or said, f"neither a test nor a reason: {row}"


def test_what_is_not_met_is_said() -> None:
    assert len([row for row in rows() if any(cell.startswith("open") for cell in row)]) >= 5


def asked_of_us(cell: str) -> Iterator[str]:
    """The requirements, or whole sections, that a row is about: `1.2.1–1.2.3, 1.4` names four."""
    for part in re.sub(r" \(L3\)", "", cell).split(", "):
        first, _to, last = part.partition("–")
        stem, _dot, number = first.rpartition(".")
        upper = int((last or first).rpartition(".")[2]) if number.isdecimal() else 0
        yield from (f"{stem}.{one}" for one in range(int(number), upper + 1)) if number.isdecimal() else ()


def test_every_requirement_of_both_levels_has_a_row() -> None:
    wanted = (CHECKOUT / "tests" / "fixtures" / "asvs.txt").read_text(encoding="utf-8").split()
    assert len(wanted) == len(set(wanted)) == 253
    named = {one for row in rows() for one in asked_of_us(row[0])}
    assert [one for one in wanted if not {one, one.rpartition(".")[0]} & named] == []

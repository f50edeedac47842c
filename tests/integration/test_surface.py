"""The version says the same everywhere, and what others build on goes only as docs/versions.md says."""

import json
import re
import tomllib
from importlib.metadata import version

import pytest

from tests.commands import run
from tests.surface import (
    CHECKOUT,
    LISTED,
    Line,
    changelog_parts,
    deprecated,
    faults,
    read_lines,
    surface,
)
from tests.world import World

CHANGELOG = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
NOW = str(tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def test_the_version_is_the_same_wherever_it_stands(sqlite_world: World) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", NOW)
    heading = re.search(r"^## (.*)$", CHANGELOG, re.M)
    assert heading and heading[1] in {NOW, f"{NOW}, in the making"}
    told = run(sqlite_world, "--version")
    assert told.output.split()[-1] == NOW == version("feedback-app")
    document = sqlite_world.client.get("/api/v1/openapi.json").json
    assert document and document["info"]["version"] == NOW
    steps = (CHECKOUT / "docs" / "operate.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^VERSION=(.*)$", steps, re.M)) == {NOW}


def test_nothing_that_others_build_on_joins_or_vanishes_unnoticed(sqlite_world: World) -> None:
    document = json.loads(sqlite_world.client.get("/api/v1/openapi.json").data)
    listed = read_lines(LISTED.read_text(encoding="utf-8"))
    here = surface(sqlite_world.app, document)
    assert list(faults(here, listed, changelog_parts(CHANGELOG), NOW)) == []
    names = [line.name for line in listed]
    assert names == sorted(set(names)), "one a line, in order"
    marked = {line.name for line in listed if line.gone and line.name in here}
    assert deprecated(document) == {name for name in marked if name.startswith(("command", "api"))}


SAID = {"0.2.0 Deprecated": "- `a --old`: use `--new`", "0.3.0 Removed": "- `a --old`: use `--new`"}
GOES = Line("command a --old", "0.2.0", "0.3.0", "--new")


@pytest.mark.parametrize(
    ("here", "listed", "changelog", "now", "expected"),
    [
        ({"command a"}, [], {}, "0.2.0", "is new"),
        (set(), [Line("command a")], {}, "0.2.0", "vanished"),
        (set(), [GOES], SAID, "0.2.0", "vanished"),
        ({GOES.name}, [GOES], SAID, "0.2.0", ""),
        ({GOES.name}, [GOES], {}, "0.2.0", "say under Deprecated"),
        ({GOES.name}, [GOES], {"0.2.0 Deprecated": "- `a --old`"}, "0.2.0", "to use --new"),
        ({GOES.name}, [GOES], SAID, "0.10.0", "should be gone"),
        (set(), [GOES], SAID, "0.3.0", ""),
        (set(), [GOES], {"0.2.0 Deprecated": SAID["0.2.0 Deprecated"]}, "0.3.0", "say under Removed"),
        ({GOES.name}, [Line(GOES.name, "0.2.0", "0.2.1", "--new")], SAID, "0.2.0", "may go in 0.3.0"),
        ({GOES.name}, [Line(GOES.name, "1.2.0", "1.9.0", "--new")], {}, "1.2.0", "may go in 2.0.0"),
    ],
)
def test_each_step_that_is_left_out_is_a_fault(
    here: set[str], listed: list[Line], changelog: dict[str, str], now: str, expected: str
) -> None:
    found = "\n".join(faults(here, listed, changelog, now))
    assert expected in found and bool(found) == bool(expected)


def test_a_line_is_read_as_it_is_documented() -> None:
    assert read_lines("# a remark\ncommand a --old | deprecated 0.2.0, gone 0.3.0: --new\n") == [GOES]
    with pytest.raises(ValueError, match="no line of this list"):
        read_lines("command a | gone 0.3.0: command b")

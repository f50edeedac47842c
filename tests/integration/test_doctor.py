"""`doctor` names what is wrong, and nothing that is right."""

import json
from pathlib import Path

import pytest

from tests.commands import run
from tests.databases import Databases
from tests.world import World


def languages_said(url: str, folder: Path, catalogues: Path, drafts: set[str]) -> list[str]:
    world = World(url, folder, catalogues, draft_languages=frozenset(drafts))
    found: list[str] = json.loads(run(world, "doctor", "--json").stdout)["languages"]
    world.close()
    return found


@pytest.mark.parametrize("drafts", [{"all"}, {"ar", "fa-AF"}, {"prs", "ti"}])
def test_drafts_that_are_whole_are_no_fault_however_they_are_named(
    migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path, drafts: set[str]
) -> None:
    assert languages_said(migrated_sqlite_url, tmp_path, example_catalogues, drafts) == []


def test_a_draft_that_cannot_be_offered_is_named(
    migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path
) -> None:
    (fault,) = languages_said(migrated_sqlite_url, tmp_path, example_catalogues, {"ar", "pl"})
    assert "pl" in fault


def test_a_database_without_tables_is_named_with_its_remedy(
    databases: Databases, tmp_path: Path, example_catalogues: Path
) -> None:
    with databases.empty("sqlite") as url:
        world = World(url, tmp_path, example_catalogues)
        result = run(world, "doctor", "--json")
        world.close()
    assert result.exit_code == 1
    (fault,) = json.loads(result.stdout)["database"]
    assert "feedback-app db upgrade" in fault


@pytest.mark.parametrize(
    ("host", "faults"), [("feedback.example.be", 0), ("feedback.voorbeeldagentschap.be", 1)]
)
def test_an_address_too_long_for_an_sms_is_named(
    migrated_sqlite_url: str, tmp_path: Path, example_catalogues: Path, host: str, faults: int
) -> None:
    world = World(migrated_sqlite_url, tmp_path, example_catalogues, base_url=f"https://{host}")
    said = json.loads(run(world, "doctor", "--json").stdout)["settings"]
    world.close()
    assert len([one for one in said if "SMS" in one]) == faults

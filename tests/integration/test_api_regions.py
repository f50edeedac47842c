"""A token of one region: whatever it asks, by list or by name, nothing comes of another region."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from feedback_app.api.models import ApiToken
from feedback_app.api.scopes import ENDPOINTS
from feedback_app.reports.models import Edition
from feedback_app.signals.models import Signal
from tests.databases import Databases
from tests.programs import TRAJECTORY, Program, program_of
from tests.world import WAVE, Person, World

OPEN = "2026-H2"
REGIONS = ("kempen", "limburg")


@dataclass(frozen=True)
class Office:
    """A closed wave and an open one, and of each region an import, a signal and a report: region → id.

    programs: of a role in one region, or in all, with all that it can have.
    """

    world: World
    programs: dict[tuple[str, str | None], Program]
    imports: dict[str, str]
    signals: dict[str, str]
    editions: dict[str, str]

    def program(self, role: str, region: str | None = None) -> Program:
        return self.programs[role, region]


@pytest.fixture(scope="module")
def office(
    databases: Databases, example_catalogues: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path_factory.mktemp("regions"), example_catalogues)
        world.open([Person(region=region) for region in REGIONS for _ in range(30)])
        world.shut()
        later = [Person(region=region, agency="atlas") for region in REGIONS for _ in range(30)]
        world.open(later, wave=OPEN)
        programs = {
            (role, region): program_of(world.app, role, region=region)
            for role in ("agentschap", "analist")
            for region in (None, *REGIONS)
        }
        yield Office(world, programs, _taken_in(programs), *_written(world))
        world.close()


def _taken_in(programs: dict[tuple[str, str | None], Program]) -> dict[str, str]:
    found = {}
    for region in REGIONS:
        row = TRAJECTORY | {"ref": f"V-{region}", "region": region}
        taken = programs["agentschap", region].post("/trajectories", {"trajectories": [row]}, "sleutel-regio")
        found[region] = taken.json["import"]
    return found


def _written(world: World) -> tuple[dict[str, str], dict[str, str]]:
    told: dict[str, Any] = {"wave_key": WAVE, "locale": "nl", "content": {}, "content_hash": "0" * 64}
    signals = {one: Signal(wave_key=WAVE, theme_key="T05", region_key=one, observation="") for one in REGIONS}
    editions = {one: Edition(region_key=one, state="final", pdf=b"%PDF-", html="", **told) for one in REGIONS}
    with world.session() as session:
        session.add_all([*signals.values(), *editions.values()])
        session.commit()
        return {key: one.id for key, one in signals.items()}, {key: one.id for key, one in editions.items()}


def test_by_its_name(office: Office) -> None:
    for role, of_each in (
        ("agentschap", {region: f"/imports/{key}" for region, key in office.imports.items()}),
        ("analist", {region: f"/signals/{key}" for region, key in office.signals.items()}),
        ("analist", {region: f"/editions/{key}" for region, key in office.editions.items()}),
        ("analist", {region: f"/editions/{key}/pdf" for region, key in office.editions.items()}),
    ):
        bound, wide = office.program(role, "kempen"), office.program(role)
        assert [bound.get(of_each[region]).status_code for region in REGIONS] == [200, 404], of_each
        assert [wide.get(of_each[region]).status_code for region in REGIONS] == [200, 200]


def test_in_lists(office: Office) -> None:
    for role, path, of_each in (
        ("agentschap", "/imports", office.imports),
        ("analist", "/signals", office.signals),
        ("analist", "/editions", office.editions),
    ):
        listed = [{one["id"] for one in office.program(role, own).get(path).json["items"]} for own in REGIONS]
        assert listed == [{of_each[region]} for region in REGIONS], path
        assert {one["id"] for one in office.program(role).get(path).json["items"]} == {*of_each.values()}
    for path in ("/signals?region=limburg", "/editions?level=limburg"):
        assert office.program("analist", "kempen").get(path).json["items"] == []


def test_in_counts(office: Office) -> None:
    def groups(region: str | None) -> set[str]:
        answer = office.program("analist", region).get(f"/waves/{WAVE}/participation/newcomer?limit=200")
        return {one["member"] for one in answer.json["items"] if one["cut"] == "region"}

    def counted(region: str | None) -> set[str]:
        return {*office.program("agentschap", region).get(f"/waves/{OPEN}/invitations").json["regions"]}

    for seen in (groups, counted):
        assert seen(None) >= {*REGIONS}
        assert seen("kempen") == {"kempen"}


def test_a_scope_that_the_role_may_not_have_gives_nothing(office: Office) -> None:
    """Whatever stands in the row: a role that lost a page lost it for its programs too."""
    agentschap = program_of(office.world.app, "agentschap")
    with office.world.session() as session:
        mine = sa.update(ApiToken).where(ApiToken.hint == agentschap.token[:8])
        session.execute(mine.values(scopes=[*ENDPOINTS]))
        session.commit()
    assert "read:signals" not in agentschap.get("/token").json["scopes"]
    assert agentschap.get("/signals").status_code == 403

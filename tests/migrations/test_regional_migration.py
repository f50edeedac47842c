"""Questions of one region come and go beside an open wave in which somebody answered them."""

import re
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.questionnaires.models import RegionalItem, RegionalItemEvent
from tests.migrations.test_migrations import differences, move, structure
from tests.regional import BUS, LATER, write_region
from tests.world import Person, World, respond


def before_this() -> str:
    """The migration before the one that brings them."""
    text = Path("feedback_app/migrations/0019_regional_items.py").read_text()
    found = re.search(r'^down_revision = "(\d+)"', text, re.MULTILINE)
    assert found
    return found[1]


def test_who_goes_back_keeps_what_was_answered_to_the_core(
    database_url: str, tmp_path: Path, example_catalogues: Path
) -> None:
    surveys = tmp_path / "surveys"
    shutil.copytree("surveys", surveys, ignore=shutil.ignore_patterns("audio"))
    write_region(surveys, BUS, LATER)
    world = World(database_url, tmp_path, example_catalogues, surveys_dir=surveys)
    move(world)
    with world.session() as session:
        row = RegionalItem(region_key="gent", survey_key="partner", item_key="gent_1", definition={})
        row.history.append(RegionalItemEvent(state="proposed"))
        session.add(row)
        session.commit()
        row.state = "refused"  # without a reason
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
        session.rollback()
    world.open([Person(), Person(region="gent")])
    for link in world.links():
        answers = {
            "experience": "4",
            "contacts": "no",
            "kempen_bus": "easy",
            "kempen_later": ["sport", "help"],
        }
        assert 'data-state="stored"' in respond(world.client, link.token, answers).text
    newest, before, said = structure(world), world.dump(), set(world.answers())
    own = {row for row in said if "kempen_" in row[1]}
    assert len(own) == 3
    move(world, before_this())
    gone = {"regional_items", "regional_item_events", "regional_questionnaires"}
    assert gone <= newest.keys() - structure(world).keys(), "and what later releases brought"
    after = world.dump()
    assert set(after["answers"]) == said - own
    assert len(after["responses"]) == len(before["responses"]) == 2
    assert len(after["questionnaire_versions"]) == len(before["questionnaire_versions"]) - 1
    move(world)
    assert structure(world) == newest and differences(world) == []
    world.shut()
    world.close()

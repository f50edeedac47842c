"""Answers cut by wave, as docs/scaling.md tells who has very many: everything goes on as before."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from feedback_app.responses.models import Response
from feedback_app.responses.shuffle import lock, shuffle
from tests.commands import run
from tests.databases import Databases
from tests.partitioned import LET_GO, ONE_WAVE, WHOLE, type_in
from tests.world import WAVE, Person, World, respond

OTHER = "2025-H2"
ANSWERS = {"experience": "4", "match": "3", "informed": "yes"}


@pytest.fixture
def world(databases: Databases, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    with databases.migrated("postgresql") as url:
        made = World(url, tmp_path, example_catalogues)
        yield made
        made.close()


def test_a_table_cut_by_wave_is_answered_shuffled_closed_and_cleared_of_a_wave(world: World) -> None:
    world.open([Person() for _ in range(12)])
    links = world.links()
    first = str(uuid4())
    assert "<h1>Bedankt!</h1>" in respond(world.client, links[0].token, ANSWERS, response_id=first).text
    type_in(world, WHOLE, OTHER)
    for wave in (WAVE, OTHER):
        type_in(world, ONE_WAVE, wave)
    checked = run(world, "db", "check")
    assert checked.exit_code == 0, checked.output
    again = respond(world.client, links[0].token, ANSWERS, response_id=first).text
    assert "<h1>Bedankt!</h1>" in again, "known by its key, whichever partition it lies in"
    for link in links[1:]:
        page = respond(world.client, link.token, ANSWERS, response_id=str(uuid4())).text
        assert "<h1>Bedankt!</h1>" in page
        assert "al bij ons" in respond(world.client, link.token, ANSWERS, response_id=str(uuid4())).text
    assert len(world.rows(Response)) == 12
    with world.session() as session:
        lock(session)
        shuffle(session, WAVE)
        session.commit()
        assert session.scalar(sa.text("SELECT count(*) FROM partitions.responses_2026_h1")) == 12
    world.shut()
    with world.session() as session:
        assert (
            session.scalar(sa.text("SELECT count(*) FROM partitions.responses_2026_h1 WHERE week = ''")) == 12
        )
        assert (
            session.scalar(sa.text("SELECT count(*) FROM pg_constraint WHERE conname = 'pk_responses'")) == 1
        )
    type_in(world, LET_GO, WAVE)
    assert world.rows(Response) == []

"""Answers become a column of their response, and rows of their own again: nothing lost, nothing left behind."""

from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import sqlalchemy as sa

from tests.migrations.test_migrations import differences, move, structure
from tests.world import Person, World, respond


def files_of(world: World) -> bytes:
    """Everything that SQLite's file still holds."""
    path = Path(str(sa.make_url(world.settings.database_url).database))
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def test_answers_move_out_of_their_response_and_in_again(
    database_url: str, tmp_path: Path, example_catalogues: Path
) -> None:
    world = World(database_url, tmp_path, example_catalogues)
    move(world)
    world.open([Person() for _ in range(40)])
    for number, link in enumerate(world.links()):
        answers = {"match": "1", "difficulties": ["other", "hours"][: 1 + number % 2]}
        assert 'data-state="stored"' in respond(world.client, link.token, answers).text
    newest, before, said = structure(world), world.dump(), sorted(world.answers())
    assert len(said) == 40 * 8 + 20, "every second one chose two of the eight"
    silent = said[0][0]

    move(world, "0023")
    older = world.dump()
    assert older["answers"] == said
    assert older["responses"] == [row[:-1] for row in before["responses"]]
    if world.settings.embedded:
        assert b'"match=' not in files_of(world)
    with world.session() as session:
        session.execute(sa.text("DELETE FROM answers WHERE response_id = :id"), {"id": silent})
        session.commit()

    move(world)
    assert structure(world) == newest and differences(world) == []
    expected = [(*row[:-1], "[]" if row[0] == silent else row[-1]) for row in before["responses"]]
    assert world.dump()["responses"] == expected
    assert all(world.dump()[name] == before[name] for name in ("invitations", "remarks"))
    if world.settings.embedded:
        held = files_of(world)
        assert not [key for key, item, _ in said if f"{key}{item}".encode() in held]
    world.close()

"""Answering at the same moment: one link is one response, and whoever was thanked is counted."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import sqlalchemy as sa

from feedback_app.analysis.models import FrozenCount
from feedback_app.invitations.models import Wave
from feedback_app.responses.models import Response
from tests.server import Server, post
from tests.world import Person, World, respond

ANSWERS = {"experience": "4", "match": "3"}


def together(*calls: Callable[[], str]) -> list[str]:
    """What the calls give when all start at once."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], str]) -> str:
        start.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def posting(world: World, token: str, response_id: str) -> Callable[[], str]:
    client = world.client
    return lambda: respond(client, token, ANSWERS, response_id=response_id).text


def test_two_posts_at_once_with_one_identifier_are_one_response(world: World) -> None:
    world.open([Person() for _ in range(5)])
    for number, link in enumerate(world.links(), 1):
        same = str(uuid4())
        pages = together(*(posting(world, link.token, same) for _ in range(4)))
        assert all("<h1>Bedankt!</h1>" in page for page in pages)
        assert len(world.rows(Response)) == number


def test_two_phones_at_once_on_one_link_are_one_response(world: World) -> None:
    world.open([Person() for _ in range(5)])
    for number, link in enumerate(world.links(), 1):
        pages = together(*(posting(world, link.token, str(uuid4())) for _ in range(4)))
        assert sorted("al bij ons" in page for page in pages) == [False, True, True, True]
        assert len(world.rows(Response)) == number


def test_one_identifier_at_once_on_two_links_is_two_responses(world: World) -> None:
    world.open([Person() for _ in range(6)])
    links = world.links()
    for one, other in zip(links[::2], links[1::2], strict=True):
        same = str(uuid4())
        pages = together(posting(world, one.token, same), posting(world, other.token, same))
        assert all("<h1>Bedankt!</h1>" in page for page in pages)
    assert len(world.rows(Response)) == len(links)


def test_whoever_was_thanked_while_the_wave_closed_is_counted(world: World) -> None:
    world.open([Person() for _ in range(40)])
    calls = [posting(world, link.token, str(uuid4())) for link in world.links()]

    def closing() -> str:
        world.shut()
        return "shut"

    pages = together(*calls[:6], closing, *calls[6:12])
    late = [call() for call in calls[12:]]
    thanked = [page for page in pages if "<h1>Bedankt!</h1>" in page]
    assert not [page for page in late if "<h1>Bedankt!</h1>" in page]
    assert all("Deze vragen zijn gesloten." in page for page in late)
    with world.session() as session:
        counted = session.scalars(
            sa.select(FrozenCount.count).where(
                FrozenCount.cut == "flanders", FrozenCount.item_key == "experience", FrozenCount.value == "4"
            )
        ).all()
    assert sum(counted) == len(thanked) == len(world.rows(Response))


def test_sqlite_writes_to_the_disk_before_it_says_so(sqlite_world: World) -> None:
    sqlite_world.open()
    with sqlite_world.session() as session:
        settings = {
            name: session.scalar(sa.text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    respond(sqlite_world.client, sqlite_world.token(), ANSWERS)
    path = sqlite_world.settings.database_url.removeprefix("sqlite:///")
    script = f"import sqlite3; print(*sqlite3.connect({path!r}).execute('SELECT count(*) FROM responses'))"
    read = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert read.stdout.strip() == "(1,)"


def test_another_connection_sees_the_answer_at_once(world: World) -> None:
    world.open()
    other = sa.create_engine(world.settings.database_url)
    respond(world.client, world.token(), ANSWERS)
    with other.connect() as connection:
        assert len(connection.scalars(sa.select(Response.answers)).one()) == 8
    other.dispose()


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    world.open([Person() for _ in range(6)])
    with Server(world.settings) as running:
        yield running


def test_a_server_killed_after_the_thanks_has_kept_the_answer(world: World, server: Server) -> None:
    links = world.links()
    for link in links[:-1]:
        assert "<h1>Bedankt!</h1>" in post(server, link.token, ANSWERS)
    server.kill()
    assert len(world.rows(Response)) == len(links) - 1
    with world.session() as session:
        assert session.scalar(sa.select(Wave.state)) == "open"
    assert "<h1>Bedankt!</h1>" in respond(world.client, links[-1].token, ANSWERS).text

"""The faults of `make faults`, a few times each: who was thanked is stored once, whatever dies meanwhile."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.faults import clock, database, send, web, work
from tests.faults.place import Place
from tests.postgres import Cluster


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path) -> Iterator[Place]:
    """A database server of our own, which keeps what it confirmed and may be killed."""
    folder = tmp_path_factory.mktemp("faults")
    databases = Databases(folder, Cluster(durable=True))
    yield Place(databases, folder, example_catalogues, random.Random(8))
    databases.close()


def test_a_web_process_is_killed(place: Place) -> None:
    done = web.worker_killed(place, "sqlite", 4)
    assert done.kept and done.told == 24, done


def test_a_database_process_is_killed(place: Place) -> None:
    done = database.connection_killed(place, 4)
    assert done.kept and done.told == 24, done
    assert done.pages["503"], "nobody was told to wait"


def test_a_worker_is_killed(place: Place) -> None:
    done = work.worker_killed(place, "sqlite", 1)
    assert done.kept and done.told >= work.ROWS, done


def test_a_process_that_sends_is_killed(place: Place) -> None:
    done = send.sender_killed(place, "sqlite", 2)
    assert done.kept and done.told == 8, done


def test_the_clock_is_set_while_people_answer(place: Place) -> None:
    done = clock.web_jumps(place, "sqlite", 2)
    assert done.kept and done.told == 12, done


def test_the_clock_is_set_under_a_worker(place: Place) -> None:
    done = clock.worker_jumps(place, "sqlite", 2)
    assert done.kept and done.told > 12, done
    assert done.pages["messages that waited"], "nothing was held back"

"""An upgrade that is killed among its migrations, and two deploys at the same moment."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from feedback_app import schema
from feedback_app.database import db
from tests.commands import begin
from tests.faults.count import Tally
from tests.faults.phones import Crowd
from tests.faults.place import Place
from tests.server import Service
from tests.world import World, respond

FIRST = "0001"
_ANSWERS = 12


def migration_interrupted(place: Place, kind: str, rounds: int) -> Tally:
    """`db upgrade` from the first structure is killed at a random moment; the next one goes all the way."""
    done = Tally(f"migration killed, {kind}", rounds)
    with _first_release(place, kind) as old:
        with place.copy(old) as world:
            seconds = _seconds(world)
        for _ in range(rounds):
            with place.copy(old) as world:
                process = _upgrade(world)
                _wait_until_it_migrates(world, process)
                time.sleep(place.rng.uniform(0, seconds))
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                left = _structure(world)
                done.by_half += left not in (FIRST, _newest(world))
                done.pages[f"left at {left}"] += 1
                _finish(world)
                _compare(done, world)
    return done


def two_deploys(place: Place, kind: str, rounds: int) -> Tally:
    """Two upgrade one database, compile its texts and begin to serve at the same moment; people answer at both."""
    done = Tally(f"two deploys at once, {kind}", rounds)
    with _first_release(place, kind) as old:
        for _ in range(rounds):
            with place.copy(old) as world:
                commands = [begin(world, "translations", "compile") for _ in range(2)]
                commands += [_upgrade(world) for _ in range(2)]
                for one in commands:
                    told, _nothing = one.communicate()
                    assert one.returncode == 0, told
                _compare(done, world)
                _serve_twice(place, world, done)
    return done


def _serve_twice(place: Place, world: World, done: Tally) -> None:
    """Both begin before either serves, and then each has its visitors."""
    servers = [Service(world.settings), Service(world.settings)]
    try:
        for one in servers:
            one.launch()
        crowd = Crowd(world, place.rng, at_once=2, before=_ANSWERS)
        for one in servers:
            one.wait_until_ready()
            crowd.round(one.port, lambda: None)
        done.add(crowd.tally("", 1))
    finally:
        for one in servers:
            one.stop()


@contextmanager
def _first_release(place: Place, kind: str) -> Iterator[World]:
    """A database of the first release with an open wave, links, answers and remarks in it."""
    with place.world(kind, _ANSWERS + 6) as world:
        schema.prepare(world.app)
        for link in world.links()[:_ANSWERS]:
            sent = {"experience": "4", "remark": "Voorbeeld"}
            assert "Bedankt!" in respond(world.client, link.token, sent).text
        with world.app.app_context():
            schema.downgrade(FIRST)
        yield world


def _seconds(world: World) -> float:
    """How long the migrations take."""
    process = _upgrade(world)
    _wait_until_it_migrates(world, process)
    began = time.monotonic()
    told, _nothing = process.communicate()
    assert process.returncode == 0, told
    return time.monotonic() - began


def _wait_until_it_migrates(world: World, process: "subprocess.Popen[str]") -> None:
    """It takes a lock first: a file beside SQLite, one of PostgreSQL's own."""
    engine = sa.create_engine(world.settings.database_url)
    held = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
    begun = False
    while not begun and process.poll() is None:
        if world.settings.embedded:
            begun = (world.settings.instance_dir / "migration.lock").exists()
        else:
            with engine.connect() as connection:
                begun = bool(connection.scalar(held))
        time.sleep(0.005)
    engine.dispose()


def _finish(world: World) -> None:
    process = _upgrade(world)
    told, _nothing = process.communicate()
    assert process.returncode == 0, told


def _upgrade(world: World) -> "subprocess.Popen[str]":
    return begin(world, "db", "upgrade")


def _structure(world: World) -> str:
    engine = sa.create_engine(world.settings.database_url)
    with engine.connect() as connection:
        found = connection.scalars(sa.text("SELECT version_num FROM alembic_version")).all()
    engine.dispose()
    return ",".join(map(str, found))


def _newest(world: World) -> str:
    with world.app.app_context():
        return schema.newest()


def _compare(done: Tally, world: World) -> None:
    """Everything that was there before is there, and the structure is what the models say."""
    with world.app.app_context():
        done.by_half += len(schema.differences())
        answers, remarks, used = (
            db.session.scalar(sa.text(f"SELECT count(*) FROM {what}"))
            for what in ("responses", "remarks", "invitations WHERE disposition = 'answered'")
        )
        db.session.rollback()
    done.told += _ANSWERS
    done.stored += answers
    done.lost += max(0, _ANSWERS - answers)
    done.doubled += max(0, answers - _ANSWERS)
    done.by_half += abs(answers - remarks) + abs(answers - used)

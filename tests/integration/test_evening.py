"""What `make bench` says of an evening can be believed: a lost response, one too many and a wrong page are seen."""

import subprocess
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app.database import db
from feedback_app.invitations.after_file import AFTER_FILE, invite_in_pieces
from feedback_app.invitations.waves import open_wave
from feedback_app.responses.models import Response
from feedback_app.trajectories.intake import take_in
from tests.benchmarks import bench_endurance, disk
from tests.benchmarks.bench_endurance import Watch, quarters
from tests.benchmarks.bench_evening import LIST, brought, percentile
from tests.benchmarks.crowd import ANSWER, LOOK, gather
from tests.benchmarks.disk import Disk
from tests.benchmarks.visits import balance, draw_visits, evenly, links_of
from tests.exports import default_mapping, export
from tests.server import Server
from tests.world import WAVE, Person, World

PEOPLE = [Person(language=one, offer_type=kind) for one in ("nl", "ar", "ti") for kind in ("buddy", "stage")]


def test_an_evening_sees_what_is_lost_what_is_too_many_and_what_went_wrong(sqlite_world: World) -> None:
    world = sqlite_world
    world.open(PEOPLE * 3)
    links = links_of(world, WAVE, 15)
    assert {link.audience for link in links} == {"newcomer", "partner"}
    assert len({(one.audience, one.language, one.offer_type) for one in evenly(links, 4)}) == 4
    coming = draw_visits(links)
    with Server(world.settings) as server:
        outcome = gather(server.port, coming.visits, at_once=3)
        late = gather(server.port, coming.visits[:2], at_once=1)
    assert outcome.faults == [] and sorted(outcome.thanked) == list(range(15))
    assert len(outcome.seconds[LOOK]) >= 15 and len(outcome.seconds[ANSWER]) >= 15
    assert late.thanked == [] and late.faults == ["Wrong link opened: “used” instead of “”"] * 2
    found = balance(world, WAVE, [coming], outcome.thanked)
    assert (found.thanked, found.stored, found.off) == (15, 15, 0)
    found = balance(world, WAVE, [coming], outcome.thanked[1:])
    assert found.lost == 0 and found.surplus >= 1, "stored, and nobody was thanked"
    with world.session() as session:
        gone = sa.select(Response.id).where(Response.survey_key == "newcomer").limit(1).scalar_subquery()
        session.execute(sa.delete(Response).where(Response.id == gone))
        session.commit()
    found = balance(world, WAVE, [coming], outcome.thanked)
    assert (found.stored, found.lost, found.surplus) == (14, 1, 0)
    with world.session() as session:
        session.execute(sa.update(Response).values(locale="sq"))
        session.commit()
    assert balance(world, WAVE, [coming], outcome.thanked).off >= 28, "stored, but not as they were sent"


def test_the_worst_of_a_hundred_and_a_leak_are_told_as_they_are() -> None:
    assert percentile([1.0] * 99 + [7.0], 0.99) == 1.0
    assert percentile([1.0] * 98 + [7.0] * 2, 0.99) == 7.0
    assert quarters([50.0, 60.0, 61.0, 61.0, 61.0, 61.0, 61.0, 66.0]) == (61.0, 66.0)


def test_an_answer_counts_as_held_up_by_the_disk_when_a_bare_program_was_at_that_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.perf_counter()
    with Disk(tmp_path) as moving:
        _wait_for(tmp_path / "disk.txt", lines=3)
    ended = time.perf_counter()
    assert len(moving.seconds) >= 2 and all(0 < one < ended - began for one in moving.seconds)
    monkeypatch.setattr(disk, "STILL", 0.0)  # as if each of these had taken long
    with Disk(tmp_path) as still:
        _wait_for(tmp_path / "disk.txt", lines=3)
    assert still.stood_still(ended, time.perf_counter())
    assert not still.stood_still(began, ended) and not moving.stood_still(ended, time.perf_counter())


def _wait_for(told: Path, lines: int) -> None:
    until = time.monotonic() + 60
    while told.read_text().count("\n") < lines and time.monotonic() < until:
        time.sleep(0.01)


def test_a_list_that_came_in_and_whose_people_nobody_invited_is_seen(sqlite_world: World) -> None:
    """What follows on a file may be broken off, and the file is taken in all the same."""
    world, mapping = sqlite_world, default_mapping()
    with world.session() as session:
        open_wave(session, world.settings, WAVE)
        good, bad = (
            export({"Dossiernummer": "B1"}),
            export({"Dossiernummer": "B2"}, {"Contacttaal": "Klingon"}),
        )
        take_in(session, world.settings, good, "ander.csv", mapping, then=AFTER_FILE)
        take_in(session, world.settings, bad, LIST, mapping)
        assert brought(session, LIST) == (1, 0)
        session.commit()
        invite_in_pieces(db.session, world.settings)
        assert brought(session, LIST) == (1, 2)


def test_a_process_that_ends_while_it_is_watched_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_endurance, "EVERY", 0.01)
    running = subprocess.Popen(["sleep", "60"])
    with pytest.raises(RuntimeError, match="the worker ended"), Watch({"worker": running.pid}) as watch:
        while not watch.seen["worker"]:
            pass
        running.kill()
        running.wait()
        watch._thread.join(10)

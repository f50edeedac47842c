"""Two machines against one PostgreSQL, without networks of their own: `make hosts` does it with those.

Each has a folder of its own and nothing in common with the other but settings, files and the database.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app.database import db, lines_to, now
from feedback_app.invitations.models import Invitation
from feedback_app.jobs import Job, alone, jobs
from feedback_app.reports import compile as compiling
from feedback_app.reports.compile import compile_edition
from feedback_app.reports.models import Edition
from feedback_app.responses.models import Response
from feedback_app.watching.models import TaskRun
from feedback_app.watching.runs import broken_off, noted, once
from tests.databases import Databases
from tests.machine.visitors import KNOWN, THANKED, Told, answer_all
from tests.server import Service
from tests.staff import PASSWORD, Browser, add, address_of, close_app
from tests.world import WAVE, Person, World

ANSWERS = {"experience": "4", "match": "3", "informed": "yes"}
MOMENT = datetime(2026, 5, 4, 3, 17, 20, tzinfo=UTC)
Two = tuple[World, World]


@pytest.fixture(scope="module")
def two(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[Two]:
    """Two machines, and forty newcomers invited."""
    with databases.migrated("postgresql") as url:
        places = (tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other"))
        one, other = (World(url, place, example_catalogues) for place in places)
        one.open([Person() for _ in range(40)])
        yield one, other
        close_app(one.app)
        close_app(other.app)


def test_a_machine_that_dies_among_visitors_loses_nothing(two: Two) -> None:
    one, other = two
    told, tokens = Told(), [link.token for link in one.links()]
    with Service(one.settings) as first, Service(other.settings) as second:
        doors = [f"127.0.0.1:{server.port}" for server in (first, second)]
        crowd = threading.Thread(target=answer_all, args=(doors, tokens, ANSWERS, 8, told))
        crowd.start()
        while len(told.ended) < 12:
            crowd.join(0.01)
        first.kill()
        crowd.join()
    ended = Counter(told.ended.values())
    assert ended[THANKED] + ended[KNOWN] == 40, (ended, told.wrong)
    with one.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 40
        mine = sa.select(sa.func.count()).where(Invitation.disposition == "answered")
        assert session.scalar(mine.where(Invitation.audience == "newcomer")) == 40


def test_a_session_of_one_machine_is_one_of_the_other(two: Two) -> None:
    add(two[0].app, "beheerder")
    browser = Browser(two[0].app)
    assert browser.try_to_sign_in(address_of("beheerder"), PASSWORD).status_code == 302
    cookie = browser.client.get_cookie("feedback_staff", path="/staff")
    assert cookie
    there = two[1].app.test_client()
    there.set_cookie("feedback_staff", cookie.value, path="/staff")
    assert there.get("/staff/").status_code == 200
    assert two[1].app.test_client().get("/staff/").status_code == 302, "that is, with it only"


def test_each_moment_of_a_task_is_taken_on_by_one_worker(two: Two) -> None:
    def workers(moment: datetime) -> list[bool]:
        taken: list[bool] = []
        start = threading.Barrier(8)

        def look(app: Flask) -> None:
            start.wait()
            taken.append(once(app, "themes", lambda _moment: True)(moment.replace(tzinfo=None)))

        threads = [threading.Thread(target=look, args=(two[number % 2].app,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return taken

    for moment in (MOMENT, MOMENT + timedelta(minutes=10)):
        assert sum(workers(moment)) == 1
    assert sum(workers(MOMENT + timedelta(minutes=10, seconds=30))) == 0, "a clock that is a little behind"
    assert sum(workers(MOMENT + timedelta(minutes=1))) == 0
    assert sum(workers(MOMENT - timedelta(hours=2))) == 1, "a clock that went back stops no task"
    assert not once(two[0].app, "themes", lambda _moment: False)(MOMENT)


def test_a_task_is_never_done_twice_at_a_time_and_is_begun_again_where_its_machine_went(two: Two) -> None:
    done: list[str] = []
    one, other = two
    once(one.app, "reminders", lambda _moment: True)(MOMENT)
    at_it = noted(other.app, "reminders", lambda: done.append("at the same time"))
    noted(one.app, "reminders", at_it)()
    assert done == []
    with one.session() as session:
        assert "reminders" not in broken_off(session, one.settings)
        session.execute(
            sa.update(TaskRun).where(TaskRun.task == "reminders").values(began_at=now(), succeeded_at=None)
        )
        session.commit()
        with alone(db.engine, one.settings, "task:reminders"):
            assert "reminders" not in broken_off(session, one.settings), "somebody is at it"
        assert "reminders" in broken_off(session, one.settings)
    noted(other.app, "reminders", lambda: done.append("again"))()
    with other.session() as session:
        assert "reminders" not in broken_off(session, other.settings) and done == ["again"]


def test_a_job_that_another_machine_does_is_not_lost_and_not_done_twice(two: Two) -> None:
    one, other = two
    with one.session() as session:
        session.add(Job(id="a" * 32, name="compile_report", arguments={}, state="running"))
        session.commit()
        with alone(db.engine, one.settings, f"job:{'a' * 32}"), other.session() as elsewhere:
            assert "a" * 32 not in jobs().lost()
            assert jobs().run_now("a" * 32) is None
            jobs().give_up_lost(jobs().lost())
            assert elsewhere.get_one(Job, "a" * 32).state == "running"
    with other.session() as session:
        assert "a" * 32 in jobs().lost(), "the connection went with the machine"
        jobs().give_up_lost({"b" * 32})
        assert session.get_one(Job, "a" * 32, populate_existing=True).state == "running"
        jobs().give_up_lost({"a" * 32})
        assert session.get_one(Job, "a" * 32, populate_existing=True).state == "failed"


def test_both_ends_of_a_line_notice_that_the_other_machine_is_gone(two: Two) -> None:
    with two[0].session() as session:
        # over a socket of this machine PostgreSQL keeps no such clock, and says 0; the trial over a network sees it
        assert session.scalar(sa.text("SHOW tcp_keepalives_idle")) in ("0", "10")
    url = sa.make_url("postgresql://x@db.voorbeeld/x?tcp_user_timeout=5&options=-c%20work_mem%3D1MB")
    assert {"tcp_user_timeout", "options"}.isdisjoint(lines_to(url)), "what the address says stands"
    assert lines_to(sa.make_url("postgresql://x@db.voorbeeld/x"))["keepalives_idle"] == "10"


def test_one_order_carried_out_by_two_machines_at_once_is_one_edition(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    two[0].shut()
    together, both_look, found = threading.Barrier(2), threading.Barrier(2), []
    twin = compiling._twin

    def looks(*order: Any) -> Edition | None:
        """Who finds no twin gives the other a second to look as well: it would, if it did not have to wait."""
        known = twin(*order)
        if known is None:
            with suppress(threading.BrokenBarrierError):
                both_look.wait(1)
        return known

    monkeypatch.setattr(compiling, "_twin", looks)

    def work(world: World) -> None:
        def progress(done: int, _total: int, _message: str) -> None:
            if done == 2:
                together.wait(60)  # both have made it, and neither has stored it

        with world.session() as session:
            found.append(compile_edition(session, world.settings, WAVE, progress=progress).id)

    threads = [threading.Thread(target=work, args=(world,)) for world in two]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with two[0].session() as session:
        assert list(session.scalars(sa.select(Edition.id))) == found[:1]
        assert found == found[:1] * 2

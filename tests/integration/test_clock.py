"""The machine's clock is set while the service runs: nothing is done too early, and nothing waits after it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from feedback_app import clock
from feedback_app.database import now
from feedback_app.invitations.models import Sending
from feedback_app.jobs import Job
from feedback_app.watching.clock import came_back, handed_on, init_clock
from feedback_app.watching.models import TaskRun
from feedback_app.watching.runs import NIGHTLY, list_runs, noted, once
from tests.asking import Reach, ask, at, send, steps
from tests.commands import run
from tests.integration.test_sending import FIRST
from tests.integration.test_watching import scrape
from tests.mail_server import Post, mail_service
from tests.staff import signed_in
from tests.world import Person, World

AHEAD, BACK = timedelta(days=3), timedelta(hours=-2)


class Machine:
    """By how much its clock was set."""

    by = timedelta()


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(clock, "now", lambda: now() + made.by)
    return made


@pytest.fixture
def post(sqlite_world: World) -> Iterator[Post]:
    taking = Post()
    with mail_service(taking) as port:
        url = f"smtp://127.0.0.1:{port}?from=feedback@voorbeeld.example&tls=none"
        sqlite_world.settings = sqlite_world.settings.but(smtp_url=url, mails_a_minute=60_000)
        yield taking


@pytest.mark.parametrize("by", [AHEAD, BACK])
def test_a_run_that_sends_stops_and_nothing_of_it_is_given_up(
    sqlite_world: World, post: Post, machine: Machine, by: timedelta
) -> None:
    world = sqlite_world
    ask(world, [Person(partners=())] * 3, [Reach(email=f"p{n}@voorbeeld.example") for n in range(3)])
    assert send(world, FIRST, most=1).counts == {"delivered": 1}

    class Jumping(Post):
        async def handle_DATA(self, *arguments: object) -> str:  # noqa: N802
            machine.by = by
            return await super().handle_DATA(*arguments)  # type: ignore[arg-type]

    with mail_service(jumping := Jumping()) as port:
        url = f"smtp://127.0.0.1:{port}?from=feedback@voorbeeld.example&tls=none"
        kept, world.settings = world.settings, world.settings.but(smtp_url=url)
        assert (sent := send(world, FIRST)).halted == "clock" and sent.counts == {"delivered": 1}
    machine.by, world.settings = timedelta(), kept
    assert send(world, FIRST).counts == {"delivered": 1}
    assert len(post.taken) + len(jumping.taken) == 3
    assert steps(world)["first", "done"] == 3 and steps(world)["reminder1", "planned"] == 3


def test_an_attempt_planned_by_a_clock_that_went_back_is_made_now(sqlite_world: World, post: Post) -> None:
    ask(sqlite_world, [Person(partners=())], [Reach(email="p@voorbeeld.example")])
    assert send(sqlite_world, FIRST, most=0).counts == {}
    for ahead, sent in ((timedelta(hours=11), {}), (AHEAD, {"delivered": 1})):
        with sqlite_world.session() as session:
            first = sa.update(Sending).where(Sending.step == "first")
            session.execute(first.values(next_attempt_at=at(FIRST) + ahead))
            session.commit()
        assert send(sqlite_world, FIRST).counts == sent


def test_work_that_was_queued_or_waits_by_a_clock_that_went_back_is_taken_up(world: World) -> None:
    work = world.app.extensions["jobs"]
    queue = work.prepared_queue()
    with world.session() as session:
        jobs = [Job(name="print_cards", arguments={}, queued_at=now() + ahead) for ahead in (AHEAD, -AHEAD)]
        session.add_all(jobs)
        session.commit()
        lost, waiting = (one.id for one in jobs)
        work.run.schedule(args=(waiting, "nl"), delay=600)
        queue.execute(queue.dequeue())  # its moment has not come
        work.take_up_lost(now())
        assert [task.args[0] for task in queue.pending()] == [lost]
        work.take_up_lost(now() - AHEAD)
    assert [task.args[0] for task in queue.pending()] == [lost, waiting] and not queue.scheduled()
    queue.flush()
    queue.storage.close()


def test_periodic_work_waits_while_the_clock_is_not_believed(world: World, machine: Machine) -> None:
    """And the service says so, wherever somebody looks; what the night may have held is done once it is back."""
    done: list[str] = []
    init_clock(world.app, {})

    def beat() -> None:
        done.extend(NIGHTLY if came_back(world.app) else ())

    retention = noted(world.app, "retention", lambda: done.append("night"))
    alive = noted(world.app, "heartbeat", beat)
    alive()
    retention()
    assert done == ["night"]
    for by in (BACK, AHEAD):
        done.clear()
        machine.by = by
        for _ in range(2):
            retention()
            alive()
        assert done == [] and not once(world.app, "retention", lambda _moment: True)(now() + by)
        assert by == BACK or told_of_clock(world)
        machine.by = timedelta()
        alive()
        retention()
        assert done == [*NIGHTLY, "night"]
        assert once(world.app, "retention", lambda _moment: True)(now() + by + AHEAD)
    assert not told_of_clock(world)


def told_of_clock(world: World) -> bool:
    """Whether doctor, metrics and the operator's page say that the clock was set: all of them or none."""
    page = signed_in(world.app, "beheerder", email=f"b{now():%f}@voorbeeld.example").get("/staff/dienst").text
    told = {
        "set under the worker" in str(json.loads(run(world, "doctor", "--json").stdout)["clock"]),
        "De klok van de worker is verzet" in page,
        scrape(world)['feedback_task_failing{task="heartbeat"}'] == 1,
    }
    (found,) = told
    return found


def test_a_worker_that_begins_anew_by_itself_still_does_not_believe_it(app: Flask, machine: Machine) -> None:
    init_clock(app, {})
    kept = handed_on(app)
    machine.by = AHEAD
    with app.app_context():
        init_clock(app, kept)
        assert not came_back(app) and app.extensions["clock_doubted"]
        init_clock(app, {})
        assert not came_back(app) and not app.extensions["clock_doubted"], "somebody began it again"


@pytest.fixture
def app(sqlite_world: World) -> Flask:
    return sqlite_world.app


def test_a_success_that_is_to_come_tells_nothing(sqlite_world: World) -> None:
    moment = datetime(2026, 6, 1, 12, tzinfo=UTC)
    with sqlite_world.session() as session:
        for name, at_ in (("heartbeat", moment + AHEAD), ("timetable", moment + timedelta(minutes=9))):
            session.add(TaskRun(task=name, began_at=at_, succeeded_at=at_))
        session.commit()
        states = {one.name: one.state for one in list_runs(session, moment)}
    assert (states["heartbeat"], states["timetable"]) == ("late", "good")

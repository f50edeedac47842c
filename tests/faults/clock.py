"""The machine's clock is set, three days ahead or two hours back, and later put right again.

Who answers is thanked meanwhile and stored once. The worker does nothing by a clock that it does not believe: no
message leaves, no link closes and nothing is destroyed before its day; once the clock is right all that is due goes
out, each message once, without anybody who helps.
"""

import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from feedback_app.database import today
from feedback_app.invitations.models import Invitation, Sending, Wave
from feedback_app.trajectories.models import Trajectory
from feedback_app.watching.clock import JUMPED
from feedback_app.watching.models import TaskRun
from tests.asking import Reach, ask
from tests.databases import Databases
from tests.faults.count import Tally
from tests.faults.phones import Crowd
from tests.faults.place import Place
from tests.faults.send import SlowPost
from tests.machine_clock import MachineClock
from tests.mail_server import mail_service
from tests.postgres import Cluster
from tests.server import Server, environment_of
from tests.worker import Worker
from tests.world import Person, World

AHEAD, BACK = timedelta(days=3), timedelta(hours=-2)
#: where the database is: in a file, on another machine with a clock of its own, on the machine whose clock is set
PLACES = ("sqlite", "postgresql", "same-host")
_AT_ONCE = 6
#: messages that are due in a round
_DUE = 4
#: newcomers of a kind that a wrong clock would do something to: write to them, close their link, destroy their address
_OTHERS = 5
#: seconds after which nothing goes on any more; the worker itself looks each five minutes
_PATIENCE, _PATIENCE_OF_WORKER, _WORKER_LOOKS = 120, 480, 330
#: what the worker does each minute, each five, each night, one after the other all the time
_HURRIED = """
import os
import time
from feedback_app.cli import app_from_environment
from feedback_app.operate import init_clock, jobs, plan_work
app = app_from_environment()
with app.app_context():
    init_clock(app, os.environ)
    plan_work(jobs().prepared_queue(), app)
while True:
    for name in ("timetable", "retention", "heartbeat"):
        app.extensions["tasks"][name].call_local()
    time.sleep(0.02)
"""
_ANY_HOUR = {
    "FEEDBACK_QUIET_HOURS": "00:00-00:00",
    "FEEDBACK_SENDING_DAYS": "1-7",
    "FEEDBACK_MAILS_A_MINUTE": "60000",
}


def web_jumps(place: Place, where: str, rounds: int) -> Tally:
    """The clock is set while people answer, and put right after a moment."""
    with _machine(place, where) as (clock, here, kind), here.world(kind, rounds * _AT_ONCE) as world:

        def jump() -> None:
            clock.set(place.rng.choice((AHEAD, BACK)))
            time.sleep(place.rng.uniform(0, 0.1))
            clock.set()

        with Server(world.settings, workers=2, more=clock.environment) as server:
            crowd = Crowd(world, place.rng, _AT_ONCE)
            for _ in range(rounds):
                crowd.round(server.port, jump)
            return crowd.tally(f"clock set while people answer, {where}", rounds)


def worker_jumps(place: Place, where: str, rounds: int) -> Tally:
    """The clock is set under the worker, which hurries: it does all that it does by itself many times in each round."""
    done = Tally(f"clock set under the worker, {where}", rounds)
    with (
        _machine(place, where) as (clock, here, kind),
        here.world(kind) as world,
        _office(world, rounds, done) as office,
        _hurried(world, clock),
    ):
        office.until_planned()
        for number in range(rounds):
            office.round(number, partial(_jump, place, clock, number, office), clock.set)
        office.count()
    return done


def real_worker_jumps(place: Place, rounds: int) -> Tally:
    """The same to the worker itself, at its own pace: six minutes ahead, or back, in each round."""
    done = Tally("clock set under the worker at its own pace", rounds)
    with (
        _machine(place, "sqlite") as (clock, here, kind),
        here.world(kind) as world,
        _office(world, rounds, done, _PATIENCE_OF_WORKER) as office,
        Worker(world.settings, clock.environment | _ANY_HOUR),
    ):
        office.until_planned()
        for number in range(rounds):
            office.round(number, partial(_leap, clock, number, office), clock.set)
        office.count()
    return done


def _leap(clock: MachineClock, number: int, office: "_Office") -> None:
    """For longer than it takes until the worker looks again what is due."""
    clock.set(BACK if number % 2 else AHEAD)
    office.until_doubted()
    time.sleep(_WORKER_LOOKS)


def _jump(place: Place, clock: MachineClock, number: int, office: "_Office") -> None:
    """At a moment of a round at which a message may just be in somebody's hands."""
    time.sleep(place.rng.uniform(0, 0.3))
    clock.set(BACK if number % 2 else AHEAD)
    office.until_doubted()


@contextmanager
def _machine(place: Place, where: str) -> Iterator[tuple[MachineClock, Place, str]]:
    """A machine with a clock of its own, and a database: there, or on another machine."""
    with MachineClock() as clock:
        if where != "same-host":
            yield clock, place, where
            return
        databases = Databases(place.folder, Cluster(durable=True, more=clock.environment))
        try:
            yield clock, replace(place, databases=databases), "postgresql"
        finally:
            databases.close()


@contextmanager
def _hurried(world: World, clock: MachineClock) -> Iterator[None]:
    given = environment_of(world.settings) | _ANY_HOUR | clock.environment
    log = world.settings.instance_dir / "worker.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as written:
        process = subprocess.Popen(
            [sys.executable, "-c", _HURRIED], env=given, stdout=written, stderr=written
        )
    try:
        yield
        assert process.poll() is None, log.read_text(encoding="utf-8")
    finally:
        process.kill()
        process.wait()


@dataclass
class _Office:
    """People some of whom are written to in each round, and others whom a clock that is ahead would harm."""

    world: World
    post: SlowPost
    rounds: int
    done: Tally
    patience: float
    longest: float = 0.0

    @property
    def due(self) -> list[str]:
        """Trajectories of those written to, in the order of rounds."""
        return [f"{number:064x}" for number in range(self.rounds * _DUE)]

    def others(self, kind: int) -> list[str]:
        """Trajectories of those who are not: of whom a message, a link or an address has two more days."""
        first = self.rounds * _DUE + kind * _OTHERS
        return [f"{number:064x}" for number in range(first, first + _OTHERS)]

    def prepare(self) -> None:
        """Everybody as far as their days are."""
        number, times = self.rounds * _DUE, 3 * _OTHERS
        mails = [Reach(email=f"p{one}@voorbeeld.example") for one in range(number + times)]
        mails[number + _OTHERS : number + 2 * _OTHERS] = [Reach()] * _OTHERS
        ask(self.world, [Person(partners=()) for _ in mails], mails)
        day = today()
        ages = {(*self.due, *self.others(0)): (0, 61), tuple(self.others(1)): (27, 61)}
        ages[tuple(self.others(2))] = (88, 5)
        with self.world.session() as session:
            session.execute(sa.update(Wave).values(opened_on=day - timedelta(days=61)))
            for refs, (imported, ended) in ages.items():
                values = {
                    "imported_on": day - timedelta(days=imported),
                    "ended_on": day - timedelta(days=ended),
                }
                values["started_on"] = day - timedelta(days=90)
                session.execute(sa.update(Trajectory).where(Trajectory.ref_hash.in_(refs)).values(**values))
            session.commit()

    def until_planned(self) -> None:
        """Wait until the worker planned all messages, and sent those whose day came long ago."""
        old = self.of(self.others(2))
        self.until(lambda: self.sent() >= old and len(self.firsts()) == len(self.due) + 2 * _OTHERS)

    def round(self, number: int, happens: Callable[[], None], rights: Callable[[], None]) -> None:
        """Some messages are due; the clock is set, which nothing comes of; then it is right, and they leave."""
        batch = self.of(self.due[number * _DUE : (number + 1) * _DUE])
        with self.world.session() as session:
            some = sa.update(Sending).where(Sending.invitation_id.in_(batch), Sending.step == "first")
            session.execute(some.values(due_on=today()))
            session.commit()
        happens()
        self.done.pages["messages that waited"] += len(batch - self.sent())
        rights()
        began = time.monotonic()
        self.until(lambda: self.sent() >= batch)
        self.longest = max(self.longest, time.monotonic() - began)
        self.until(lambda: not self.doubted()[0])

    def of(self, refs: list[str]) -> set[str]:
        """The invitations of these trajectories."""
        mine = sa.select(Invitation.id).join(Trajectory, Trajectory.id == Invitation.trajectory_id)
        with self.world.session() as session:
            return set(session.scalars(mine.where(Trajectory.ref_hash.in_(refs))))

    def firsts(self) -> list[dict[str, object]]:
        """Every first message."""
        return [row for row in self.world.rows(Sending) if row["step"] == "first"]

    def sent(self) -> set[object]:
        """The invitations that were written to."""
        return {row["invitation_id"] for row in self.firsts() if row["outcome"] == "delivered"}

    def doubted(self) -> tuple[bool, object]:
        """Whether the worker doubts its clock, and when it last said so."""
        rows = [row for row in self.world.rows(TaskRun) if row["task"] == "heartbeat"]
        return (rows[0]["fault"] == JUMPED, rows[0]["succeeded_at"]) if rows else (False, None)

    def until_doubted(self) -> None:
        """Wait until it said so twice: in between it did once whatever it does by such a clock."""
        said: set[object] = set()

        def twice() -> bool:
            doubts, at = self.doubted()
            said.update({at} if doubts else ())
            return len(said) > 1

        self.until(twice)

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait for something that comes by itself."""
        deadline = time.monotonic() + self.patience
        while not reached():
            assert time.monotonic() < deadline, f"nothing goes on: {self.done}"
            time.sleep(0.05)

    def early(self) -> int:
        """What was done before its day; none of it can be taken back, so this looks once, at the end."""
        soon, links, addresses = (self.of(self.others(kind)) for kind in range(3))
        invitations = {row["id"]: row for row in self.world.rows(Invitation)}
        sealed = {row["id"]: row["email_sealed"] for row in self.world.rows(Trajectory)}
        found = len(soon & self.sent()) + sum(invitations[one]["closed"] for one in links)
        return found + sum(not sealed[invitations[one]["trajectory_id"]] for one in addresses)

    def count(self) -> None:
        """Hold what left, and what is there, against what should."""
        taken, rows = self.post.keys(), self.firsts()
        due = self.of(self.due) | self.of(self.others(2))
        delivered = [row for row in rows if row["invitation_id"] in due and row["outcome"] == "delivered"]
        early = self.early()
        self.done.requests = self.post.begun
        self.done.told = len(due) + 3 * _OTHERS
        self.done.stored = len(delivered) + 3 * _OTHERS - early
        self.done.lost = early + len(due) - sum(bool(taken[str(row["key"])]) for row in delivered)
        self.done.doubled = sum(number - 1 for number in taken.values())
        states = Counter(str(row["state"]) for row in rows)
        self.done.by_half = states["claimed"] + states["given_up"] + states["failed"]
        self.done.pages["seconds until all had left, at most"] = math.ceil(self.longest)


@contextmanager
def _office(world: World, rounds: int, done: Tally, patience: float = _PATIENCE) -> Iterator[_Office]:
    post = SlowPost()
    with mail_service(post) as port:
        url = f"smtp://127.0.0.1:{port}?from=feedback@voorbeeld.example&tls=none"
        world.settings = world.settings.but(smtp_url=url)
        office = _Office(world, post, rounds, done, patience)
        office.prepare()
        yield office

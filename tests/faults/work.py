"""The worker dies in the middle of what it does: taking in a file, compiling a report, closing a wave.

Or the database dies under it. A colleague then begins what failed again, and in the end everything is there once.
"""

import io
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import sqlalchemy as sa

from feedback_app.analysis.models import PublishedStatistic, Release
from feedback_app.database import db
from feedback_app.invitations.after_file import invite_in_pieces
from feedback_app.invitations.models import Invitation, Wave
from feedback_app.jobs import Job, begin_again, enqueue
from feedback_app.reports.models import Edition
from feedback_app.staff.models import Account, AuditEntry
from feedback_app.trajectories.models import ImportBatch, Trajectory
from feedback_app.trajectories.uploads import keep_upload
from tests.exports import export
from tests.faults.count import Tally
from tests.faults.place import Place
from tests.staff import add
from tests.worker import Worker
from tests.world import WAVE, World, respond

T = TypeVar("T")

CLOSED = "2025-H2"
ROWS = 40
#: each so many rounds a report instead of a file
_REPORT_EACH = 20
_ANSWERS = 12
#: seconds after which a job does not end any more
_PATIENCE = 120
_ENDED = ("done", "failed")


@dataclass
class Office:
    """What colleagues ask of the worker in one installation, and how long it takes when nothing breaks."""

    world: World
    account_id: str
    begun: int = 0
    files: list[str] = field(default_factory=list)

    def queue(self, name: str, **arguments: object) -> str:
        """Ask for something; gives the job."""

        def ask() -> str:
            with self.world.session() as session:
                return enqueue(session, name, arguments, self.account_id).id

        return patiently(ask)

    def file(self) -> str:
        """A file with new people in it, waiting to be taken in."""
        self.begun += 1
        rows = [{"Dossiernummer": f"R{self.begun}-{row}"} for row in range(ROWS)]
        with self.world.session() as session:
            kept = keep_upload(
                session,
                self.world.settings,
                session.get_one(Account, self.account_id),
                io.BytesIO(export(*rows)),
                "voorbeeld.csv",
                agency=None,
                layout="",
            )
            return kept.id

    def ask(self, number: int) -> str:
        """Ask for a file to be taken in, or for a report."""
        if number % _REPORT_EACH == _REPORT_EACH - 1:
            return self.queue("compile_report", **_REPORT)
        self.files.append(patiently(self.file))
        return self.queue("confirm_import", upload_id=self.files[-1], account_id=self.account_id)

    def state(self, job_id: str) -> str:
        """The job's state."""

        def look() -> str:
            with self.world.session() as session:
                return session.scalars(sa.select(Job.state).where(Job.id == job_id)).one()

        return patiently(look)

    def until(self, job_id: str, *states: str) -> str:
        """Wait until the job is in one of these states, and say in which."""
        deadline = time.monotonic() + _PATIENCE
        while (state := self.state(job_id)) not in states:
            assert time.monotonic() < deadline, f"a job stays {state}"
            time.sleep(0.005)
        return state

    def finish(self, job_id: str) -> None:
        """As a colleague does: wait for the end, and where it failed begin again, unless it is there already."""

        def again() -> bool:
            with self.world.session() as session:
                job = session.get_one(Job, job_id)
                came_in = session.get(ImportBatch, str(job.arguments.get("upload_id", "")))
                return not came_in and begin_again(session, job)

        while self.until(job_id, *_ENDED) == "failed" and patiently(again):
            pass

    def halves(self) -> int:
        """How many files are there by half, now: fewer rows than they have, or not counted with them."""
        counted = sa.select(Trajectory.batch_id, sa.func.count()).group_by(Trajectory.batch_id)
        said = sa.select(ImportBatch.id, ImportBatch.trajectories)

        def look() -> tuple[dict[str, int], dict[str | None, int]]:
            with self.world.session() as session:
                # in one transaction, so of one moment
                if not self.world.settings.embedded:
                    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                return dict(session.execute(said).all()), dict(session.execute(counted).all())

        batches, counts = patiently(look)
        return sum(
            (batches.get(one), counts.get(one)) not in ((ROWS, ROWS), (None, None)) for one in self.files
        )


def patiently(ask: Callable[[], T]) -> T:
    """Ask again while the database is away."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return ask()
        except sa.exc.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


_REPORT = {"wave_key": CLOSED, "region_key": None, "locale": "nl", "final": False, "account_id": None}


def worker_killed(place: Place, kind: str, rounds: int) -> Tally:
    """The worker is killed at a random moment of a job, and started again."""
    with place.world(kind) as world, Worker(world.settings) as worker:

        def kill() -> None:
            worker.kill()
            worker.start()

        return _rounds(place, world, f"worker killed, {kind}", rounds, kill)


def database_killed(place: Place, rounds: int) -> Tally:
    """The database dies under the worker, which goes on by itself when it is back."""
    cluster = place.databases.cluster

    def kill() -> None:
        if place.rng.random() < 0.5 and (backends := cluster.backends()):
            os.kill(place.rng.choice(backends), signal.SIGKILL)
        else:
            cluster.kill()
            cluster.start()

    with place.world("postgresql") as world, Worker(world.settings):
        return _rounds(place, world, "database killed under the worker", rounds, kill)


def _rounds(place: Place, world: World, fault: str, rounds: int, kill: Callable[[], None]) -> Tally:
    office = Office(world, add(world.app, "agentschap"))
    world.open((), wave=CLOSED)
    world.shut(CLOSED)
    world.open(())
    done = Tally(fault, rounds)
    seconds = {number: _seconds(office, number) for number in (0, _REPORT_EACH - 1)}
    for number in range(rounds):
        job = office.ask(number)
        office.until(job, "running", *_ENDED)
        report = number % _REPORT_EACH == _REPORT_EACH - 1
        time.sleep(place.rng.uniform(0, seconds[_REPORT_EACH - 1 if report else 0]))
        kill()
        done.pages[office.state(job)] += 1
        done.by_half += office.halves()
        office.finish(job)
    _count(office, done)
    world.app.extensions["jobs"].queue.storage.close()
    return done


def _seconds(office: Office, number: int) -> float:
    """How long such a job takes."""
    job = office.ask(number)
    office.until(job, "running", *_ENDED)
    began = time.monotonic()
    office.finish(job)
    return time.monotonic() - began


def _count(office: Office, done: Tally) -> None:
    """Hold what colleagues were told against what there is."""
    world = office.world
    with world.session() as session:
        invite_in_pieces(
            session, world.settings
        )  # who was taken in is invited by whoever begins to work next
    people, batches = world.rows(Trajectory), {row["id"] for row in world.rows(ImportBatch)}
    editions, asked = world.rows(Edition), world.rows(Invitation)
    noted = [(row["action"], row["subject"]) for row in world.rows(AuditEntry)]
    reports = [row for row in world.rows(Job) if row["name"] == "compile_report" and row["state"] == "done"]
    done.told += ROWS * len(office.files) + len(reports)
    done.stored += min(len(people), ROWS * len(office.files))
    done.stored += len({row["result"] for row in reports} & {row["id"] for row in editions})
    done.lost += ROWS * len(office.files) - len(people) if len(people) < ROWS * len(office.files) else 0
    done.doubled += max(0, len(people) - ROWS * len(office.files))
    done.by_half += office.halves() + abs(len(asked) - 2 * len(people))
    done.by_half += sum(noted.count(("trajectory.imported", f"import:{one}")) != 1 for one in batches)
    done.by_half += sum(not _is_whole(row, noted) for row in editions)


def _is_whole(edition: dict[str, object], noted: list[tuple[str, str]]) -> bool:
    pdf, html, annex = (edition[name] for name in ("pdf", "html", "annex"))
    assert isinstance(pdf, bytes) and isinstance(html, str) and isinstance(annex, bytes)
    ends = pdf.rstrip().endswith(b"%%EOF") and html.rstrip().endswith("</html>") and annex[:2] == b"PK"
    return ends and noted.count(("report.compiled", f"edition:{edition['id']}")) == 1


def closing_killed(place: Place, kind: str, rounds: int) -> Tally:
    """The worker is killed while it closes a wave: that is closed whole or still open, and then can be closed."""
    done = Tally(f"worker killed while a wave closes, {kind}", rounds)
    with place.world(kind, _ANSWERS) as open_wave:
        for link in open_wave.links():
            assert "Bedankt!" in respond(open_wave.client, link.token, {"experience": "4"}).text
        seconds = 0.0
        for number in range(rounds + 1):
            with place.copy(open_wave) as world, Worker(world.settings) as worker:
                office = Office(world, add(world.app, "beheerder"))
                job = office.queue("close_wave", wave_key=WAVE)
                office.until(job, "running", *_ENDED)
                began = time.monotonic()
                if number:  # the first is for the time it takes
                    time.sleep(place.rng.uniform(0, seconds))
                    worker.kill()
                    done.pages[_closed(world, done)] += 1
                    worker.start()
                if office.until(job, *_ENDED) == "failed" and _state(world) != "closed":
                    with world.session() as session:
                        begin_again(session, session.get_one(Job, job))
                    assert office.until(job, *_ENDED) == "done"
                seconds = seconds or time.monotonic() - began
                assert _closed(world, done) == "closed"
                _count_closed(world, done)
                world.app.extensions["jobs"].queue.storage.close()
    done.rounds = rounds
    return done


def _state(world: World) -> str:
    with world.session() as session:
        return session.get_one(Wave, WAVE, populate_existing=True).state


def _closed(world: World, done: Tally) -> str:
    """The wave's state; everything that closing makes must be there, or nothing of it."""
    state = _state(world)
    with world.session() as session:
        made = [
            session.scalar(sa.select(sa.func.count()).select_from(one)) or 0
            for one in (PublishedStatistic, Release)
        ]
        noted = sa.select(sa.func.count()).where(AuditEntry.action == "wave.closed")
        made.append(session.scalar(noted) or 0)
        session.rollback()
    done.by_half += any(bool(one) != (state == "closed") for one in made) or made[-1] > 1
    return state


def _count_closed(world: World, done: Tally) -> None:
    with world.session() as session:
        stored = session.scalar(sa.text("SELECT count(*) FROM responses")) or 0
        db.session.rollback()
    done.told += _ANSWERS
    done.stored += min(_ANSWERS, stored)
    done.lost += max(0, _ANSWERS - stored)
    done.doubled += max(0, stored - _ANSWERS)

"""Work that takes longer than a page may: put in a queue here, done by the worker.

A web process only knows a job's name. The worker looks the name up in `HANDLERS` and imports the
module then, so that a web process never loads scipy or WeasyPrint. Progress goes to the queue's own
store, not to the job's row: a job may hold the database's write lock while it reports.
"""

import fcntl
import importlib
import logging
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Flask, current_app
from flask_babel import force_locale
from sqlalchemy.orm import Mapped, Session, mapped_column

from feedback_app.clock import APART
from feedback_app.database import Base, UtcDateTime, db, lines_to, now, one_of, random_id
from feedback_app.languages import SOURCE
from feedback_app.languages import language as known
from feedback_app.settings import Settings

if TYPE_CHECKING:
    from huey.api import Huey

#: job name → "module:function"; the function takes (progress, **arguments) and returns a result key
HANDLERS = {
    "compile_report": "feedback_app.reports.compile:compile_job",
    "print_cards": "feedback_app.invitations.print_cards:print_job",
    "print_poster": "feedback_app.invitations.print_poster:print_job",
    "print_told_poster": "feedback_app.reports.print_told_poster:print_job",
    "tell_partners": "feedback_app.reports.told_mails:tell_job",
    "close_wave": "feedback_app.analysis.close:close_job",
    "find_patterns": "feedback_app.analysis.find_patterns:find_job",
    "make_booklet": "feedback_app.exchange.booklet:make_job",
    "translate_remark": "feedback_app.remarks.translate:translate_job",
    "preview_import": "feedback_app.trajectories.previewing:preview_job",
    "confirm_import": "feedback_app.trajectories.previewing:confirm_job",
}

STATES = ("queued", "running", "done", "failed")
#: how long it is known who asked for what
KEPT = timedelta(days=90)

#: called by a job with (steps done, steps in all, what is happening, in the language of who waits)
Progress = Callable[[int, int, str], None]

#: a job that waits for longer, and stands in no queue, never reached it or was lost on its way out
LOST_AFTER = timedelta(minutes=5)

#: a job that waits for a moment is looked at this often, so that no clock that went back keeps it waiting
LOOKED_AT = timedelta(minutes=10)

#: seconds between two looks whether it is our turn, or whether the database is back
_TURN = 0.5

log = logging.getLogger(__name__)


class JobRefused(Exception):
    """The job cannot be done; the message, in the language of who asked, tells why and what to do."""


class JobWaits(Exception):
    """The job goes on by itself from a moment on; the message says when and why, as that of JobRefused."""

    def __init__(self, until: datetime, message: str) -> None:
        super().__init__(message)
        self.until = until


class Job(Base):
    """One piece of queued work, with how it ended."""

    __tablename__ = "jobs"
    __table_args__ = (one_of("state", STATES, "state"),)

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True, default=random_id)
    name: Mapped[str] = mapped_column(sa.String(40))
    arguments: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    state: Mapped[str] = mapped_column(sa.String(8), default="queued")
    message: Mapped[str] = mapped_column(sa.Text, default="")
    result: Mapped[str] = mapped_column(sa.String(64), default="")
    queued_at: Mapped[Any] = mapped_column(UtcDateTime, default=now)
    account_id: Mapped[str | None] = mapped_column(sa.String(32))


@dataclass(frozen=True)
class Step:
    """How far a running job is."""

    done: int
    total: int
    message: str


class Jobs:
    """The application's queue; made when first used, because it opens the database."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.app, self.settings = app, settings

    @cached_property
    def queue(self) -> "Huey":
        """The huey queue: a SQLite file beside a SQLite database, else tables in PostgreSQL."""
        # here, not above: it looks for every database driver there is, and most web processes queue nothing
        from huey.api import PostgresHuey, SqliteHuey

        if self.settings.embedded:
            self.settings.instance_dir.mkdir(parents=True, exist_ok=True)
            return SqliteHuey("feedback", filename=str(self.settings.instance_dir / "jobs.sqlite3"))
        url = sa.make_url(self.settings.database_url).set(drivername="postgresql")
        address, lines = url.render_as_string(hide_password=False), lines_to(url)
        with self.app.app_context(), in_turn(db.engine, self.settings, "queue"):  # its tables are made once
            return PostgresHuey("feedback", dsn=address, **lines)

    @cached_property
    def run(self) -> Callable[[str, str], object]:
        """The one task that runs any job in a language; calling it queues the job."""

        def run(job_id: str, language: str = SOURCE) -> None:
            with self.app.app_context(), force_locale(known(language).formats):
                self.app.extensions["follow_texts"]()
                until = self.run_now(job_id)
            if until is not None:
                seconds = max(1.0, min(until - now(), LOOKED_AT).total_seconds())
                waiting: Any = self.run
                waiting.schedule(args=(job_id, language), delay=seconds)

        task: Callable[[str, str], object] = self.queue.task(name="run_job")(run)
        return task

    def hand_over(self, job_id: str, language: str = SOURCE) -> None:
        """Put a job in the queue; OperationalError when the database is away.

        The queue finds out by an error that the database closed its connection, and then takes a new one.
        """
        error_of_driver = db.engine.dialect.loaded_dbapi.Error
        try:
            self.run(job_id, language)
        except error_of_driver:
            try:
                self.run(job_id, language)
            except error_of_driver as error:
                raise sa.exc.OperationalError(None, None, error) from error

    def prepared_queue(self) -> "Huey":
        """The queue with its task registered, as the worker needs it."""
        _registered = self.run  # a cached property: looking registers it
        return self.queue

    def run_now(self, job_id: str) -> datetime | None:
        """Do one job in this process, keeping its row up to date; gives the moment it waits for, if any.

        Nothing where another worker is at it.
        """
        with self._at_it(job_id) as mine:
            return self._run(job_id) if mine else None

    def _run(self, job_id: str) -> datetime | None:
        job = db.session.get(Job, job_id, populate_existing=True)
        if job is None or job.state in ("done", "failed"):
            return None
        name, arguments = job.name, dict(job.arguments)
        _set_state(job_id, "running")
        try:
            result = handler(name)(lambda *step: self.queue.put(job_id, step), **arguments)
        except JobWaits as waits:
            _note_end(job_id, "queued", message=str(waits))
            return waits.until
        except JobRefused as refusal:
            _note_end(job_id, "failed", message=str(refusal))
        except Exception:
            log.exception("job %s (%s) failed", job_id, name)
            _note_end(job_id, "failed")
        else:
            _note_end(job_id, "done", result=result)
        finally:
            self._forget_steps(job_id)
        return None

    def _forget_steps(self, job_id: str) -> None:
        try:
            self.queue.delete(job_id)
        except db.engine.dialect.loaded_dbapi.Error:
            log.warning("the steps of job %s are still there: nobody looks at them any more", job_id)

    def lost(self) -> set[str]:
        """What was begun and no worker will finish."""
        begun = db.session.scalars(sa.select(Job.id).where(Job.state == "running")).all()
        return {one for one in set(begun) - self._waiting() if not self._somebody_is_at(one)}

    def give_up_lost(self, among: Iterable[str]) -> None:
        """Call these failed, so that staff can start them again: such work did all or nothing."""
        for job_id in among:
            log.warning("job %s was interrupted", job_id)
            begun = sa.update(Job).where(Job.id == job_id, Job.state == "running")
            db.session.execute(begun.values(state="failed"))
            db.session.commit()
            self.queue.delete(job_id)

    @contextmanager
    def _at_it(self, job_id: str) -> Iterator[bool]:
        """Held by who does a job, also beside SQLite: nothing keeps people from starting two workers."""
        name = f"job:{job_id}"
        with alone(db.engine, self.settings, name) as mine:
            try:
                yield mine
            finally:
                if mine and self.settings.embedded:  # a job is done once, so nobody needs its file any more
                    _lock_file(self.settings, name).unlink(missing_ok=True)

    def _somebody_is_at(self, job_id: str) -> bool:
        with self._at_it(job_id) as mine:
            return not mine

    def take_up_lost(self, moment: datetime) -> None:
        """Put in the queue what waits by its row and stands in none: the database was away just then.

        And what stands there for a moment so far away that a clock must have gone back since.
        """
        etas = [task.eta for task in self.queue.scheduled()]
        if any(eta.replace(tzinfo=UTC) > moment + LOOKED_AT + APART for eta in etas):
            for task in self.queue.read_schedule(max(etas)):  # which takes them out
                task.eta = None
                self.queue.enqueue(task)
        late = (Job.queued_at < moment - LOST_AFTER) | (Job.queued_at > moment + APART)
        old = sa.select(Job.id).where(Job.state == "queued", late)
        for job_id in set(db.session.scalars(old)) - self._waiting():
            log.warning("job %s had not reached the queue", job_id)
            self.hand_over(job_id)
        db.session.rollback()

    def _waiting(self) -> set[str]:
        later = (*self.queue.pending(), *self.queue.scheduled())
        return {task.args[0] for task in later if task.args}

    def step(self, job_id: str) -> Step | None:
        """How far a job is, if it has said so."""
        found = self.queue.get(job_id, peek=True)
        return Step(*found) if found else None


def init_jobs(app: Flask, settings: Settings) -> None:
    """Give the application its queue."""
    app.extensions["jobs"] = Jobs(app, settings)


def jobs() -> Jobs:
    """The current application's queue."""
    found: Jobs = current_app.extensions["jobs"]
    return found


def enqueue(
    session: Session, name: str, arguments: Mapping[str, Any], account_id: str | None, language: str = SOURCE
) -> Job:
    """Store the job, commit, and hand it to the queue; the worker does the rest, in that language."""
    if name not in HANDLERS:
        raise KeyError(name)
    job = Job(name=name, arguments=dict(arguments), account_id=account_id)
    session.add(job)
    session.commit()
    jobs().hand_over(job.id, language)
    return job


def begin_again(session: Session, job: Job, language: str = SOURCE) -> bool:
    """Put a failed job back in the queue as it was asked, and commit.

    False, and nothing of this transaction is kept, when somebody else just did: what it notes did not happen.
    """
    failed = sa.update(Job).where(Job.id == job.id, Job.state == "failed").returning(Job.id)
    again = session.execute(failed.values(state="queued", message="", queued_at=now())).all()
    if not again:
        session.rollback()
        return False
    session.commit()
    jobs().hand_over(job.id, language)
    return True


def forget_ended(session: Session, moment: datetime) -> int:
    """Erase jobs that ended and were asked for over 90 days ago: who asked for what is no news any more.

    Gives how many; does not commit.
    """
    old = sa.delete(Job).where(Job.state.in_(("done", "failed")), Job.queued_at < moment - KEPT)
    return len(session.execute(old.returning(Job.id)).all())


def handler(name: str) -> Callable[..., str]:
    """The function behind a job's name, imported when it is first needed."""
    module, _, function = HANDLERS[name].partition(":")
    found: Callable[..., str] = getattr(importlib.import_module(module), function)
    return found


@contextmanager
def alone(engine: sa.Engine, settings: Settings, name: str) -> Iterator[bool]:
    """Whether nobody else does what bears this name, in any process or on any machine; held until the end.

    A file's lock beside SQLite, an advisory lock in PostgreSQL: both end with the process that holds them,
    however it dies.
    """
    if settings.embedded:
        settings.instance_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _lock_file(settings, name).open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        return
    number = zlib.crc32(name.encode())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        mine = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(number))))
        try:
            yield mine
        finally:
            if mine:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))


def _lock_file(settings: Settings, name: str) -> Path:
    return settings.instance_dir / f"{name}.lock"


@contextmanager
def in_turn(engine: sa.Engine, settings: Settings, name: str) -> Iterator[None]:
    """The same for what must be done in the end: waits until nobody else is at it."""
    while True:
        with alone(engine, settings, name) as mine:
            if mine:
                yield
                return
        time.sleep(_TURN)


def _set_state(job_id: str, state: str, *, message: str = "", result: str = "") -> None:
    db.session.rollback()
    values = {"state": state, "message": message, "result": result}
    db.session.execute(sa.update(Job).where(Job.id == job_id).values(**values))
    db.session.commit()


def _note_end(job_id: str, state: str, *, message: str = "", result: str = "") -> None:
    """Note how a job ended, however long the database is away: else it would seem to run for ever."""
    while True:
        try:
            _set_state(job_id, state, message=message, result=result)
            return
        except sa.exc.OperationalError as error:
            log.warning("how job %s ended cannot be noted yet: %s", job_id, type(error.orig).__name__)
            time.sleep(_TURN)

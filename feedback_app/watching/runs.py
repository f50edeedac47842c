"""The worker's periodic tasks: which there are, how often, and noting each time how it went."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from feedback_app.clock import APART
from feedback_app.database import db, insert_into, now
from feedback_app.jobs import alone
from feedback_app.settings import Settings
from feedback_app.watching.clock import JUMPED, believed
from feedback_app.watching.models import TaskRun

log = logging.getLogger(__name__)

#: a long report or a closing wave keeps the one thread of the worker busy, which is no fault
PATIENCE = timedelta(hours=1)


@dataclass(frozen=True)
class Task:
    """A periodic task for people: what it does, how often, and after how long without success it is late."""

    title: Any
    often: Any
    late: timedelta


_MINUTES = _l("om de paar minuten")
_DAILY = _l("elke nacht")
TASKS = {
    "heartbeat": Task(_l("Teken van leven"), _l("elke minuut"), PATIENCE),
    "timetable": Task(_l("Berichten versturen"), _MINUTES, PATIENCE),
    "contact-requests": Task(_l("Vragen tussen collega’s versturen"), _MINUTES, PATIENCE),
    "edition-notices": Task(_l("Nieuwe verslagen aankondigen"), _MINUTES, PATIENCE),
    "webhooks": Task(_l("Webhooks versturen"), _l("elke minuut"), PATIENCE),
    "webhook-letters": Task(_l("Melden dat een webhook stopte"), _MINUTES, PATIENCE),
    "themes": Task(_l("Thema’s bij opmerkingen voorstellen"), _MINUTES, PATIENCE),
    "bounces": Task(_l("Teruggekomen e-mail lezen"), _l("elk kwartier"), PATIENCE),
    "digests": Task(_l("Overzichten versturen"), _l("elk kwartier, overdag"), timedelta(hours=14)),
    "reminders": Task(_l("Collega’s herinneren"), _l("elk uur"), timedelta(hours=3)),
    "response-counts": Task(_l("Antwoorden in stappen tellen"), _l("elk uur"), timedelta(hours=3)),
    "retention": Task(_l("Vernietigen wat niet langer bewaard mag worden"), _DAILY, timedelta(hours=30)),
    "drafts": Task(_l("Ontwerpen van verslagen klaarzetten"), _DAILY, timedelta(hours=30)),
}
#: what a clock that is set may leap over
NIGHTLY = tuple(name for name, task in TASKS.items() if task.often is _DAILY)
#: what is done however the clock stands
SIGN_OF_LIFE = "heartbeat"


@dataclass(frozen=True)
class Run:
    """A task and how it went; `state` is `good`, `late`, `failed` or `never`."""

    name: str
    task: Task
    succeeded_at: datetime | None
    failed_at: datetime | None
    fault: str
    state: str


def once(app: Flask, name: str, when: Callable[[datetime], bool]) -> Callable[[datetime], bool]:
    """When a task is due, for one worker of all: who takes on a moment of its plan puts it in the queue."""

    def due(moment: datetime) -> bool:
        planned = moment.replace(second=0, microsecond=0, tzinfo=UTC)
        return when(moment) and _may(app, name) and _take_on(app, name, planned)

    return due


def _may(app: Flask, name: str) -> bool:
    """Whether a task may be done by what the clock says."""
    with app.app_context():
        return name == SIGN_OF_LIFE or believed(app)


def _take_on(app: Flask, name: str, moment: datetime) -> bool:
    """Whether nobody took this moment on; a later one stands in the way only if clocks can explain it."""
    free = sa.or_(TaskRun.due_at.is_(None), TaskRun.due_at < moment, TaskRun.due_at > moment + APART)
    with app.app_context():
        mine = insert_into(db.session, TaskRun).values(task=name, due_at=moment, began_at=moment, fault="")
        taken = mine.on_conflict_do_update(
            index_elements=["task"], set_={"due_at": moment}, where=free
        ).returning(TaskRun.task)
        try:
            found = db.session.execute(taken).all()
            db.session.commit()
        except sa.exc.SQLAlchemyError as error:
            db.session.rollback()
            log.warning("%s cannot be planned: %s", name, type(error).__name__)
            return False
    return bool(found)


def noted(app: Flask, name: str, work: Callable[[], None]) -> Callable[[], None]:
    """The work of a periodic task, with a note of how it went; KeyError when it is none of ours.

    It is left alone while another worker is at it, or the clock cannot be believed: it will be due again.
    """
    if name not in TASKS:
        raise KeyError(name)

    def run() -> None:
        settings: Settings = app.extensions["settings"]
        with app.app_context(), alone(db.engine, settings, f"task:{name}") as mine:
            if mine and _may(app, name):
                _do(app, name, work)

    return run


def _do(app: Flask, name: str, work: Callable[[], None]) -> None:
    with app.app_context():
        _note(name, began_at=now())
    try:
        work()
    except Exception as error:
        with app.app_context():
            _note(name, failed_at=now(), fault=type(error).__name__[:80])
        raise
    with app.app_context():
        doubts = name == SIGN_OF_LIFE and not believed(app)
        _note(name, succeeded_at=now(), fault=JUMPED if doubts else "")


def expect_tasks(session: Session, moment: datetime) -> None:
    """Note since when a worker plans each task, so that one that is never done is late too; commits.

    A machine that is off each night would else never be told that nothing is destroyed.
    """
    since = moment.replace(second=0, microsecond=0)  # no later than a moment of its plan that is taken on now
    rows = [{"task": name, "began_at": since, "fault": ""} for name in TASKS]
    session.execute(insert_into(session, TaskRun).values(rows).on_conflict_do_nothing())
    session.commit()


def broken_off(session: Session, settings: Settings) -> list[str]:
    """Tasks that a worker began and did not end, and nobody is at: its machine went, or it was killed."""
    begun = session.scalars(_begun()).all()
    return [name for name in begun if name in TASKS and _is_left(session, settings, name)]


def _begun() -> sa.Select[str]:
    return sa.select(TaskRun.task).where(
        TaskRun.began_at > TaskRun.due_at,  # what waits in the queue was not begun
        sa.or_(TaskRun.succeeded_at.is_(None), TaskRun.succeeded_at < TaskRun.began_at),
        sa.or_(TaskRun.failed_at.is_(None), TaskRun.failed_at < TaskRun.began_at),
    )


def _is_left(session: Session, settings: Settings, name: str) -> bool:
    """Whether nobody is at it, and nobody ended it since it was looked up."""
    with alone(session.get_bind().engine, settings, f"task:{name}") as mine:
        return mine and session.scalar(_begun().where(TaskRun.task == name)) is not None


def list_runs(session: Session, moment: datetime) -> list[Run]:
    """Every task of the worker with its last runs, in the order above."""
    known = {one.task: one for one in session.scalars(sa.select(TaskRun))}
    return [_run(name, task, known.get(name), moment) for name, task in TASKS.items()]


def _run(name: str, task: Task, row: TaskRun | None, moment: datetime) -> Run:
    if row is None:
        return Run(name, task, None, None, "", "never")
    at = row.succeeded_at or row.began_at
    state = "good" if moment - task.late <= at <= moment + APART else "late"  # what is to come tells nothing
    if state == "good" and not row.succeeded_at:
        state = "never"
    if row.fault:
        state = "failed"
    return Run(name, task, row.succeeded_at, row.failed_at, row.fault, state)


def _note(name: str, **values: Any) -> None:
    """Keep what is known now; a note that cannot be made stops no work."""
    try:
        made = insert_into(db.session, TaskRun).values(
            task=name, **{"began_at": now(), "fault": "", **values}
        )
        db.session.execute(made.on_conflict_do_update(index_elements=["task"], set_=values))
        db.session.commit()
    except sa.exc.SQLAlchemyError as error:
        db.session.rollback()
        log.warning("the run of %s cannot be noted: %s", name, type(error).__name__)

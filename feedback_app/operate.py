"""Commands for who keeps the service running: database, server, worker."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask import Flask, current_app
from huey.api import Huey, crontab
from huey.consumer import Consumer
from sqlalchemy.orm import Session

from feedback_app import schema
from feedback_app.analysis.policy import Policy
from feedback_app.api.deliver import deliver
from feedback_app.api.hook_letters import tell_owners
from feedback_app.command import Refused, in_app
from feedback_app.database import db, now, today
from feedback_app.exchange.contact import send_requests
from feedback_app.exchange.digest import send_digests
from feedback_app.invitations.after_file import invite_in_pieces
from feedback_app.invitations.bounces import MailboxClosed, note_bounces
from feedback_app.invitations.models import Wave
from feedback_app.invitations.sending import send_due
from feedback_app.jobs import alone, in_turn, jobs
from feedback_app.journal import keep_journal
from feedback_app.questionnaires.audio import audio_faults
from feedback_app.questionnaires.catalogues import CatalogueUnreadable
from feedback_app.questionnaires.changing import changes
from feedback_app.questionnaires.loading import (
    Fault,
    SurveysRefused,
    check_surveys,
    load_survey,
    load_surveys,
    read_yaml,
    validated,
)
from feedback_app.questionnaires.plain_language import check_plain_language
from feedback_app.questionnaires.regional import check_regional
from feedback_app.questionnaires.versions import Version, dutch_texts, load_version
from feedback_app.remarks.embed import suggest_waiting
from feedback_app.remarks.words import check_words
from feedback_app.remarks.worry_letters import announce
from feedback_app.reports.release import send_notices
from feedback_app.reports.scheduled import plan_drafts
from feedback_app.retaining import STILL_THERE, retain
from feedback_app.settings import Settings, is_installed
from feedback_app.shipped import default_surveys_dir, default_translations_dir
from feedback_app.signals.reminders import remind
from feedback_app.trajectories.mapping import FOLDER, load_mapping, load_vocabulary
from feedback_app.watching.clock import came_back, handed_on, init_clock
from feedback_app.watching.runs import NIGHTLY, broken_off, expect_tasks, noted, once
from feedback_app.watching.state import count_answers
from feedback_app.web.pages import current_settings

log = logging.getLogger(__name__)

#: by name: only the command line and this module see the factory
_SERVER = "feedback_app.server"


@click.group()
def surveys() -> None:
    """Questionnaires, themes and code lists under surveys/."""


@surveys.command("check")
@click.argument("directory", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@click.option("--strict", is_flag=True, help="Let warnings fail the check too.")
def check_files(directory: Path | None, strict: bool) -> None:
    """Check every file under surveys/, name each fault with its remedy, warn of Dutch hard to read.

    In an installation it also tells what these files ask otherwise than open waves do, which keep what they
    froze. Example: feedback-app surveys check surveys
    """
    folder = directory or default_surveys_dir()
    faults = [*every_fault(folder), *_recording_faults(folder)]
    for fault in faults:
        click.echo(str(fault), err=not fault.warning)
    errors = [fault for fault in faults if not fault.warning]
    if errors:
        raise Refused(f"{len(errors)} fault(s); nothing was changed.")
    if strict and faults:
        raise Refused(f"{len(faults)} warning(s): make the text plainer, or `waive` the rule beside it.")
    click.echo(f"surveys: no faults, {len(faults)} warning(s)")
    if is_installed():
        _compare_with_open_waves(folder)


@in_app
def _compare_with_open_waves(folder: Path) -> None:
    settings = current_settings().but(surveys_dir=folder)
    waves = db.session.scalars(sa.select(Wave).where(Wave.state == "open").order_by(Wave.key)).all()
    for wave in waves:
        click.echo(f"wave {wave.key} is open and goes on asking what it froze; a new wave would differ:")
        lines = [f"  {key}: {line}" for key in wave.surveys for line in _otherwise(settings, wave, key)]
        click.echo("\n".join(lines or ["  in nothing"]))


def _otherwise(settings: Settings, wave: Wave, survey_key: str) -> Iterator[str]:
    survey = load_survey(settings.surveys_dir, survey_key)
    files = Version("", survey, dutch_texts(settings, survey), {})
    return changes(load_version(db.session, wave.fingerprint(survey_key)), files)


def every_fault(surveys_dir: Path) -> Iterator[Fault]:
    """What is wrong under `surveys/`, in the files of every feature, before anything stumbles over it."""
    yield from check_surveys(surveys_dir)
    yield from check_regional(surveys_dir)
    yield from check_plain_language(surveys_dir)
    yield from check_words(surveys_dir)
    path = surveys_dir / "publication.yaml"
    try:
        policy = Policy.from_mapping(validated(dict[str, Any], read_yaml(path), path))
        yield from _unknown_items(surveys_dir, policy)
    except SurveysRefused as refused:
        yield from refused.faults
    except ValueError as error:
        problem = str(error).removeprefix("publication policy: ")
        yield Fault(path, problem.split(" ")[0], problem, "correct the value; the file explains each")
    for path in sorted((surveys_dir / FOLDER).glob("*.yaml")):
        try:
            load_vocabulary(surveys_dir, load_mapping(path))
        except SurveysRefused as refused:
            for fault in refused.faults:
                if fault.file.parent != surveys_dir:  # code lists were looked at above
                    yield replace(fault, file=path)


def _recording_faults(surveys_dir: Path) -> Iterator[Fault]:
    """Recordings that no page plays; what is wrong with the texts themselves is said elsewhere."""
    try:
        yield from audio_faults(surveys_dir, default_translations_dir(), load_surveys(surveys_dir))
    except (SurveysRefused, CatalogueUnreadable):
        return


def _unknown_items(surveys_dir: Path, policy: Policy) -> Iterator[Fault]:
    """A stricter base for an item that does not exist would protect nothing, and nobody would notice."""
    try:
        surveys = load_surveys(surveys_dir).values()
    except SurveysRefused:
        return  # their own faults come first
    asked = {item.key for survey in surveys for item in survey.items}
    for key in sorted(set(policy.minimum_base_item) - asked):
        remedy = "name an item of a questionnaire"
        yield Fault(
            surveys_dir / "publication.yaml", f"minimum_base_item.{key}", f"there is no item “{key}”", remedy
        )


@click.group("db")
def db_group() -> None:
    """The database's structure."""


@db_group.command()
@in_app
def upgrade() -> None:
    """Bring the database to this version's structure; two at once take turns.

    Example: feedback-app db upgrade
    """
    with in_turn(db.engine, current_settings(), "migration"):
        schema.upgrade()
    click.echo("database is up to date")


@db_group.command()
@in_app
def check() -> None:
    """Say whether the models and the migrated database agree.

    Example: feedback-app db check
    """
    differences = schema.differences()
    if differences:
        raise Refused("models and database differ:\n" + "\n".join(f"  {one}" for one in differences))
    click.echo("models and database agree")


#: settings of the C library's memory (mallopt(3)) for web processes
FRUGAL = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
#: options of Python for them: without docstrings and the columns of errors, which nobody reads there
LEAN = ("-OO", "-X", "no_debug_ranges")


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--threads", default=4, show_default=True, help="Threads in each process.")
@in_app
def serve(bind: str, workers: int, threads: int) -> None:
    """Serve the web pages (gunicorn; put a proxy with TLS before it).

    Example: feedback-app serve --bind 127.0.0.1:8000
    """
    require_schema()
    db.session.close()
    db.engine.dispose()
    # In the place of this process, which by now holds much that serving pages does not need. One heap for all
    # threads: Python lets one of them work at a time anyway, and each heap of its own keeps what it had.
    # What is large goes back at once instead of staying. With LEAN it is five megabytes in each process.
    command = [sys.executable, *LEAN, "-m", _SERVER, bind, str(workers), str(threads)]
    os.execve(sys.executable, command, {**FRUGAL, **os.environ})  # noqa: S606


#: how far the worker steps back, of 19: it still gets a tenth of what it would, should all be busy for hours
_NICE = 10


@click.command()
@in_app
def worker() -> None:
    """Do queued work: closing waves, compiling reports; send messages on their days.

    Example: feedback-app worker
    """
    require_schema()
    keep_journal(current_settings().log_format)
    _let_visitors_first()
    run_worker()


def _let_visitors_first() -> None:
    """Get less of a processor that pages are served by: whoever answers waits for us, a report can wait.

    Linux shares processors between sessions before it looks at what is in them: where this process has a
    session of its own, as a service has, that one steps back too. What may not be set stays as it is.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, max(_NICE, os.getpriority(os.PRIO_PROCESS, 0)))
        if os.getsid(0) == os.getpid():
            Path("/proc/self/autogroup").write_text(str(_NICE), encoding="ascii")


def run_worker() -> None:
    """Take jobs from the queue until told to stop; send what is due, and at night do what retention asks."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    queue = jobs().prepared_queue()
    init_clock(app, os.environ)
    plan_work(queue, app)
    _mend(app)
    _Consumer(queue, workers=1, worker_type="thread").run()


def plan_work(queue: Huey, app: Flask) -> None:
    """Plan everything that is done by itself."""

    def nightly() -> None:
        with app.app_context(), alone(db.engine, current_settings(), "retention") as mine:
            if mine and not retain().forgotten:
                log.error(STILL_THERE)

    def every_quarter() -> None:
        with app.app_context(), alone(db.engine, current_settings(), "bounces") as mine:
            if mine:
                _read_bounces()

    def every_hour() -> None:
        with app.app_context():
            announce(db.session, current_settings(), now())
            remind(db.session, current_settings(), now())

    def every_ten_minutes() -> None:
        with app.app_context(), alone(db.engine, current_settings(), "themes") as mine:
            if mine:
                suggest_waiting(db.session, current_settings().surveys_dir)

    plan(queue, app, "retention", crontab(hour="3", minute="17"), nightly)
    send = partial(_do, app, lambda session, settings: send_due(session, settings, now()))
    plan(queue, app, "timetable", crontab(minute="*/5"), send)
    plan(queue, app, "bounces", crontab(minute="*/15"), every_quarter)
    plan(queue, app, "reminders", crontab(minute="7"), every_hour)
    plan(queue, app, "themes", crontab(minute="*/10"), every_ten_minutes)
    _plan_watch(queue, app)
    _plan_exchange(queue, app)


def _mend(app: Flask) -> None:
    """What a worker that was killed left: jobs that it began, and invitations of a list that came in."""
    with app.app_context():  # of its own: its transaction must not stay open as long as the worker runs
        expect_tasks(db.session, now())
        jobs().give_up_lost(jobs().lost())
        invite_in_pieces(db.session, current_settings())


#: what a worker that has them loaded gets rid of only by beginning anew
_HEAVY = frozenset({"scipy.stats", "weasyprint"})


class _Consumer(Consumer):  # type: ignore[misc]
    """Begins anew, in the same process, once a job loaded statistics or made a PDF.

    Statistics keep a hundred megabytes, which closing a wave needs and compiling its reports does not; what
    draws PDFs keeps some thirty more with each report. Together that is more than the worker may take. What
    is queued stays queued.
    """

    def run(self) -> None:
        """Do queued work until told to stop."""
        self.huey.post_execute(name="lean")(self._lean_again)
        super().run()

    def _lean_again(self, _task: object, _value: object, _error: object) -> None:
        """Stop before the next job if this one left much behind; the signal is the queue's own for it."""
        if _HEAVY & sys.modules.keys():
            os.kill(os.getpid(), signal.SIGHUP)
            self.stop_flag.wait(10)

    def restart(self) -> None:
        """Begin exactly as this process was begun, with its own reckoning of time."""
        environment = {**os.environ, **handed_on(current_app)}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606


def plan(queue: Huey, app: Flask, name: str, when: Callable[..., bool], work: Callable[[], None]) -> None:
    """Do a periodic task from now on, and note each time how it went."""

    def with_texts_of_now() -> None:
        with app.app_context():
            app.extensions["follow_texts"]()
        work()

    task = queue.periodic_task(once(app, name, when), name=name)(noted(app, name, with_texts_of_now))
    app.extensions.setdefault("tasks", {})[name] = task


def _plan_watch(queue: Huey, app: Flask) -> None:
    """A sign of life, and the counts of open waves for who watches the service."""

    def counts() -> None:
        with app.app_context(), alone(db.engine, current_settings(), "response-counts") as mine:
            if mine:
                count_answers(db.session, now())

    lost: set[str] = set()

    def heartbeat() -> None:
        with app.app_context():
            jobs().take_up_lost(now())
            now_lost = jobs().lost()
            jobs().give_up_lost(lost & now_lost)  # a minute ago too: it is not merely on its way
            lost.clear()
            lost.update(now_lost)
            again = set(broken_off(db.session, current_settings()))
            for name in again:
                log.warning("%s was broken off, and is begun again", name)
            for name in again.union(NIGHTLY if came_back(app) else ()):
                app.extensions["tasks"][name]()

    plan(queue, app, "heartbeat", crontab(), heartbeat)
    plan(queue, app, "response-counts", crontab(minute="37"), counts)


def _plan_exchange(queue: Huey, app: Flask) -> None:
    """E-mail to colleagues and webhooks: questions, released reports, by day digests; at night drafts."""
    often, daytime = crontab(minute="*/5"), crontab(minute="*/15", hour="6-18")
    for name, when, work in (
        ("edition-notices", often, send_notices),
        ("drafts", crontab(hour="4", minute="23"), plan_drafts),
        ("contact-requests", often, send_requests),
        ("digests", daytime, lambda session, settings: send_digests(session, settings, today())),
        ("webhooks", crontab(minute="*"), lambda session, settings: deliver(session, settings, now())),
        ("webhook-letters", often, tell_owners),
    ):
        plan(queue, app, name, when, partial(_do, app, work))


def _do(app: Flask, work: Callable[[Session, Settings], object]) -> None:
    with app.app_context():
        work(db.session, current_settings())


def _read_bounces() -> None:
    try:
        note_bounces(db.session, current_settings())
    except MailboxClosed as closed:
        log.warning("the mailbox for bounces cannot be read: %s", closed)


def require_schema() -> None:
    """Refuse to go on with tables that are not there, or not those of this version."""
    try:
        up_to_date = schema.is_current()
    except sa.exc.OperationalError as error:
        raise Refused(f"the database cannot be reached: {error.orig}") from error
    if not up_to_date:
        raise Refused("the database is not up to date; run: feedback-app db upgrade")

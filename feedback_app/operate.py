"""Commands for who keeps the service running: database, server, worker, doctor."""

import ctypes.util
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from flask import Flask, current_app
from huey.api import Huey, crontab
from huey.consumer import Consumer

from feedback_app import schema
from feedback_app.analysis.policy import Policy
from feedback_app.command import Refused, in_app
from feedback_app.database import db, now, today
from feedback_app.exchange.contact import send_requests
from feedback_app.exchange.digest import send_digests
from feedback_app.forgetting import remembering
from feedback_app.invitations.after_file import invite_in_pieces
from feedback_app.invitations.bounces import MailboxClosed, note_bounces
from feedback_app.invitations.check_channels import mail_faults, text_message_faults
from feedback_app.invitations.messages import LONGEST_BASE
from feedback_app.invitations.sending import send_due
from feedback_app.jobs import alone, in_turn, jobs
from feedback_app.languages import find
from feedback_app.questionnaires.audio import audio_faults
from feedback_app.questionnaires.catalogues import CatalogueUnreadable
from feedback_app.questionnaires.loading import (
    Fault,
    SurveysRefused,
    check_surveys,
    load_surveys,
    read_yaml,
    validated,
)
from feedback_app.questionnaires.plain_language import check_plain_language
from feedback_app.questionnaires.readiness import EVERY_DRAFT, respondent_languages
from feedback_app.questionnaires.regional import check_regional
from feedback_app.remarks.embed import suggest_waiting
from feedback_app.remarks.words import check_words
from feedback_app.remarks.worry_letters import announce
from feedback_app.rendering.theme import theme_faults
from feedback_app.reports.release import send_notices
from feedback_app.reports.scheduled import plan_drafts
from feedback_app.retaining import STILL_THERE, retain
from feedback_app.shipped import default_surveys_dir, default_translations_dir
from feedback_app.signals.reminders import remind
from feedback_app.trajectories.mapping import FOLDER, load_mapping, load_vocabulary
from feedback_app.trajectories.rotating import left_to_seal
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

    Example: feedback-app surveys check surveys
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
_FRUGAL = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}


@click.command()
@click.option("--bind", default="127.0.0.1:8000", show_default=True, help="Address and port.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--threads", default=4, show_default=True, help="Threads in each process.")
@in_app
def serve(bind: str, workers: int, threads: int) -> None:
    """Serve the web pages (gunicorn; put a proxy with TLS before it).

    Example: feedback-app serve --bind 127.0.0.1:8000
    """
    _require_schema()
    db.session.close()
    db.engine.dispose()
    # In the place of this process, which by now holds much that serving pages does not need. One heap for all
    # threads: Python lets one of them work at a time anyway, and each heap of its own keeps what it had.
    # What is large goes back at once instead of staying in that heap. Without docstrings and the columns of
    # errors, which nobody reads there: five megabytes in each process.
    lean = ["-OO", "-X", "no_debug_ranges"]
    command = [sys.executable, *lean, "-m", _SERVER, bind, str(workers), str(threads)]
    os.execve(sys.executable, command, {**_FRUGAL, **os.environ})  # noqa: S606


@click.command()
@in_app
def worker() -> None:
    """Do queued work: closing waves, compiling reports; send messages on their days.

    Example: feedback-app worker
    """
    _require_schema()
    run_worker()


def run_worker() -> None:
    """Take jobs from the queue until told to stop; send what is due, and at night do what retention asks."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    queue = jobs().prepared_queue()
    jobs().give_up_lost()
    with app.app_context():  # of its own: its transaction must not stay open as long as the worker runs
        invite_in_pieces(db.session, current_settings())  # what an import left that was broken off

    def nightly() -> None:
        with app.app_context(), alone(db.engine, current_settings(), "retention") as mine:
            if mine and not retain().forgotten:
                log.error(STILL_THERE)

    def every_five_minutes() -> None:
        with app.app_context():
            send_due(db.session, current_settings(), now())

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

    _plan_exchange(queue, app)
    queue.periodic_task(crontab(hour="3", minute="17"), name="retention")(nightly)
    queue.periodic_task(crontab(minute="*/5"), name="timetable")(every_five_minutes)
    queue.periodic_task(crontab(minute="*/15"), name="bounces")(every_quarter)
    queue.periodic_task(crontab(minute="7"), name="reminders")(every_hour)
    queue.periodic_task(crontab(minute="*/10"), name="themes")(every_ten_minutes)
    Consumer(queue, workers=1, worker_type="thread").run()


def _plan_exchange(queue: Huey, app: Flask) -> None:
    """E-mail to colleagues: what they ask each other, released reports, by day digests; at night drafts."""

    def requests() -> None:
        with app.app_context():
            send_requests(db.session, current_settings())

    def digests() -> None:
        with app.app_context():
            send_digests(db.session, current_settings(), today())

    def notices() -> None:
        with app.app_context():
            send_notices(db.session, current_settings())

    def drafts() -> None:
        with app.app_context():
            plan_drafts(db.session, current_settings())

    queue.periodic_task(crontab(minute="*/5"), name="edition-notices")(notices)
    queue.periodic_task(crontab(hour="4", minute="23"), name="drafts")(drafts)
    queue.periodic_task(crontab(minute="*/5"), name="contact-requests")(requests)
    queue.periodic_task(crontab(minute="*/15", hour="6-18"), name="digests")(digests)


def _read_bounces() -> None:
    try:
        note_bounces(db.session, current_settings())
    except MailboxClosed as closed:
        log.warning("the mailbox for bounces cannot be read: %s", closed)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@in_app
def doctor(as_json: bool) -> None:
    """Name everything that is wrong with this installation, and what to do.

    Example: feedback-app doctor
    """
    results = {name: [*probe()] for name, probe in _PROBES.items()}
    if as_json:
        click.echo(json.dumps(results, indent=2, ensure_ascii=False))
    else:
        for name, faults in results.items():
            click.echo(f"{'✗' if faults else '✓'} {name}")
            for fault in faults:
                click.echo(f"    {fault}")
    if any(results.values()):
        raise Refused("not everything is in order")


def _require_schema() -> None:
    try:
        up_to_date = schema.is_current()
    except sa.exc.OperationalError as error:
        raise Refused(f"the database cannot be reached: {error.orig}") from error
    if not up_to_date:
        raise Refused("the database is not up to date; run: feedback-app db upgrade")


def _settings_faults() -> Iterator[str]:
    settings = current_settings()
    if not settings.secure and "127.0.0.1" not in settings.base_url and "localhost" not in settings.base_url:
        yield "FEEDBACK_BASE_URL is not https: answers would travel readable for others"
    if len(settings.base_url) > LONGEST_BASE:
        yield (
            f"FEEDBACK_BASE_URL has {len(settings.base_url)} characters: with more than {LONGEST_BASE} an SMS"
            " takes three parts in many languages"
        )
    if not settings.second_factor and not settings.example:
        yield "FEEDBACK_SECOND_FACTOR is off: a password alone opens staff pages"
    if not settings.help_addresses:
        yield "FEEDBACK_HELP_ADDRESSES is empty: who did not feel welcome gets no address (separate with |)"


def library_faults() -> Iterator[str]:
    """What the report needs of the system and does not find, with the one line to type."""
    needed = {
        "pango-1.0": "libpango-1.0-0",
        "pangoft2-1.0": "libpangoft2-1.0-0",
        "harfbuzz-subset": "libharfbuzz-subset0",
    }
    missing = [package for library, package in needed.items() if not ctypes.util.find_library(library)]
    if missing:
        yield f"reports cannot be made: sudo apt-get install {' '.join(missing)}"


def _font_faults() -> Iterator[str]:
    fonts = Path(__file__).parent / "rendering" / "fonts"
    if not list(fonts.glob("*.ttf")):
        yield f"there are no fonts in {fonts}: install the package again"


def _database_faults() -> Iterator[str]:
    try:
        db.session.execute(sa.text("SELECT 1"))
        _require_schema()
    except Refused as refused:
        yield refused.message
    except sa.exc.OperationalError as error:
        yield f"the database cannot be reached: {error.orig}"


def _contact_faults() -> Iterator[str]:
    """Contact data that needs a key of its own, and a database server that forgets."""
    settings = current_settings()
    if not settings.contact_keys:
        yield "FEEDBACK_CONTACT_KEYS is missing: make a key with: feedback-app contacts new-key"
        return
    try:
        old = left_to_seal(db.session, settings.contact_keys)
        if old:
            yield f"{old} contacts are sealed with an older key; run: feedback-app contacts rotate-key"
        yield from remembering(db.engine)
    except sa.exc.SQLAlchemyError:
        return  # the database's own faults stand there


def _survey_faults() -> Iterator[str]:
    yield from (str(fault) for fault in every_fault(current_settings().surveys_dir) if not fault.warning)


def _language_faults() -> Iterator[str]:
    settings = current_settings()
    if not list(settings.translations_dir.glob("*/LC_MESSAGES/messages.mo")):
        yield "the catalogues are not compiled; run: feedback-app translations compile"
    named = {find(tag) or tag for tag in settings.draft_languages - {EVERY_DRAFT}}
    for key in sorted(named - set(respondent_languages(settings))):
        yield f"draft language {key} is switched on but not complete: feedback-app translations status"


_PROBES: dict[str, Callable[[], Iterator[str]]] = {
    "settings": _settings_faults,
    "Pango": library_faults,
    "fonts": _font_faults,
    "house style": lambda: map(str, theme_faults(current_settings().theme_dir)),
    "database": _database_faults,
    "contact data": _contact_faults,
    "surveys": _survey_faults,
    "languages": _language_faults,
    "e-mail": lambda: mail_faults(current_settings()),
    "text messages": lambda: text_message_faults(current_settings()),
}

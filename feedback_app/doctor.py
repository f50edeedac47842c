"""`feedback-app doctor`: everything that is wrong with this installation, each with what to do or to type."""

import ctypes.util
import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import sqlalchemy as sa

from feedback_app.command import Refused, in_app
from feedback_app.database import db, now, today
from feedback_app.forgetting import remembering
from feedback_app.invitations.check_channels import mail_faults, text_message_faults
from feedback_app.invitations.messages import LONGEST_BASE
from feedback_app.languages import find
from feedback_app.operate import every_fault, require_schema
from feedback_app.papers.notice import broken
from feedback_app.papers.placeholders import missing
from feedback_app.questionnaires.readiness import EVERY_DRAFT, respondent_languages
from feedback_app.rendering.theme import theme_faults
from feedback_app.settings import CONTACT_KEYS_FILE, SETTINGS_FILE
from feedback_app.trajectories.rotating import left_to_seal
from feedback_app.unread_settings import unread_settings
from feedback_app.watching.clock import JUMPED, skew
from feedback_app.watching.models import TaskRun
from feedback_app.watching.runs import list_runs
from feedback_app.watching.state import FAR_APART, LONG_WAIT, contacts_overdue, queue, room, tight
from feedback_app.web.pages import current_settings


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
    if not settings.example and any(one.startswith("Voorbeeld") for one in settings.help_addresses):
        yield "FEEDBACK_HELP_ADDRESSES holds an example, shown to who did not feel welcome: write your own"
    yield from _unread_settings()


def _unread_settings() -> Iterator[str]:
    for name, near in unread_settings().items():
        meant = f"is {near} meant? " if near else ""
        yield f"nothing reads {name}: {meant}take it away, or see what replaced it in CHANGELOG.md"


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
        require_schema()
    except Refused as refused:
        yield refused.message
    except sa.exc.OperationalError as error:
        yield f"the database cannot be reached: {error.orig}"
    except sa.exc.DBAPIError as error:  # the file is none, or is damaged; rights are missing
        db.session.rollback()
        yield f"the database cannot be used ({error.orig}): put a backup back (docs/backup.md)"


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
    written = settings.translations_dir.glob("*/LC_MESSAGES/*.po")
    if bare := sorted({path.parent.parent.name for path in written if not path.with_suffix(".mo").is_file()}):
        yield f"catalogues are not compiled ({', '.join(bare)}); run: feedback-app translations compile"
    elif not list(settings.translations_dir.glob("*/LC_MESSAGES/messages.mo")):
        yield f"no catalogues in {settings.translations_dir}; run: feedback-app translations compile"
    named = {find(tag) or tag for tag in settings.draft_languages - {EVERY_DRAFT}}
    for key in sorted(named - set(respondent_languages(settings))):
        yield f"draft language {key} is switched on but not complete: feedback-app translations status"


def _permission_faults() -> Iterator[str]:
    """Who else on this machine could read keys and answers, and whether we can write."""
    folder = current_settings().instance_dir
    if not folder.is_dir():
        yield f"{folder} is not there: mkdir -m 700 {folder}"
        return
    if not os.access(folder, os.W_OK):
        yield f"{folder} cannot be written by this user: chown -R {_user()} {folder}"
    if folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"others can look into {folder}: chmod 700 {folder}"
    for name in ("secret_key", CONTACT_KEYS_FILE, SETTINGS_FILE):
        path = folder / name
        if path.is_file() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield f"others can read {path}: chmod 600 {path}"


def _user() -> str:
    return os.environ.get("USER") or str(os.getuid())


def _clock_faults() -> Iterator[str]:
    """A clock that was set, or that differs from the database's: days and links would be wrong."""
    moment = now()
    last = db.session.scalar(sa.select(sa.func.max(TaskRun.began_at)))
    if last and (last - moment).total_seconds() > FAR_APART:
        yield f"the clock went back: it was {last:%Y-%m-%d %H:%M} already; sudo timedatectl set-ntp true"
    ahead = skew(db.session, moment)
    if abs(ahead) > FAR_APART:
        yield f"the database's clock is {ahead:g} s ahead of ours: sudo timedatectl set-ntp true, on both"
    if db.session.scalar(sa.select(sa.literal(1)).where(TaskRun.fault == JUMPED)):
        yield (
            "the clock was set under the worker, which sends and destroys nothing meanwhile: timedatectl;"
            " where it is right now: systemctl restart feedback-worker"
        )


def _disk_faults() -> Iterator[str]:
    folder = current_settings().instance_dir
    free, size = room(current_settings())
    if tight(free, size):
        yield f"{free / 1024**3:.1f} GB is left on the disk of {folder}: df -h {folder}; du -sh {folder}/*"


def _worker_faults() -> Iterator[str]:
    """Whether somebody does what is to be done by itself."""
    moment = now()
    runs = list_runs(db.session, moment)
    beat = runs[0]
    if beat.state == "never":
        yield "the worker never ran here: feedback-app worker"
        return
    if beat.state == "late":
        since = f"{beat.succeeded_at:%Y-%m-%d %H:%M} UTC" if beat.succeeded_at else "its first day"
        yield f"the worker is silent since {since}: systemctl restart feedback-worker"
        return
    for run in runs:
        if run.state == "late":
            yield f"{run.name} was not done in time: journalctl -u feedback-worker | grep {run.name}"
        if run.state == "failed" and run.fault != JUMPED:
            yield f"{run.name} failed ({run.fault}): journalctl -u feedback-worker -p err"


def _queue_faults() -> Iterator[str]:
    found = queue(db.session, now())
    if found.failed:
        yield f"{found.failed} job(s) failed in the last week: {current_settings().base_url}/staff/dienst"
    if found.oldest_at and now() - found.oldest_at > LONG_WAIT:
        yield "a job waits for more than an hour: systemctl restart feedback-worker"
    if contacts_overdue(db.session, today()):
        yield "contact data is there that should be destroyed: feedback-app retention run"


def _paper_faults() -> Iterator[str]:
    yield from missing(current_settings())
    yield from broken(current_settings())


def _with_tables(probe: Callable[[], Iterator[str]]) -> Callable[[], Iterator[str]]:
    """A probe that asks tables: without them, the database's own faults say enough."""

    def careful() -> Iterator[str]:
        try:
            yield from probe()
        except sa.exc.SQLAlchemyError:
            db.session.rollback()

    return careful


_PROBES: dict[str, Callable[[], Iterator[str]]] = {
    "settings": _settings_faults,
    "permissions": _permission_faults,
    "disk": _disk_faults,
    "Pango": library_faults,
    "fonts": _font_faults,
    "house style": lambda: map(str, theme_faults(current_settings().theme_dir)),
    "database": _database_faults,
    "clock": _with_tables(_clock_faults),
    "contact data": _contact_faults,
    "surveys": _survey_faults,
    "languages": _language_faults,
    "e-mail": lambda: mail_faults(current_settings()),
    "text messages": lambda: text_message_faults(current_settings()),
    "worker": _with_tables(_worker_faults),
    "queue": _with_tables(_queue_faults),
    "privacy papers": _paper_faults,
}

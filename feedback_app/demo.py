"""`feedback-app demo`: an example installation made ready, served, and stopped as one thing."""

import contextlib
import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click
import sqlalchemy as sa

from feedback_app import schema
from feedback_app.analysis.statistic import FLANDERS
from feedback_app.command import Refused, in_app, progress_on_terminal
from feedback_app.database import db
from feedback_app.doctor import library_faults
from feedback_app.example.colleagues import address, example_password
from feedback_app.example.command import fill
from feedback_app.example.load import FEWEST
from feedback_app.invitations.models import Invitation, OpenLink, Wave
from feedback_app.invitations.open_links import address_of
from feedback_app.invitations.tokens import token_for
from feedback_app.jobs import JobRefused, handler
from feedback_app.languages import SOURCE
from feedback_app.questionnaires.catalogues import CatalogueUnreadable
from feedback_app.questionnaires.compiling import compile_catalogue
from feedback_app.reports.arrangements import Which
from feedback_app.reports.editions import final_edition
from feedback_app.reports.models import Edition, EditionRelease
from feedback_app.reports.release import release
from feedback_app.settings import SETTINGS_FILE, Settings
from feedback_app.shipped import default_translations_dir
from feedback_app.staff.accounts import named_account
from feedback_app.staff.models import ROLES
from feedback_app.web.marking import LOADING, WHOLE, example_state
from feedback_app.web.pages import current_settings

TRAJECTORIES, SEED = 2400, 1
LANGUAGES = ("nl", "ar", "fa_AF", "ti")
#: what the demo sets when the environment does not
DEFAULTS = {
    "FEEDBACK_EXAMPLE": "1",
    "FEEDBACK_SECOND_FACTOR": "off",
    "FEEDBACK_LOG_LEVEL": "WARNING",  # who tries it out looks at pages, not at their requests
    "FEEDBACK_DRAFT_LANGUAGES": "all",
    "FEEDBACK_LINK_DAYS": "366",  # the data is kept: its links should work for who comes back after a month
    "FEEDBACK_HELP_ADDRESSES": (
        "Voorbeeld onthaalpunt: onthaal@voorbeeld.example|Voorbeeld meldpunt: meldpunt@voorbeeld.example"
    ),
}
_STARTS_WITHIN, _STOPS_WITHIN = 60, 10
_COMMAND = (sys.executable, "-c", "from feedback_app.cli import main; main()")


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--reset", is_flag=True, help="Throw the example data away and start anew.")
@click.option(
    "--trajectories",
    default=TRAJECTORIES,
    show_default=True,
    type=click.IntRange(FEWEST, 1_000_000),
    help="How much example data, when it is made.",
)
def demo(port: int, reset: bool, trajectories: int) -> None:
    """Make an example installation ready and serve it; Ctrl-C stops all of it.

    Example data, a closed wave with its report, an open wave with links to try. A second run keeps
    the data. FEEDBACK_* in the environment are respected.

    \b
    Example:
      feedback-app demo --port 8080
    """
    _require_free(port)
    for fault in library_faults():
        raise Refused(fault)
    for name, value in {**DEFAULTS, "FEEDBACK_BASE_URL": f"http://127.0.0.1:{port}"}.items():
        os.environ.setdefault(name, value)
    try:
        for path in sorted(default_translations_dir().glob("*/LC_MESSAGES/*.po")):
            compile_catalogue(path)
    except CatalogueUnreadable as error:
        raise Refused(str(error)) from error
    _serve(port, _made_ready(reset, trajectories))


@in_app
def _made_ready(reset: bool, trajectories: int) -> list[str]:
    """What to print once it is served, after making it so that what is printed is true."""
    settings = current_settings()
    _clear_away(settings, reset)
    schema.upgrade()
    if example_state(db.session) != WHOLE:
        click.echo(f"Making example data ({trajectories} trajectories); this takes less than a minute.")
        fill(settings, trajectories, SEED)
    _keep_settings(settings)
    return [*_links(settings), "", *_staff(settings), "", *_told(settings)]


def _keep_settings(settings: Settings) -> None:
    """Let every other command see this installation as the demo serves it: its address, its drafts."""
    lines = [f"{name}={os.environ[name]}\n" for name in (*DEFAULTS, "FEEDBACK_BASE_URL")]
    kept = settings.instance_dir / SETTINGS_FILE
    kept.touch(mode=0o600)
    kept.write_text("".join(lines), encoding="utf-8")


def _clear_away(settings: Settings, reset: bool) -> None:
    """Delete what an earlier demo made, when asked to or when it is half made; never anything else."""
    tables = sa.inspect(db.engine).get_table_names()
    state = example_state(db.session) if "installation" in tables else ""
    db.session.rollback()
    if state == LOADING:
        click.echo("The last start was broken off: beginning anew.")
        _delete_files(settings)
    elif reset and tables:
        file = _database_file(settings)
        if not state:
            raise Refused(f"{file} holds no example data; --reset deletes nothing else")
        if sys.stdin.isatty():
            click.confirm(f"Delete the example data in {file}?", abort=True)
        _delete_files(settings)


def _delete_files(settings: Settings) -> None:
    db.engine.dispose()
    database, folder = _database_file(settings), settings.instance_dir
    for stem in (database, folder / "jobs.sqlite3"):
        for end in ("", "-wal", "-shm", "-turn"):
            stem.with_name(stem.name + end).unlink(missing_ok=True)
    for report in folder.glob("signaalrapport-*.pdf"):
        report.unlink()


def _database_file(settings: Settings) -> Path:
    if not settings.embedded:
        raise Refused("only a SQLite database can be thrown away here; empty yours and start again")
    return Path(sa.make_url(settings.database_url).database or "")


def _told(settings: Settings) -> list[str]:
    """Where what was said comes back: the report as a file and for everybody, and the public answer."""
    return [
        f"signal report   {_report(settings)}",
        f"  for everybody {settings.base_url}/rapporten",
        f"told back       {settings.base_url}/terugkoppeling/{SOURCE}",
    ]


def _report(settings: Settings) -> Path:
    """The report of the newest closed wave as a file; colleagues compiled and released it the first time."""
    wave_key = db.session.scalars(
        sa.select(Wave.key).where(Wave.state == "closed").order_by(Wave.starts_on.desc()).limit(1)
    ).one()
    path = settings.instance_dir / f"signaalrapport-{wave_key}.pdf"
    edition = final_edition(db.session, Which(wave_key, FLANDERS, SOURCE))
    if edition is None:
        click.echo(f"Compiling the signal report of {wave_key}.")
        _compiled(wave_key, "redacteur", final=False)
        edition = _compiled(wave_key, "vrijgever", final=True)
    if db.session.get(EditionRelease, edition.id) is None:
        release(db.session, named_account(db.session, address("vrijgever")), edition)
    if not path.exists():
        path.write_bytes(edition.pdf)
    return path


def _compiled(wave_key: str, role: str, *, final: bool) -> Edition:
    """An edition in the name of the example colleague with this role, by the job that the worker runs."""
    arguments = {
        "wave_key": wave_key,
        "region_key": None,
        "locale": SOURCE,
        "final": final,
        "account_id": named_account(db.session, address(role)).id,
    }
    try:
        made = handler("compile_report")(progress_on_terminal("report"), **arguments)
    except JobRefused as refusal:
        raise Refused(str(refusal)) from refusal
    return db.session.get_one(Edition, made)


def _links(settings: Settings) -> Iterator[str]:
    for locale in LANGUAGES:
        yield f"newcomer, {locale:6}{_link(settings, 'newcomer', locale)}"
    yield f"partner         {_link(settings, 'partner', 'nl')}"
    for link in db.session.scalars(sa.select(OpenLink).where(OpenLink.active).order_by(OpenLink.mode.desc())):
        name = "months later" if link.survey_key == "impact" else "poster" if link.mode == "open" else "kiosk"
        yield f"{name:16}{address_of(settings, link)}"


def _link(settings: Settings, audience: str, locale: str) -> str:
    """The link of an invitation to the open wave that nobody answered yet."""
    found = db.session.scalars(
        sa.select(Invitation.id)
        .join(Wave)
        .where(
            Wave.state == "open",
            Invitation.audience == audience,
            Invitation.contact_language == locale,
            Invitation.disposition.in_(("delivered", "unknown")),
            ~Invitation.closed,
        )
        .order_by(Invitation.id)
    ).first()
    return f"{settings.base_url}/s/{token_for(settings.secret_key, found)}" if found else "(all answered)"


def _staff(settings: Settings) -> list[str]:
    return [
        f"staff           {settings.base_url}/staff/",
        f"  sign in as    {address('analist')}",
        f"  password      {example_password(settings)}",
        f"  other roles   {', '.join(role for role in ROLES if role != 'analist')}: {address('<role>')}",
    ]


def _serve(port: int, lines: list[str]) -> None:
    """Run web server and worker until told to stop or until one of them ends; leave neither behind."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    bind = ("serve", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "8")
    running: list[subprocess.Popen[bytes]] = []
    try:
        running += [_start(*arguments) for arguments in (bind, ("worker",))]
        if _answers(port, running, stop):
            click.echo("\n".join(["", *lines, "", "All of this is example data. Ctrl-C stops everything."]))
        elif not stop.is_set():
            raise Refused("the web server or the worker did not start; see above")
        while not stop.wait(0.3):
            if any(one.poll() is not None for one in running):
                raise Refused("the web server or the worker ended by itself; see above")
    finally:
        _stop(running)


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    """A process in a group of its own, so that Ctrl-C reaches it through us, once."""
    return subprocess.Popen([*_COMMAND, *arguments], start_new_session=True, preexec_fn=_end_with_parent)  # noqa: S603, PLW1509


def _end_with_parent() -> None:
    """Ask Linux to end the child when the demo itself is killed and can stop nothing any more."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1: PR_SET_PDEATHSIG


def _answers(port: int, running: list[subprocess.Popen[bytes]], stop: threading.Event) -> bool:
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until and not stop.wait(0.1):
        if any(one.poll() is not None for one in running):
            return False
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
    return False


def _stop(running: list[subprocess.Popen[bytes]]) -> None:
    for one in running:
        if one.poll() is None:
            one.terminate()
    until = time.monotonic() + _STOPS_WITHIN
    for one in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            one.wait(max(0.1, until - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(one.pid, signal.SIGKILL)  # whoever of its group is left
        one.wait()


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            remedy = f"give another one: feedback-app demo --port {port + 1} (make demo PORT={port + 1})"
            raise Refused(f"port {port} cannot be used ({error.strerror}); {remedy}") from error

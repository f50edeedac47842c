"""`feedback-app backup` and `restore`: everything into one sealed file, and back into an empty place."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import click

from feedback_app import schema
from feedback_app.backup.keys_file import OtherKeys, keep_keys
from feedback_app.backup.put_back import DoesNotFit, NotEmpty, StructureStays, put_back, require_empty
from feedback_app.backup.read import header_of, opened
from feedback_app.backup.sealing import BackupDamaged, Header, NoBackup, secret_name
from feedback_app.backup.take import NotNow, take
from feedback_app.command import Refused, in_app, progress_on_terminal
from feedback_app.database import db
from feedback_app.retaining import STILL_THERE, retain
from feedback_app.settings import SETTINGS_FILE, Settings
from feedback_app.staff.audit import record
from feedback_app.trajectories.contacts import key_name
from feedback_app.web.pages import current_settings

_KEYS_APART = (
    "its keys are not in it: without FEEDBACK_SECRET_KEY nobody opens it, without FEEDBACK_CONTACT_KEYS"
    " nobody reads contact data. Keep both elsewhere (--keys writes them into a file)"
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the keys into this file, which must lie in another folder.",
)
@in_app
def backup(file: Path, keys: Path | None) -> None:
    """Write everything in the database into FILE, sealed, while the service runs.

    It holds answers, remarks, frozen questionnaires, editions and accounts of one moment, but no keys: keep
    those apart. FILE must not exist yet.

    Example: feedback-app backup /backups/feedback-2026-11-30.backup --keys /safe/feedback-keys.env
    """
    settings = current_settings()
    _refuse_place(file, keys)
    if not schema.is_current():
        raise Refused("the database is not up to date; run: feedback-app db upgrade")
    db.session.close()
    progress = progress_on_terminal("saving")
    try:
        taken = take(db.engine, settings, file, version("feedback-app"), schema.newest(), progress)
    except NotNow as busy:
        raise Refused(
            "the tables are being rewritten (a wave closes, or an upgrade): try again later"
        ) from busy
    except OSError as error:
        raise Refused(
            f"{file} cannot be written: {error.strerror}; nothing is there under that name"
        ) from error
    if keys:
        _keep(settings, keys)
    record(db.session, "backup.made", account=None, rows=taken.rows)
    db.session.commit()
    click.echo(f"{file}: {taken.rows} rows of {taken.tables} tables, {taken.size // 1000} kB, sealed")
    if not keys:
        click.echo(_KEYS_APART)


def _refuse_place(file: Path, keys: Path | None) -> None:
    if file.exists():
        raise Refused(f"{file} exists already; a backup never takes the place of another: give another name")
    if not file.parent.is_dir():
        raise Refused(f"there is no folder {file.parent}")
    if keys and keys.resolve().parent == file.resolve().parent:
        raise Refused(f"{keys} would lie beside the backup: who takes the one has both; name another folder")


def _keep(settings: Settings, keys: Path) -> None:
    try:
        new = keep_keys(settings, keys)
    except OtherKeys as other:
        raise Refused(
            f"the backup is made, but {keys} holds keys of another installation; name another file"
        ) from other
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"the backup is made, but its keys cannot be written to {keys}: {error}") from error
    click.echo(f"{keys}: {'the keys, apart from the backup' if new else 'holds the same keys already'}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", is_flag=True, help="Only read it to the end and say what it holds.")
@click.option(
    "--moving",
    is_flag=True,
    help="The old installation has stood still since the backup: do not pause, and send what is due.",
)
@click.option(
    "--without-contact-keys",
    "keyless",
    is_flag=True,
    help="Go on although contact data will stay unreadable.",
)
@in_app
def restore(file: Path, check: bool, moving: bool, keyless: bool) -> None:
    """Put a backup back into an empty database, SQLite or PostgreSQL, from whichever it came: all or nothing.

    The keys come from the settings, as always: give the installation those of the backup first. Then nothing
    is sent until a colleague lets sending go on at /staff/timetable, and what is due to be destroyed is.

    Example: feedback-app restore /backups/feedback-2026-11-30.backup
    """
    settings = current_settings()
    with _readable(file):
        header = header_of(file)
        _require_secret(settings, header)
        if check:
            _tell(file, settings, header)
            return
        if not schema.knows(header.structure):
            raise Refused(
                f"{file} was made by version {header.software} (structure {header.structure}), which is newer"
                " than this one: install that version, or a later one"
            )
        _require_contact_keys(settings, header, keyless)
        _restore(file, settings, header, moving)


def _restore(file: Path, settings: Settings, header: Header, moving: bool) -> None:
    progress = progress_on_terminal("restoring")
    try:
        require_empty(db.engine)
        held = put_back(db.engine, settings, file, header.structure, moving=moving, progress=progress)
    except NotEmpty as found:
        raise Refused(
            f"the database is not empty (there are rows in {found}), and a backup is only put back into an"
            " empty one. Make a new database, or name one with FEEDBACK_DATABASE_URL; nothing was changed"
        ) from found
    except DoesNotFit as reason:
        raise Refused(
            f"{file}: the database refuses what is in it ({reason}); nothing was stored"
        ) from reason
    except StructureStays as reason:
        raise Refused(
            f"everything in {file} is stored and nothing is sent, but it could not be brought to this version"
            f" ({reason}). Mend that and run: feedback-app db upgrade, or use version {header.software}"
        ) from reason
    click.echo(f"{file}: everything is back as it was on {header.made_at}")
    if not moving:
        click.echo(
            f"nothing is sent until a colleague lets it go on at /staff/timetable; {held.messages} messages"
            f" and {held.mails} e-mails to colleagues that were due may have left since, so they are not sent"
            " again"
        )
    if not retain().forgotten:
        raise Refused(f"everything is restored; but {STILL_THERE}")
    click.echo("what may not be kept any longer is destroyed")


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        yield
    except NoBackup as reason:
        raise Refused(f"{file} {reason}") from reason
    except BackupDamaged as damaged:
        raise Refused(
            f"{file} is damaged: cut off, or not as it was written. Nothing was stored; take an earlier"
            " backup"
        ) from damaged
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}") from error


def _require_secret(settings: Settings, header: Header) -> None:
    if header.secret_key != secret_name(settings.secret_key):
        raise Refused(
            "the backup was sealed with another FEEDBACK_SECRET_KEY: give this installation the keys that"
            f" were kept apart, in its environment or in {settings.instance_dir / SETTINGS_FILE}. Without"
            " that key the backup cannot be opened"
        )


def _require_contact_keys(settings: Settings, header: Header, keyless: bool) -> None:
    here = set(map(key_name, settings.contact_keys))
    missing = [name for name in header.contact_keys if name not in here]
    if not missing:
        return
    lost = (
        f"{len(missing)} of the contact keys of this backup are not in FEEDBACK_CONTACT_KEYS"
        f" ({', '.join(missing)}): telephone numbers and e-mail addresses that they sealed would stay"
        " unreadable, and nobody behind them could be written to. Answers, links and reports need none of"
        " them"
    )
    if not keyless:
        raise Refused(f"{lost}. Give the keys, or go on with --without-contact-keys; nothing was stored")
    click.echo(f"{lost}.", err=True)


def _tell(file: Path, settings: Settings, header: Header) -> None:
    """Read a backup to its end, and say what is in it."""
    progress = progress_on_terminal("reading")
    with opened(file, settings.secret_key) as contents:
        done = 0
        for shape in contents.shapes:
            for _row in contents.rows(shape):
                done += 1
                if done % 500 == 0:
                    progress(done, contents.total, shape.name)
        contents.finish()
        progress(done, done, "")
    for shape in contents.shapes:
        if shape.rows:
            click.echo(f"  {shape.rows:>9} {shape.name}")
    click.echo(
        f"{file}: whole, {contents.total} rows, made on {header.made_at} by version {header.software},"
        f" structure {header.structure}, contact keys {', '.join(header.contact_keys) or 'none'}"
    )

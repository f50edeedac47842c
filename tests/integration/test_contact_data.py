"""Where somebody can be reached is gone on its day, from everything that a thief could take; and its keys."""

import logging
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
import sqlalchemy as sa

from feedback_app import forgetting
from feedback_app.database import db, today
from feedback_app.discretion import discreet
from feedback_app.invitations.focus import leave_contact
from feedback_app.invitations.models import FocusContact, Wave
from feedback_app.jobs import jobs
from feedback_app.remarks.models import Worry
from feedback_app.remarks.moderate import check
from feedback_app.remarks.redact import Span
from feedback_app.responses.models import Remark
from feedback_app.settings import Settings, SettingsError
from feedback_app.staff.models import AuditEntry
from feedback_app.trajectories.contacts import ContactUnreadable, key_name, seal, unseal
from feedback_app.trajectories.intake import take_in
from feedback_app.trajectories.models import Trajectory
from feedback_app.trajectories.rotating import left_to_seal, rotate
from tests.commands import run
from tests.databases import CONTACT_KEY, SECRET, Databases
from tests.exports import default_mapping, export
from tests.postgres import find_programs
from tests.server import environment_of
from tests.world import WAVE, World

PHONE, MAIL, TALKER = "+32470261464", "deelnemer@voorbeeld.example", "prater@voorbeeld.example"
WRITTEN = ("Voorbeeldtekst over kwartels", "Voorbeeldnaam Kwartelmans", "Voorbeeldzorg om een kwartel")
NEW_KEY = "NEWKEYzyxwvutsrqponmlkjihgfedcba987654321"


def contacts(world: World) -> list[str]:
    """Every sealed contact, as it is stored."""
    with world.session() as session:
        stored = session.execute(sa.select(Trajectory.phone_sealed, Trajectory.email_sealed)).all()
        focus = session.scalars(sa.select(FocusContact.contact_sealed)).all()
    return [one for row in stored for one in row if one] + [one for one in focus if one]


def take_people_in(world: World) -> None:
    """A list with one newcomer, and somebody at the door of the focus groups."""
    with world.session() as session:
        take_in(session, world.settings, export({}), "lijst.csv", default_mapping())
        leave_contact(session, world.settings, TALKER, "ar", "kempen")


def grow_old(world: World) -> None:
    """Let all of it be due."""
    with world.session() as session:
        session.execute(sa.update(Trajectory).values(imported_on=today() - timedelta(days=90)))
        session.execute(sa.update(FocusContact).values(month="2026-01"))
        session.commit()


def holding(folder: Path, wanted: list[bytes]) -> list[str]:
    """The files under a folder that hold one of these."""
    found = []
    for path in sorted(folder.rglob("*")):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except FileNotFoundError:  # the server tidies up meanwhile
            continue
        if any(one in content for one in wanted):
            found.append(str(path.relative_to(folder)))
    return found


def as_stored(world: World) -> list[bytes]:
    """What must be gone: the contacts in every way of writing them, and the sealed texts."""
    plain = [PHONE, PHONE[3:], "0470 26 14 64", MAIL, quote(MAIL), TALKER]
    return [one.encode() for one in (*plain, *contacts(world))]


@pytest.fixture
def remembered(world: World) -> list[bytes]:
    take_people_in(world)
    let_people_write(world)
    wanted = as_stored(world)
    assert len(wanted) == 6 + 3
    grow_old(world)
    return wanted + [one.encode() for one in WRITTEN]


def let_people_write(world: World) -> None:
    """A remark nobody read in time, one that a colleague redacted just now, and one about somebody's safety."""
    first, last = date(2026, 1, 1), date(2026, 6, 30)
    shared = {"survey_key": "newcomer", "item_key": "remark", "locale": "nl", "region_key": "kempen"}
    with world.session() as session:
        session.add(Wave(key=WAVE, starts_on=first, ends_on=last, opened_on=first, state="open"))
        session.flush()
        old, fresh = "2026-01", f"{today():%Y-%m}"
        session.add(Remark(wave_key=WAVE, month=old, text=WRITTEN[0], **shared))
        session.add(read := Remark(wave_key=WAVE, month=fresh, text=WRITTEN[1], **shared))
        worry = {"reason": "other", "raised_by": "x"}
        session.add(Worry(wave_key=WAVE, month=old, text=WRITTEN[2], **worry, **shared))
        session.commit()
        check(session, read, [Span(0, len(WRITTEN[1]), "name")], "nl")
        session.commit()


def retain(world: World) -> str:
    """The command in a process of its own, with everything logged; gives all it said."""
    command = [Path(sys.executable).with_name("feedback-app"), "retention", "run"]
    environment = environment_of(world.settings) | {"FEEDBACK_LOG_LEVEL": "DEBUG"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_a_destroyed_contact_is_in_no_file_of_the_installation(
    world: World, remembered: list[bytes], databases: Databases
) -> None:
    with world.session() as session:
        if not world.settings.embedded:
            session.execute(sa.text("ANALYZE"))  # what the planner samples must not outlive it either
            session.commit()
        jobs().queue.put("voorbeeld", "wacht")
        jobs().queue.storage.close()
    folder = _files(world, databases)
    assert holding(folder, remembered), "the search finds what is there"
    said = retain(world)
    assert "contact data of 1 trajectories" in said and "1 contacts for focus groups" in said
    assert contacts(world) == []
    assert holding(folder, remembered) == []
    assert holding(world.settings.instance_dir, remembered) == []
    assert not any(one.decode() in said for one in remembered)
    backup = _back_up(world, world.settings.instance_dir)
    assert backup and not any(one in backup for one in remembered)


def test_the_log_of_a_server_set_up_by_the_guide_repeats_no_row_that_it_refuses(
    world: World, remembered: list[bytes], databases: Databases
) -> None:
    if world.settings.embedded:
        return
    with (
        pytest.raises(psycopg.errors.CheckViolation) as refused,
        psycopg.connect(_plain_url(world)) as connection,
    ):
        connection.execute("UPDATE remarks SET state = 'zo niet'")
    said, log = str(refused.value), (_files(world, databases) / "log").read_bytes()
    assert any(one.decode() in said for one in remembered), "whoever asked is told the row"
    assert b"zo niet" in log and not any(one in log for one in remembered)


def _files(world: World, databases: Databases) -> Path:
    """The folder with the database file, -wal and -shm, or PostgreSQL's data with its log of changes."""
    if world.settings.embedded:
        return Path(world.settings.database_url.removeprefix("sqlite:///")).parent
    with psycopg.connect(_plain_url(world), autocommit=True) as connection:
        connection.execute("CHECKPOINT")  # else the rows may be in memory only, and the search prove nothing
    return databases.cluster.data.parent  # with what the server logged


def _plain_url(world: World) -> str:
    return world.settings.database_url.replace("+psycopg", "")


def _back_up(world: World, folder: Path) -> bytes:
    """A backup made now, by the database's own means."""
    if not world.settings.embedded:
        dump = [find_programs() / "pg_dump", "--dbname", _plain_url(world), "--format", "plain"]
        return subprocess.run(dump, capture_output=True, check=True).stdout
    target = folder / "backup.sqlite3"
    source = sqlite3.connect(world.settings.database_url.removeprefix("sqlite:///"))
    with sqlite3.connect(target) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    return target.read_bytes()


def test_stored_contacts_need_the_contact_key_and_no_other(sqlite_world: World) -> None:
    take_people_in(sqlite_world)
    for sealed in contacts(sqlite_world):
        assert sealed.startswith(f"{key_name(CONTACT_KEY)}.")
        assert unseal((CONTACT_KEY,), sealed) in (PHONE, MAIL, TALKER)
        with pytest.raises(ContactUnreadable):
            unseal((SECRET,), sealed)


@pytest.fixture
def rotated(world: World) -> Iterator[World]:
    """A world whose contacts were sealed before a new key came in front."""
    take_people_in(world)
    world.settings = world.settings.but(contact_keys=(NEW_KEY, CONTACT_KEY))
    yield world


def test_rotation_seals_everything_with_the_first_key_and_is_noted(rotated: World) -> None:
    before = set(contacts(rotated))
    done = run(rotated, "contacts", "rotate-key")
    assert done.exit_code == 0, done.output
    assert "3 contacts sealed anew" in done.output and "other 1 keys" in done.output
    after = contacts(rotated)
    assert not before & set(after)
    assert sorted(unseal((NEW_KEY,), one) or "" for one in after) == sorted([PHONE, MAIL, TALKER])
    (entry,) = [one for one in rotated.rows(AuditEntry) if one["action"] == "contacts.key_rotated"]
    assert entry["facts"] == {"contacts": 3}
    assert "0 contacts" in run(rotated, "contacts", "rotate-key").output


def test_a_rotation_that_was_stopped_goes_on_where_it_was(rotated: World) -> None:
    with rotated.session() as session:
        with pytest.raises(KeyboardInterrupt):
            rotate(session, rotated.settings, _stop)
        session.rollback()
        left = left_to_seal(session, rotated.settings.contact_keys)
        assert 0 < left < 3
        assert rotate(session, rotated.settings).sealed == left
        assert left_to_seal(session, rotated.settings.contact_keys) == 0


def _stop(_done: int, _total: int, _message: str) -> None:
    raise KeyboardInterrupt


def test_what_no_key_opens_stays_and_is_said(rotated: World) -> None:
    lost = seal(("another-key-that-nobody-has-any-more-0123",), MAIL)
    with rotated.session() as session:
        session.execute(sa.update(Trajectory).values(email_sealed=lost))
        session.commit()
    done = run(rotated, "contacts", "rotate-key")
    assert (done.exit_code, "1 contacts were sealed with a key that is not here" in done.output) == (1, True)
    assert lost in contacts(rotated)
    assert "older key" in run(rotated, "doctor").output


def test_rotation_also_opens_what_the_first_release_sealed(sqlite_world: World) -> None:
    world = sqlite_world
    world.open()
    old = (seal((SECRET,), PHONE) or "").partition(".")[2]
    with world.session() as session:
        session.execute(sa.update(Trajectory).values(phone_sealed=old))
        session.commit()
    assert run(world, "contacts", "rotate-key").exit_code == 0
    assert [unseal((CONTACT_KEY,), one) for one in contacts(world)] == [PHONE]


def test_on_sqlite_a_key_is_made_once_and_a_new_one_comes_in_front(tmp_path: Path) -> None:
    environ = {"FEEDBACK_INSTANCE_DIR": str(tmp_path / "instance")}
    first, again = (Settings.from_environment(environ) for _ in range(2))
    assert first.contact_keys == again.contact_keys
    assert len(first.contact_keys) == 1 and first.secret_key not in first.contact_keys
    command = [Path(sys.executable).with_name("feedback-app"), "contacts", "new-key"]
    subprocess.run(command, env=environ, capture_output=True, check=True)
    newer = Settings.from_environment(environ).contact_keys
    assert newer[1:] == first.contact_keys and newer[0] != first.contact_keys[0]
    assert (tmp_path / "instance" / "contact_keys").stat().st_mode & 0o077 == 0


def test_a_server_database_needs_keys_given_and_apart_from_the_secret() -> None:
    environ = {"FEEDBACK_SECRET_KEY": SECRET, "FEEDBACK_DATABASE_URL": "postgresql://nowhere/db"}
    with pytest.raises(SettingsError, match="contacts new-key"):
        Settings.from_environment(environ)
    with pytest.raises(SettingsError, match="needs its own"):
        Settings.from_environment({**environ, "FEEDBACK_CONTACT_KEYS": SECRET})
    given = {**environ, "FEEDBACK_CONTACT_KEYS": f"{NEW_KEY}, {CONTACT_KEY}"}
    assert Settings.from_environment(given).contact_keys == (NEW_KEY, CONTACT_KEY)
    assert CONTACT_KEY not in repr(Settings.from_environment(given))


@pytest.mark.parametrize(
    "text",
    [PHONE, "0470 26 14 64", "0470/26.14.64", "+32 470 26 14 64", "tel=%2B32470261464", MAIL, quote(MAIL)],
)
def test_no_log_line_holds_a_number_or_an_address(sqlite_world: World, text: str) -> None:
    written: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(logging.Formatter().format(record))

    assert sqlite_world.app  # makes every record of this process discreet
    logger, handler = logging.getLogger("some.library"), Kept()
    logger.addHandler(handler)
    try:
        logger.error("cannot send to %s now", text)
        try:
            raise ValueError(f"no route to <{text}>")
        except ValueError:
            logger.exception("failed")
    finally:
        logger.removeHandler(handler)
    assert len(written) == 2
    assert not any(text in one or re.search(r"26.?14.?64|deelnemer", one) for one in written)
    assert "ValueError" in written[1] and "cannot send to" in written[0]


@pytest.mark.parametrize(
    "text",
    [
        *("a,0470261464", f"{MAIL},0470261464", "[7,0470261464]", "tel_0470261464", "tel-0470261464"),
        *("32470261464", '"from": "32470261464"', "from=32470261464&text=stop", "<%2b32470261464>"),
        *("0470\u00a026\u00a014\u00a064", "+32\u202f470 26 14 64", repr("0470\u00a026\u00a014\u00a064")),
        *("0470\u201126\u201114\u201164", "0470%2026%2014%2064", "05/12/2026 0470261464"),
        *('"deel nemer"@voorbeeld.example', "o'deelnemer@voorbeeld.example", "deelnemer@voorbeeld.example,x"),
    ],
)
def test_however_it_is_written(text: str) -> None:
    found = discreet(text)
    assert "[phone]" in found or "[e-mail]" in found
    assert not re.search(r"26\D*14\D*64|deel|nemer", found)


def test_log_lines_keep_what_is_nobodys() -> None:
    sealed = seal((CONTACT_KEY,), PHONE)
    assert discreet(f"a {sealed} b") == "a [sealed] b"
    for text in (
        "2026-11-29 12:18:09,123 job 0123456789abcdef0123456789abcdef failed",
        "2026-01-05T10:11:12+01:00 and 05/12/2026 10:11:12, 05-12-2026 10:11",
        "listening at http://127.0.0.1:8000 (12345), [::1]:8000 and 0.0.0.0:80",
        "wave 2026-H1: 1000000000 rows in 0.123456789 s, 12,345,678,901 bytes in 0.0470261464 s",
        "550e8400-e29b-41d4-a716-046655440000, sha256=32470261464f, 0x7f0470261464, 1204:0470261464aa",
        "at 1764500000, 1764500000123 and 1764500000123456789 ns",
        "E-mail is off",
    ):
        assert discreet(text) == text


def test_a_table_that_somebody_reads_is_not_waited_for_while_everybody_else_would_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.settings.embedded:
        pytest.skip("SQLite's readers keep nobody waiting: tests/unit/test_forgetting.py")
    monkeypatch.setattr(forgetting, "PATIENCE", "100ms")
    with world.session(), db.engine.connect() as reader:
        reader.execute(sa.text("SELECT count(*) FROM trajectories"))
        assert not forgetting.forget(db.engine, ["trajectories"])
        reader.rollback()
        assert forgetting.forget(db.engine, ["trajectories"])


def test_a_database_server_that_remembers_is_named(world: World) -> None:
    assert "write-ahead log" not in run(world, "doctor").output
    if world.settings.embedded:
        return
    with world.session() as session:
        name = session.scalar(sa.text("SELECT current_database()"))
        session.execute(sa.text("CREATE ROLE forgetful_test LOGIN"))
        session.execute(sa.text(f'ALTER DATABASE "{name}" OWNER TO forgetful_test'))
        session.execute(sa.text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO forgetful_test"))
        session.commit()
    with world.app.app_context():
        db.engine.dispose()
    given = world.settings.but(
        database_url=world.settings.database_url.replace("postgres@", "forgetful_test@")
    )
    other = World(given.database_url, Path(given.instance_dir).parent, given.translations_dir)
    try:
        assert "GRANT pg_checkpoint" in run(other, "doctor").output
    finally:
        other.close()
        with world.session() as session:
            session.execute(sa.text("REASSIGN OWNED BY forgetful_test TO postgres"))
            session.execute(sa.text("DROP OWNED BY forgetful_test"))
            session.execute(sa.text("DROP ROLE forgetful_test"))
            session.commit()

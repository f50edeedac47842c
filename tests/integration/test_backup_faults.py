"""What can go wrong with a backup: on disk, in the file, with keys, half-way; nothing is ever there by half.

The file is also taken apart as somebody would who stole it together with every key.
"""

import gzip
import json
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa
from scipy.stats import spearmanr

from feedback_app.api.hook_models import Webhook
from feedback_app.backup.hold_back import hold_back
from feedback_app.backup.keys_file import OtherKeys, keep_keys
from feedback_app.backup.read import header_of, opened
from feedback_app.backup.rows import kind_of, tables
from feedback_app.backup.sealing import Header, SealedWriter, new_salt, secret_name
from feedback_app.backup.take import _moment
from feedback_app.database import Base, db, today
from feedback_app.invitations.models import Invitation, SendingPause, Wave
from feedback_app.responses.collect import response_key
from feedback_app.responses.models import Remark
from feedback_app.settings import Settings
from tests.commands import run
from tests.databases import CONTACT_KEY, SECRET, Databases
from tests.server import environment_of
from tests.staff import add
from tests.world import Person, World

PEOPLE = 80
SIGN = "Voorbeeldopmerking nummer "
ERASED = "Voorbeeldtekst over kwartels die gewist is"
#: |ρ| of 80 unrelated ranks exceeds this less than once in ten million; what kept its order has |ρ| near 1
LARGEST = 0.55
TOUCHED = ("invitations", "responses", "remarks")
#: what a response and its invitation have in common: the groups that everything is counted by
GROUP = {"2026-H1", "kempen", "agii", "combinatie", "newcomer", "nl"}


class Source:
    """An open wave on PostgreSQL, whose files keep the order of answering, and its backup."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.file = world, folder / "feedback.backup"
        world.open([Person(partners=()) for _ in range(PEOPLE + 1)])
        self.links = world.links()
        random.Random(80).shuffle(self.links)
        self.uuids = [str(uuid4()) for _ in range(PEOPLE)]
        client = world.app.test_client()
        for number, uuid in enumerate(self.uuids):
            sent = {"experience": "12345"[number % 5], "remark": f"{SIGN}{number}", "response_id": uuid}
            assert client.post(f"/s/{self.links[number].token}", data=sent).status_code == 200
        with world.session() as session:
            erased = {"survey_key": "newcomer", "item_key": "remark", "locale": "nl", "region_key": "gent"}
            session.add(Remark(wave_key="2026-H1", month="2026-01", text=ERASED, **erased))
            session.commit()
            session.execute(sa.update(Remark).where(Remark.text == ERASED).values(text=""))
            session.commit()
        done = run(world, "backup", str(self.file))
        assert done.exit_code == 0 and "its keys are not in it" in done.output, done.output
        self.tables = unsealed(self.file)

    def owner(self, table: str, row: dict[str, Any]) -> int | None:
        """Who answered, of a row of any of these tables."""
        if table == "remarks":
            return int(row["text"].removeprefix(SIGN)) if row["text"] else None
        keys = {one.invitation_id: number for number, one in enumerate(self.links[:PEOPLE])}
        keys |= {response_key(one): number for number, one in enumerate(self.uuids)}
        return keys.get(row["id"] if "id" in row else row["response_id"])


def unsealed(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Table → rows, in the order in which they stand in the file; for who has the secret key."""
    found = {}
    with opened(file, SECRET) as contents:
        for shape in contents.shapes:
            names = [name for name, _kind in shape.columns]
            found[shape.name] = [dict(zip(names, row, strict=True)) for row in contents.rows(shape)]
        contents.finish()
    return found


@pytest.fixture(scope="module")
def source(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, example_catalogues: Path
) -> Iterator[Source]:
    folder = tmp_path_factory.mktemp("faults")
    with databases.migrated("postgresql") as url:
        world = World(url, folder, example_catalogues)
        yield Source(world, folder)
        world.close()


def correlation(numbers: list[int]) -> float:
    return abs(float(spearmanr(range(len(numbers)), numbers).statistic))


def test_the_order_of_rows_tells_nothing_though_the_database_keeps_it(source: Source) -> None:
    for table in TOUCHED:
        said = [source.owner(table, row) for row in source.tables[table]]
        in_file = [number for number in said if number is not None]
        assert len(in_file) == PEOPLE
        assert correlation(in_file) < LARGEST, table
        with source.world.session() as session:
            heap = session.execute(sa.text(f"SELECT * FROM {table} ORDER BY ctid")).mappings()
            said = [source.owner(table, dict(row)) for row in heap]
        kept = correlation([number for number in said if number is not None])
        if table != "invitations":  # so few of them, once answered, often find room where they were
            assert kept > 0.9, "the database has no order to hide, so this proves nothing"


def test_no_byte_of_a_link_stands_with_an_answer(source: Source) -> None:
    of_link = {row["id"]: row for row in source.tables["invitations"]}
    own = {
        table.name
        for table in Base.metadata.sorted_tables
        if {key.column.table.name for key in table.foreign_keys} & {"responses"}
    }
    said = [(table, row) for table in {*own, "responses", "remarks"} for row in source.tables[table]]
    looked_at = 0
    for table, row in said:
        if (number := source.owner(table, row)) is None:
            continue
        link = of_link[source.links[number].invitation_id]
        shared = {str(value) for value in row.values() if value} & {str(value) for value in link.values()}
        assert shared <= GROUP | {"True", "False"}, table
        text = json.dumps(row)
        for secret in (link["id"], link["token_hash"], link["trajectory_id"], source.links[number].token):
            assert not [at for at in range(len(secret) - 7) if secret[at : at + 8] in text]
        looked_at += 1
    assert looked_at >= 2 * PEOPLE


def test_nothing_in_the_file_has_a_time_of_answering_or_a_mark_of_the_database(source: Source) -> None:
    for name in (*TOUCHED, *(table.name for table in tables() if table.name == "answers")):
        table = Base.metadata.tables[name]
        assert {kind_of(column) for column in table.columns} <= {"text", "yes_no", "json"}, name
        assert all(row.keys() == set(table.columns.keys()) for row in source.tables[name])
        keys = [tuple(row[one.name] for one in table.primary_key) for row in source.tables[name]]
        assert keys == sorted(keys), name
    assert ERASED not in json.dumps(source.tables, ensure_ascii=False), "what was erased is still there"
    assert "staff_sessions" not in source.tables


def test_without_keys_the_file_tells_nothing_and_with_them_it_holds_none(source: Source) -> None:
    plain = json.dumps(source.tables)
    assert SIGN in plain and not [one for one in (SECRET, CONTACT_KEY) if one in plain]
    assert not [link for link in source.links if link.token in plain]
    sealed = source.file.read_bytes()
    told = [SIGN, "kempen", "newcomer", SECRET, CONTACT_KEY, *(link.invitation_id for link in source.links)]
    assert not [one for one in told if one.encode() in sealed]
    assert source.file.stat().st_mode & 0o077 == 0
    again = source.file.with_name("again.backup")
    assert run(source.world, "backup", str(again)).exit_code == 0
    head = len(b"\n".join(sealed.split(b"\n", 2)[:2]))
    pieces = {sealed[at : at + 16] for at in range(head, len(sealed) - 16, 16)}
    assert not pieces & {again.read_bytes()[at : at + 16] for at in range(head, len(sealed) - 16)}


# --- refused --------------------------------------------------------------------------------------


@pytest.fixture
def place(databases: Databases, tmp_path: Path, example_catalogues: Path) -> Iterator[World]:
    """An empty place for a backup."""
    with databases.migrated("sqlite") as url:
        world = World(url, tmp_path, example_catalogues)
        yield world
        world.close()


def filled(world: World) -> list[str]:
    return [name for name, rows in world.dump().items() if rows and name != "alembic_version"]


def damaged(data: bytes) -> dict[str, bytes]:
    """What may become of a file on a bad disk, on a broken line, or in the hands of somebody who means harm."""
    middle = len(data) * 2 // 3
    return {
        "half": data[: len(data) // 2],
        "longer": data + b"\x00",
        "readable lines alone": data[: data.index(b"\n", 25) + 1],
        "other header": data.replace(b'"structure": "', b'"structure":  "', 1),
        "one bit": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
        "a byte too few": data[:-1],
    }


def test_a_damaged_file_is_refused_and_nothing_is_stored(
    source: Source, place: World, tmp_path: Path
) -> None:
    bad = tmp_path / "damaged.backup"
    for how, data in damaged(source.file.read_bytes()).items():
        bad.write_bytes(data)
        done = run(place, "restore", str(bad), "--check")
        assert (done.exit_code, "is damaged" in done.stderr) == (1, True), how
    done = run(place, "restore", str(bad))  # here all rows come before the fault
    assert (done.exit_code, "is damaged" in done.stderr) == (1, True), done.output
    assert filled(place) == []


def test_a_whole_file_is_checked_without_storing_anything(source: Source, place: World) -> None:
    done = run(place, "restore", str(source.file), "--check")
    assert done.exit_code == 0 and f"{PEOPLE} responses" in done.output and "whole" in done.output
    assert filled(place) == []


def test_keys_that_are_missing_are_named_and_what_would_be_lost(source: Source, place: World) -> None:
    other = "OTHERabcdefghijklmnopqrstuvwxyz0123456789"
    settings = place.settings
    place.settings = settings.but(secret_key=other)
    done = run(place, "restore", str(source.file))
    assert done.exit_code == 1 and "another FEEDBACK_SECRET_KEY" in done.stderr
    place.settings = settings.but(contact_keys=(other,))
    done = run(place, "restore", str(source.file))
    assert done.exit_code == 1 and "would stay unreadable" in done.stderr
    assert filled(place) == []
    done = run(place, "restore", str(source.file), "--without-contact-keys")
    assert done.exit_code == 0, done.output
    assert len(place.rows(Invitation)) == PEOPLE + 1
    done = run(place, "restore", str(source.file), "--without-contact-keys")
    assert done.exit_code == 1 and "is not empty" in done.stderr


def test_a_backup_takes_no_place_and_lies_not_beside_its_keys(source: Source, tmp_path: Path) -> None:
    before = source.file.read_bytes()
    assert "exists already" in run(source.world, "backup", str(source.file)).stderr
    assert source.file.read_bytes() == before
    beside = run(source.world, "backup", str(tmp_path / "a"), "--keys", str(tmp_path / "b"))
    assert beside.exit_code == 1 and "who takes the one has both" in beside.stderr
    assert run(source.world, "backup", str(tmp_path / "none" / "a")).exit_code == 1
    (tmp_path / "text").write_text("Voorbeeld")
    assert "is no backup" in run(source.world, "restore", str(tmp_path / "text")).stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "text"]


def test_the_keys_file_is_read_as_settings_and_keeps_older_keys(place: World, tmp_path: Path) -> None:
    settings, newer = place.settings, "NEWERzyxwvutsrqponmlkjihgfedcba987654321"
    (tmp_path / "new").mkdir()
    keys = tmp_path / "new" / "settings.env"
    assert keep_keys(settings, keys) and keep_keys(settings.but(contact_keys=(newer,)), keys)
    assert not keep_keys(settings.but(contact_keys=(newer,)), keys)
    read = Settings.from_environment({"FEEDBACK_INSTANCE_DIR": str(tmp_path / "new")})
    assert (read.secret_key, read.contact_keys) == (SECRET, (newer, CONTACT_KEY))
    assert keys.stat().st_mode & 0o077 == 0
    with pytest.raises(OtherKeys):
        keep_keys(settings.but(secret_key=SECRET[::-1]), keys)
    assert SECRET in keys.read_text() and [one.name for one in keys.parent.iterdir()] == [keys.name]


def write(file: Path, structure: str, rows: dict[str, tuple[list[list[str]], list[list[Any]]]]) -> Path:
    """A backup as another version would have made it."""
    header = Header("2026-01-01T00:00:00+00:00", "0.0.1", structure, secret_name(SECRET), (), new_salt())
    lines: list[Any] = [{"tables": [[name, columns, len(many)] for name, (columns, many) in rows.items()]}]
    lines += [row for _columns, many in rows.values() for row in many]
    lines.append({"rows": len(lines) - 1})
    with file.open("wb") as opened_file:
        writer = SealedWriter(opened_file, SECRET, header)
        with gzip.GzipFile(fileobj=writer, mode="wb") as packed:
            packed.write("".join(json.dumps(one) + "\n" for one in lines).encode())
        writer.finish()
    return file


WAVES = [["key", "text"], ["starts_on", "day"], ["ends_on", "day"], ["state", "text"], ["opened_on", "day"], ["closed_on", "day"]]  # fmt: skip
ONE_WAVE = [["2025-H2", "2025-07-01", "2025-12-31", "closed", "2025-10-01", "2026-01-31"]]


def test_an_older_backup_is_migrated_and_a_newer_one_refused(place: World, tmp_path: Path) -> None:
    newer = write(tmp_path / "newer", "9999", {"waves": (WAVES, ONE_WAVE)})
    done = run(place, "restore", str(newer))
    assert done.exit_code == 1 and "newer than this one" in done.stderr.replace("\n", " ")
    future = tmp_path / "future"
    future.write_bytes(newer.read_bytes().replace(b"backup 1\n", b"backup 2\n", 1))
    assert "made by a newer version" in run(place, "restore", str(future)).stderr
    old = write(tmp_path / "old", "0021", {"waves": (WAVES, ONE_WAVE)})
    done = run(place, "restore", str(old))
    assert done.exit_code == 0, done.output
    assert [row["key"] for row in place.rows(Wave)] == ["2025-H2"]
    assert run(place, "db", "check").exit_code == 0


def test_no_mail_to_a_colleague_that_waited_goes_out_once_more(place: World) -> None:
    """Every table in which such a mail waits, as its own rules name its states."""
    waits = {
        table.name
        for table in Base.metadata.sorted_tables
        for rule in table.constraints
        if {"'waiting'", "'claimed'"} <= set(re.findall(r"'\w+'", str(getattr(rule, "sqltext", ""))))
    }
    assert waits == {"edition_notices", "contact_requests", "webhooks"}
    with place.session() as session:
        account = add(place.app, "beheerder")
        for number, state in enumerate(("waiting", "claimed", "delivered", "")):
            url = f"https://voorbeeld.example/{number}"
            mine = {"account_id": account, "made_on": today(), "seen": 0, "state": "stopped", "mail": state}
            session.add(Webhook(url=url, events=[], secret_sealed="", **mine))
        assert hold_back(session, place.settings, today()).mails == 2
        session.commit()
    kept = {str(row["url"])[-1]: row["mail"] for row in place.rows(Webhook)}
    assert kept == {"0": "unknown", "1": "unknown", "2": "delivered", "3": ""}


def test_what_the_database_refuses_leaves_it_empty(place: World, source: Source, tmp_path: Path) -> None:
    structure = header_of(source.file).structure
    columns = [["wave_key", "text"], ["survey_key", "text"], ["fingerprint", "text"]]
    rows = {"waves": (WAVES, ONE_WAVE), "wave_questionnaires": (columns, [["2025-H2", "newcomer", "0" * 64]])}
    done = run(place, "restore", str(write(tmp_path / "odd", structure, rows)))
    assert done.exit_code == 1 and "the database refuses what is in it" in done.stderr
    assert filled(place) == []


# --- broken off -----------------------------------------------------------------------------------


def start(world: World, *arguments: str, before: tuple[str, ...] = ()) -> "subprocess.Popen[str]":
    command = [*before, str(Path(sys.executable).with_name("feedback-app")), *arguments]
    return subprocess.Popen(command, env=environment_of(world.settings), stderr=subprocess.PIPE, text=True)


def test_a_full_disk_leaves_no_file(source: Source, tmp_path: Path) -> None:
    file = tmp_path / "full.backup"
    with start(source.world, "backup", str(file), before=("prlimit", "--fsize=4096")) as process:
        told = process.communicate(timeout=60)[1]
    assert (process.returncode, "cannot be written" in told) == (1, True), told
    assert list(tmp_path.iterdir()) == []


def test_killed_while_saving_or_restoring_leaves_nothing_by_half(
    source: Source, databases: Databases, tmp_path: Path, example_catalogues: Path
) -> None:
    """Each is held in the middle by a lock on the last table, and then ends as in a power cut."""
    file = tmp_path / "killed.backup"
    with psycopg.connect(source.world.settings.database_url.replace("+psycopg", "")) as holder:
        holder.execute("LOCK TABLE worries IN ACCESS EXCLUSIVE MODE")
        with start(source.world, "backup", str(file)) as process:
            until(lambda: any(tmp_path.iterdir()))
            process.send_signal(signal.SIGKILL)
    assert not file.exists()
    with databases.migrated("postgresql") as url, closing(World(url, tmp_path, example_catalogues)) as world:
        last = [name for name, rows in source.tables.items() if rows][-1]
        with psycopg.connect(url.replace("+psycopg", "")) as holder:
            holder.execute(f"LOCK TABLE {last} IN EXCLUSIVE MODE")
            with start(world, "restore", str(source.file)) as process:
                until(lambda: _waits(holder))
                process.send_signal(signal.SIGKILL)
        until(lambda: filled(world) == [])  # the server notices that its client is gone
        assert run(world, "restore", str(source.file)).exit_code == 0
        assert len(world.rows(Invitation)) == PEOPLE + 1 and len(world.rows(SendingPause)) == 1


def _waits(holder: psycopg.Connection) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    return bool(holder.execute(query).fetchone() != (0,))


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_moment_is_fixed_against_a_closing_wave_and_lets_answers_in(source: Source) -> None:
    """A closing wave empties tables, which a snapshot of before would see empty too."""
    with source.world.app.app_context():
        count = sa.text("SELECT count(*) FROM installation")
        with _moment(db.engine) as moment, db.engine.connect() as other:
            before = moment.scalar(count)
            other.execute(sa.text("INSERT INTO installation VALUES ('voorbeeld', '')"))
            other.commit()
            assert moment.scalar(count) == before
            other.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
                other.execute(sa.text("LOCK TABLE responses IN ACCESS EXCLUSIVE MODE"))


def test_every_column_has_its_way_of_being_kept_and_no_table_counts_its_rows() -> None:
    for table in tables():
        assert table.primary_key.columns, table.name
        assert table.autoincrement_column is None, f"{table.name} would go on counting from one"
        assert all(kind_of(column) for column in table.columns)

"""What a SQLite file still holds of rows that were destroyed."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedback_app import forgetting
from feedback_app.forgetting import forget

#: holds what whoever copies the log holds (WAL_CKPT_LOCK of the wal-index), until it may go on
_COPY = """
import fcntl, sys
with open(sys.argv[1], "r+b") as index:
    fcntl.lockf(index, fcntl.LOCK_EX, 1, 121)
    print("held", flush=True)
    sys.stdin.readline()
    __import__("time").sleep(0.3)
"""
_PEOPLE = "CREATE TABLE people (id TEXT PRIMARY KEY, phone TEXT, email TEXT) WITHOUT ROWID"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """A database as ours, that waits for nobody."""
    made = sa.create_engine(f"sqlite:///{tmp_path / 'some.sqlite3'}", connect_args={"timeout": 0})
    with made.begin() as connection:
        connection.execute(sa.text(_PEOPLE))
    with made.connect() as connection:
        connection.execute(sa.text("PRAGMA journal_mode = WAL"))
    yield made
    made.dispose()


def held(engine: sa.Engine, texts: list[str]) -> int:
    """How many of these texts stand in the file or its write-ahead log."""
    file = Path(str(engine.url.database))
    content = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
    return sum(one[30:70].encode() in content for one in texts)


def destroy(engine: sa.Engine, number: int) -> list[str]:
    """Write people whose contacts come later and in another order, as in life, then take the contacts away."""
    people = [
        {"id": secrets.token_hex(16), "phone": secrets.token_hex(70), "email": secrets.token_hex(75)}
        for _ in range(number)
    ]
    texts = [one[name] for one in people for name in ("phone", "email")]
    write = sa.text("UPDATE people SET phone = :phone, email = :email WHERE id = :id")
    with engine.connect() as connection:
        connection.execute(sa.text("PRAGMA secure_delete = ON"))
        connection.execute(sa.text("INSERT INTO people (id) VALUES (:id)"), people)
        connection.commit()
        for start in range(0, number, 100):
            connection.execute(write, people[start : start + 100])
            connection.commit()
        assert held(engine, texts) == len(texts), "the search finds what is there"
        connection.execute(sa.text("UPDATE people SET phone = NULL, email = NULL"))
        connection.commit()
    return texts


def empty_pages(engine: sa.Engine) -> int:
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM people WHERE id > '8'"))
    with engine.connect() as connection:
        return int(connection.scalar(sa.text("PRAGMA freelist_count")) or 0)


def test_what_was_destroyed_is_nowhere_in_the_file(engine: sa.Engine) -> None:
    """A page that was split may keep copies in its empty part, so the file is written anew."""
    texts = destroy(engine, 2000)
    assert empty_pages(engine) > 0
    assert forget(engine, ["people"], anew=False) and empty_pages(engine) > 0
    assert forget(engine, ["people"]) and empty_pages(engine) == 0
    assert held(engine, texts) == 0


def test_who_copies_the_log_just_then_is_waited_for(engine: sa.Engine) -> None:
    """SQLite does not: it refuses at once, and the log would keep everything."""
    texts = destroy(engine, 10)
    command = [sys.executable, "-c", _COPY, f"{engine.url.database}-shm"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as copying:
        assert copying.stdin and copying.stdout and copying.stdout.readline() == "held\n"
        copying.stdin.write("go on\n")
        copying.stdin.flush()
        assert forget(engine, ["people"])
    assert held(engine, texts) == 0


def test_who_reads_all_the_time_keeps_the_file_from_forgetting_and_that_is_told(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "COPIED_WITHIN", 0.1)
    with engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.execute(sa.text("SELECT * FROM people")).all()
        texts = destroy(engine, 10)
        assert not forget(engine, ["people"])
        assert held(engine, texts) > 0
    assert forget(engine, ["people"])
    assert held(engine, texts) == 0

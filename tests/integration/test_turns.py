"""Turns: who writes to one SQLite file goes one after the other, and its log is tidied when others may write."""

import fcntl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from feedback_app import statements
from feedback_app.database import LONG_LOG, tune_sqlite
from feedback_app.statements import bulk_turn, write_turn

_PAGE = 4096


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = sa.create_engine(f"sqlite:///{tmp_path / 'file.sqlite3'}")
    tune_sqlite(made)
    with made.begin() as connection:
        connection.execute(sa.text("CREATE TABLE people (name text)"))
    yield made
    made.dispose()


def write(session: Session, pages: int = 1) -> None:
    row = sa.text("INSERT INTO people VALUES (:name)")
    session.execute(row, [{"name": "x" * _PAGE} for _ in range(pages)])
    session.commit()


def untidied(engine: Engine) -> int:
    """How many pages of the log are not in the file yet; looking copies them."""
    with engine.connect() as connection:
        before = file_of(engine).stat().st_size
        connection.execute(sa.text("PRAGMA wal_checkpoint(PASSIVE)")).one()
        return (file_of(engine).stat().st_size - before) // _PAGE


def file_of(engine: Engine) -> Path:
    return Path(engine.url.database or "")


def is_free(engine: Engine) -> bool:
    """Whether another process could take its turn now."""
    with Path(f"{engine.url.database}-turn").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_one_writes_after_the_other(engine: Engine) -> None:
    order: list[str] = []

    def second() -> None:
        with write_turn(engine):
            order.append("second")

    with write_turn(engine):
        other = threading.Thread(target=second)
        other.start()
        assert not is_free(engine)
        other.join(0.2)
        order.append("first")
    other.join()
    assert order == ["first", "second"]
    assert is_free(engine)


def test_a_long_log_is_tidied_when_others_may_write(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    tidy, free = statements._tidy, []

    def look(connection: object) -> None:
        free.append(is_free(engine))
        tidy(connection)

    monkeypatch.setattr(statements, "_tidy", look)
    with Session(engine) as session:
        with bulk_turn(session, large=True):
            write(session, 2 * LONG_LOG)
            assert file_of(engine).stat().st_size < LONG_LOG * _PAGE, "not within the turn"
        assert free == [True]
        assert untidied(engine) == 0
        assert session.scalar(sa.text("PRAGMA wal_autocheckpoint")) == LONG_LOG


def test_pieces_are_tidied_now_and_then(engine: Engine) -> None:
    sizes = []
    with Session(engine) as session:
        for _ in range(2 * statements._TIDIED):
            with bulk_turn(session):
                write(session, 3)
            sizes.append(file_of(engine).stat().st_size)
    assert 1 <= len(set(sizes) - {sizes[0]}) <= 2


def test_what_fails_in_a_turn_lets_the_next_one_write(engine: Engine) -> None:
    with Session(engine) as session:
        with pytest.raises(KeyError), bulk_turn(session, large=True):
            session.execute(sa.text("INSERT INTO people VALUES ('x')"))
            raise KeyError
        session.rollback()
        assert is_free(engine)
        with bulk_turn(session):
            write(session)
        assert session.scalar(sa.text("SELECT count(*) FROM people")) == 1


def test_a_connection_that_is_lost_is_told_as_what_it_is(engine: Engine) -> None:
    with Session(engine) as session:
        with pytest.raises(KeyError), bulk_turn(session):
            session.connection().connection.driver_connection.close()  # type: ignore[union-attr]
            raise KeyError
        session.invalidate()

"""Lines: of each thread one connection to PostgreSQL, kept for what is a transaction of its own."""

import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from feedback_app.statements import Statement, reading

_BACKEND = Statement(sa.select(sa.func.pg_backend_pid()))
_PERSON = sa.table("people", sa.column("name"))
_STORE = Statement(
    sa.insert(_PERSON).values(name=sa.bindparam("name", type_=sa.Text)).returning(_PERSON.c.name)
)


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    made = sa.create_engine(postgres_url)
    with made.begin() as connection:
        connection.execute(sa.text("CREATE TABLE people (name text UNIQUE)"))
    yield made
    made.dispose()


def line(engine: Engine) -> int:
    """Which of the server's processes answers this thread."""
    with reading(engine) as channel:
        (number,) = channel.first(_BACKEND, {})
    return int(number)


def store(engine: Engine, name: str) -> None:
    with reading(engine) as channel:
        channel.first(_STORE, {"name": name})


def others(engine: Engine) -> set[int]:
    """The server's processes for this database, but the one that is asked."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with engine.connect() as connection:
        return set(connection.scalars(sa.text(query)))


def ends(engine: Engine, process: int) -> bool:
    """Whether that process is gone, after a moment: the server has to notice that nobody is there any more."""
    for _ in range(200):
        if process not in others(engine):
            return True
        time.sleep(0.05)
    return False


def test_a_thread_keeps_its_line_and_lets_go_of_it_at_its_end(engine: Engine) -> None:
    mine = line(engine)
    assert line(engine) == mine
    theirs: list[int] = []
    thread = threading.Thread(target=lambda: theirs.append(line(engine)))
    thread.start()
    thread.join()
    assert theirs[0] != mine
    assert ends(engine, theirs[0])
    assert others(engine) == {mine}


def test_a_statement_is_stored_when_it_was_sent(engine: Engine) -> None:
    store(engine, "voorbeeld")
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM people")) == 1


def test_an_error_is_sqlalchemys_without_values_and_the_next_statement_works(engine: Engine) -> None:
    before = line(engine)
    store(engine, "voorbeeld")
    with pytest.raises(sa.exc.IntegrityError) as refused:
        store(engine, "voorbeeld")
    assert refused.value.params is None
    store(engine, "ander voorbeeld")
    assert line(engine) != before


def test_a_table_that_changed_costs_one_statement_at_most(engine: Engine) -> None:
    """What was prepared for the old one is refused by the server; the next line prepares it anew."""
    whole = Statement(sa.select(sa.text("* FROM people")))

    def look() -> object:
        with reading(engine) as channel:
            return channel.first(whole, {})

    store(engine, "voorbeeld")
    assert look() == ("voorbeeld",)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE people ADD COLUMN age int"))
    with pytest.raises(sa.exc.NotSupportedError):
        look()
    assert look() == ("voorbeeld", None)


def test_an_engine_that_lets_go_of_its_connections_lets_go_of_lines(engine: Engine) -> None:
    before = line(engine)
    engine.dispose()
    assert ends(engine, before)
    assert line(engine) != before

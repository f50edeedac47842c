"""The tests' own footing: both databases are real, fresh each time, and nothing leaves this machine."""

import socket
from contextlib import closing

import pytest
import sqlalchemy as sa

from tests.databases import Databases
from tests.loopback import LeftTheMachine


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_gets_an_empty_database(database_url: str, turn: str) -> None:
    engine = sa.create_engine(database_url)
    assert sa.inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE left_behind (id INTEGER)"))
    engine.dispose()


def test_postgresql_is_fifteen_or_newer_and_speaks_utf8(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url)
    with engine.connect() as connection:
        assert int(connection.scalar(sa.text("SHOW server_version_num"))) >= 150000
        assert connection.scalar(sa.text("SELECT 'ሰላም — سلام'")) == "ሰላም — سلام"
        assert connection.scalar(sa.text("SHOW listen_addresses")) == ""
    engine.dispose()


def test_a_database_still_in_use_is_removed_all_the_same(databases: Databases) -> None:
    with databases.empty("postgresql") as url:
        engine = sa.create_engine(url)
        connection = engine.connect()
        connection.execute(sa.text("SELECT 1"))
    with pytest.raises(sa.exc.OperationalError):
        connection.execute(sa.text("SELECT 1"))
    connection.invalidate()
    connection.close()
    engine.dispose()


def test_a_migrated_database_has_tables_and_no_rows(migrated_url: str) -> None:
    engine = sa.create_engine(migrated_url)
    tables = set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
    with engine.connect() as connection:
        filled = [name for name in tables if connection.scalar(sa.text(f'SELECT count(*) FROM "{name}"'))]
    engine.dispose()
    assert tables
    assert filled == []


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("www.example.org", 80)])
def test_a_connection_to_elsewhere_is_refused(address: tuple[str, int]) -> None:
    with pytest.raises(LeftTheMachine):
        socket.create_connection(address, timeout=0.2)


def test_loopback_and_local_sockets_are_allowed() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
    here, there = socket.socketpair()
    here.close()
    there.close()

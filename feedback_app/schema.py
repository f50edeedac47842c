"""The database's structure: its migrations, and whether they add up to the models.

For commands only: Alembic weighs more than ten megabytes, which no web process needs.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask, current_app
from flask_alembic import Alembic

from feedback_app.database import Base

_alembic = Alembic(metadatas=Base.metadata, run_mkdir=False, command_name="")
logging.getLogger("alembic").setLevel(logging.WARNING)  # its progress is no news to who runs a command


def prepare(app: Flask) -> None:
    """Let an application be asked about its structure; before its first request, or never."""
    if app.extensions.get("alembic") is not _alembic:
        _alembic.init_app(app)


def upgrade(target: str = "heads") -> None:
    """Bring the database to the newest structure, or to an earlier one: all the way, or not at all."""
    with _all_or_nothing():
        _prepared().upgrade(target)


def downgrade(target: str) -> None:
    """Take the database back to a revision (`base`: to nothing): all the way, or not at all."""
    with _all_or_nothing():
        _prepared().downgrade(target)


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """One transaction around all migrations: whoever is stopped among them has changed nothing.

    PostgreSQL's changes of structure belong to a transaction by themselves. SQLite's do too, but its driver
    begins none for them. Its tables are often built anew while others point at them, so foreign keys are
    looked at once, at the end; they can be switched off outside a transaction only.
    """
    connection = _prepared().migration_context.connection
    if connection is None or connection.dialect.name != "sqlite":
        yield
        return
    connection.rollback()
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute("PRAGMA foreign_keys=OFF")
    sa.event.listen(connection, "commit", _refuse_loose_ends)
    try:
        raw.execute("BEGIN IMMEDIATE")
        yield
    finally:
        sa.event.remove(connection, "commit", _refuse_loose_ends)
        raw.rollback()
        raw.execute("PRAGMA foreign_keys=ON")


def _refuse_loose_ends(connection: sa.Connection) -> None:
    raw = connection.connection.driver_connection
    if raw is not None and raw.execute("PRAGMA foreign_key_check").fetchone():
        raise RuntimeError("a row points at nothing; nothing was changed")


def is_current() -> bool:
    """Whether the database has the newest structure."""
    made = _prepared()
    return {one.revision for one in made.current()} == {one.revision for one in made.heads()}


def newest() -> str:
    """The structure that this version has."""
    (head,) = _prepared().heads()
    return head.revision


def current() -> str:
    """The structure that the database has; nothing when it has none."""
    return next((one.revision for one in _prepared().current()), "")


def knows(target: str) -> bool:
    """Whether this version has a migration to a structure."""
    return target in _newest_first()


def is_newer(one: str, other: str) -> bool:
    """Whether a structure came after another; `""`, no structure at all, came before every one."""
    known = _newest_first()
    return one in known and known.index(one) < known.index(other)


def _newest_first() -> list[str]:
    return [one.revision for one in _prepared().script_directory.walk_revisions()]


def differences() -> list[str]:
    """What a migration would still have to change; the job queue's own tables do not count."""
    found = [str(one) for one in _prepared().compare_metadata()]
    return [one for one in found if "huey_" not in one]


def _prepared() -> Alembic:
    prepare(current_app._get_current_object())  # type: ignore[attr-defined]
    return _alembic

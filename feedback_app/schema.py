"""The database's structure: its migrations, and whether they add up to the models.

For commands only: Alembic weighs more than ten megabytes, which no web process needs.
"""

import logging

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
    """Bring the database to the newest structure, or to an earlier one."""
    _prepared().upgrade(target)


def downgrade(target: str) -> None:
    """Take the database back to a revision (`base`: to nothing)."""
    _prepared().downgrade(target)


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

"""Which revision of the tables this code wants, and which one the database has; light, for pages."""

import re
from functools import cache
from pathlib import Path

import sqlalchemy as sa

_FOLDER = Path(__file__).parent / "migrations"
_REVISION = re.compile(r'^revision = "([0-9a-z]+)"$', re.M)


@cache
def known() -> tuple[str, ...]:
    """The revisions of this code, oldest first: files are named in that order."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("[0-9]*.py")))
    return tuple(found[1] for text in texts if (found := _REVISION.search(text)))


def present(connection: sa.Connection) -> str:
    """The revision of the database; empty when it has no tables yet. Raises when it cannot be reached."""
    table = sa.table("alembic_version", sa.column("version_num"))
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.scalar(sa.select(table.c.version_num)) or "")


def behind(revision: str) -> bool:
    """Whether this code cannot work on that revision: one of ours but the last, or none at all.

    A revision we do not know is newer: while a service is being updated, the old processes go on.
    """
    return revision == "" or (revision in known() and revision != known()[-1])

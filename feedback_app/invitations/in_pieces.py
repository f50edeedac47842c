"""Much to write while people answer: in pieces, each a transaction of its own, so that nobody waits long.

SQLite has one writer at a time: whoever answers meanwhile waits for one piece at most, then has a pause to go
first. On PostgreSQL nobody waits for rows of others, so pieces are only as large as memory likes.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from feedback_app.statements import bulk_turn

#: how many at a time, and seconds between two pieces
_PACES = {"sqlite": (20, 0.03), "postgresql": (1000, 0.0)}


def size_of(session: Session) -> int:
    """How many rows or so a piece should have."""
    return _PACES[session.get_bind().dialect.name][0]


@contextmanager
def piece(session: Session) -> Iterator[None]:
    """Write one piece, commit it, and give others a moment; nothing may wait in the session to be written."""
    with bulk_turn(session):
        yield
        session.commit()
    time.sleep(_PACES[session.get_bind().dialect.name][1])

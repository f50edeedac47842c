"""What was read of a file while it is being checked, on disk, so that memory does not grow with the file.

It is a temporary database that SQLite itself makes and removes: nobody else can open it. Phone numbers and
e-mail addresses of newcomers are in it only sealed, file numbers only as keyed hashes.
"""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, overload

from feedback_app.trajectories.records import Fault, RefusedRow

_TABLES = """
CREATE TABLE rows (row INTEGER PRIMARY KEY, dossier TEXT, facts TEXT, refused INTEGER NOT NULL, content TEXT);
CREATE TABLE partners (key INTEGER PRIMARY KEY, kbo TEXT, email TEXT, plain TEXT, name TEXT, id TEXT,
                       UNIQUE (kbo, email, name));
"""


class Spool:
    """Rows of one file by number: accepted ones with what is to be stored, refused ones with their faults."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA cache_size=-2000")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.executescript(_TABLES)
        self._file.execute("BEGIN")
        self.salt = secrets.token_bytes(16)

    def add(self, row: int, dossier: str | None, facts: str, content: dict[str, Any]) -> None:
        """Keep an accepted row."""
        self._put(row, dossier, facts, 0, content)

    def refuse(self, row: int, dossier: str | None, faults: Sequence[Fault]) -> None:
        """Keep a refused row, instead of what it was before."""
        self._put(row, dossier, None, 1, [(one.code, one.column, one.reason) for one in faults])

    def _put(self, row: int, dossier: str | None, facts: str | None, refused: int, content: Any) -> None:
        self._file.execute(
            "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?)",
            (row, dossier, facts, refused, json.dumps(content, ensure_ascii=False)),
        )

    def index(self) -> None:
        """Make rows of one dossier quick to find, once all are there."""
        self._file.execute("CREATE INDEX by_dossier ON rows (dossier)")

    def broken_dossiers(self) -> list[tuple[str, int | None]]:
        """Dossiers that cannot come in whole, each with its first refused row, or None when rows differ."""
        return self._file.execute(
            "SELECT dossier, min(CASE WHEN refused THEN row END) FROM rows WHERE dossier IS NOT NULL"
            " GROUP BY dossier HAVING min(refused) = 0 AND (max(refused) OR count(DISTINCT facts) > 1)"
        ).fetchall()

    def accepted_of(self, dossier: str) -> list[tuple[int, dict[str, Any]]]:
        """Accepted rows of a dossier, in their order, with the facts they state."""
        found = self._file.execute(
            "SELECT row, facts FROM rows WHERE dossier = ? AND NOT refused ORDER BY row", (dossier,)
        )
        return [(row, json.loads(facts)) for row, facts in found]

    def accepted(self, size: int) -> Iterator[list[tuple[str, dict[str, Any]]]]:
        """Dossier and content of accepted rows, in the order of the file, so many at a time."""
        cursor = self._file.execute("SELECT dossier, content FROM rows WHERE NOT refused ORDER BY row")
        while part := cursor.fetchmany(size):
            yield [(dossier, json.loads(content)) for dossier, content in part]

    def reached(self, size: int) -> Iterator[list[tuple[int, str | None, list[str]]]]:
        """Number, dossier and hashes of addresses of accepted rows, so many at a time."""
        cursor = self._file.execute(
            "SELECT row, dossier, json_extract(content, '$.contact_hashes') FROM rows"
            " WHERE NOT refused ORDER BY row"
        )
        while part := cursor.fetchmany(size):
            yield [(row, dossier, json.loads(hashes)) for row, dossier, hashes in part]

    def every_row(self, *, refused: bool) -> Iterator[tuple[int, bool, Any]]:
        """Number, whether it is refused, and content, of all rows or of the refused ones."""
        for row, out, content in self._file.execute(
            "SELECT row, refused, content FROM rows WHERE refused >= ? ORDER BY row", (int(refused),)
        ):
            yield row, bool(out), json.loads(content)

    def counts(self) -> tuple[int, int]:
        """How many rows there are, and how many of them are refused."""
        found: tuple[int, int] = self._file.execute(
            "SELECT count(*), coalesce(sum(refused), 0) FROM rows"
        ).fetchone()
        return found

    def partner(self, name: str, kbo: str | None, email: str | None, plain: str) -> int:
        """The key of what a row says about a partner; the same for the same words."""
        facts = (kbo or "", email or "", name)
        find = "SELECT key FROM partners WHERE kbo = ? AND email = ? AND name = ?"
        found: tuple[int] | None = self._file.execute(find, facts).fetchone()
        if found:
            return found[0]
        made = self._file.execute(
            "INSERT INTO partners (kbo, email, name, plain) VALUES (?, ?, ?, ?)", (*facts, plain)
        )
        assert made.lastrowid is not None
        return made.lastrowid

    def partners(self, size: int) -> Iterator[list[tuple[int, str, str | None, str | None]]]:
        """Key, name, company number and address of partners, so many at a time.

        Those with a company number come first, so that a file in another order finds the same partners; those
        with only a name come together with all that have the same.
        """
        found = self._file.execute(
            "SELECT key, name, kbo, email, plain FROM partners WHERE key IN (SELECT DISTINCT"
            " json_extract(content, '$.partner') FROM rows WHERE NOT refused)"
            " ORDER BY kbo = '', kbo, email, plain, name"
        )
        part: list[tuple[int, str, str | None, str | None]] = []
        last = ""
        for key, name, kbo, email, plain in found:
            if len(part) >= size and plain != last:
                yield part
                part = []
            part.append((key, name, kbo or None, email or None))
            last = plain
        if part:
            yield part

    def know_partners(self, ids: dict[int, str]) -> None:
        """Remember which partner in the database each one is."""
        self._file.executemany("UPDATE partners SET id = ? WHERE key = ?", [(b, a) for a, b in ids.items()])

    def partner_ids(self, keys: set[int]) -> dict[int, str]:
        """Which partners in the database these are."""
        found = "SELECT key, id FROM partners WHERE key IN (SELECT value FROM json_each(?))"
        return dict(self._file.execute(found, (json.dumps(sorted(keys)),)))


class Refusals(Sequence[RefusedRow]):
    """The refused rows of a file, read when they are looked at."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def __len__(self) -> int:
        return self._spool.counts()[1]

    def __iter__(self) -> Iterator[RefusedRow]:
        for row, _refused, faults in self._spool.every_row(refused=True):
            yield RefusedRow(row, tuple(Fault(*one) for one in faults))

    @overload
    def __getitem__(self, place: int) -> RefusedRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[RefusedRow]: ...
    def __getitem__(self, place: int | slice) -> RefusedRow | Sequence[RefusedRow]:
        return list(self)[place]

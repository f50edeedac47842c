"""What a file brings, ready to be written: rows as the tables hold them, on disk until then.

Like the spool it is a temporary database that SQLite itself makes and removes. Rows are read in the order of
their keys: a database that gets them in that order writes page after page, instead of one here and one there.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

PARTNER = ("id", "name", "kbo", "email", "batch_id", "folded")
TRAJECTORY = (
    "id",
    "ref_hash",
    "agency_key",
    "region_key",
    "started_on",
    "ended_on",
    "hours",
    "offer_source",
    "contact_language",
    "phone_sealed",
    "email_sealed",
    "outcome",
    "imported_on",
    "batch_id",
    "ended_batch_id",
)
#: what a later file may tell of a trajectory that was still running
END = ("ended_on", "hours", "phone_sealed", "email_sealed", "outcome", "imported_on", "ended_batch_id")
ACTIVITY = ("id", "trajectory_id", "partner_id", "offer_type", "batch_id")

_TABLES = f"""
CREATE TABLE partners ({", ".join(PARTNER)}, PRIMARY KEY (id)) WITHOUT ROWID;
CREATE INDEX partners_by_kbo ON partners (kbo);
CREATE INDEX partners_by_email ON partners (email);
CREATE INDEX partners_by_name ON partners (name);
CREATE TABLE claims (kbo TEXT PRIMARY KEY, id);
CREATE TABLE trajectories ({", ".join(TRAJECTORY)}, PRIMARY KEY (id), UNIQUE (ref_hash)) WITHOUT ROWID;
CREATE TABLE ends ({", ".join(END)}, id, PRIMARY KEY (id)) WITHOUT ROWID;
CREATE TABLE activities (id, trajectory_id, partner_id, offer_type, batch_id,
                         PRIMARY KEY (trajectory_id, partner_id, offer_type)) WITHOUT ROWID;
CREATE INDEX activities_by_id ON activities (id);
"""
_MANY = 1000

Row = tuple[Any, ...]


class Prepared:
    """Rows to be written, and how many invitations will follow on them."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA cache_size=-2000")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.executescript(_TABLES)
        self._file.execute("BEGIN")
        self.invitations = 0

    def put(self, table: str, rows: Sequence[Row]) -> None:
        """Keep rows of a table."""
        if rows:
            places = ", ".join("?" * len(rows[0]))
            self._file.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608

    def rows(self, table: str) -> Iterator[list[Row]]:
        """All rows of a table in the order of its key, so many at a time.

        Activities have two. Their ids are random, so each may have any of them, and gets one in the order of
        their trajectories: else each would be written into a page of its own, which takes twice as long.
        """
        keys = {"activities": "trajectory_id", "claims": "kbo"}
        cursor = self._file.execute(f"SELECT * FROM {table} ORDER BY {keys.get(table, 'id')}")  # noqa: S608
        ids = self._file.execute("SELECT id FROM activities ORDER BY id")
        while part := cursor.fetchmany(_MANY):
            if table == "activities":
                part = [(*ids.fetchone(), *row[1:]) for row in part]
            yield part

    def count(self, table: str) -> int:
        """How many rows of a table there are."""
        found: tuple[int] = self._file.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
        return found[0]

    def trajectory_ids(self, hashes: Iterable[str]) -> dict[str, str]:
        """Hash → id of new trajectories among these."""
        return dict(self._among("SELECT ref_hash, id FROM trajectories WHERE ref_hash", hashes))

    def ended(self, ids: Iterable[str]) -> set[str]:
        """Those of these trajectories whose end is told already."""
        return {one for (one,) in self._among("SELECT id FROM ends WHERE id", ids)}

    def activities_of(self, trajectories: Iterable[str]) -> set[Row]:
        """Trajectory, partner and offer type of new activities."""
        found = "SELECT trajectory_id, partner_id, offer_type FROM activities WHERE trajectory_id"
        return set(self._among(found, trajectories))

    def partners_with(self, column: str, values: Iterable[str]) -> list[Row]:
        """Id, name, company number and address of partners that have one of these values in a column."""
        values = list(values)
        found = self._among(f"SELECT id, name, kbo, email FROM partners WHERE {column}", values)  # noqa: S608
        if column == "kbo":
            found += self._among("SELECT id, '', kbo, NULL FROM claims WHERE kbo", values)
        return found

    def claims(self) -> dict[str, str]:
        """Partner that was there → the company number that the file tells of it."""
        return {partner: kbo for kbo, partner in self._file.execute("SELECT kbo, id FROM claims")}

    def _among(self, found: str, values: Iterable[str]) -> list[Row]:
        listed = json.dumps(list(values))
        found = f"{found} IN (SELECT value FROM json_each(?))"  # noqa: S608
        return self._file.execute(found, (listed,)).fetchall()

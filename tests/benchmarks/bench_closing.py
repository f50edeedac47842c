"""Closing a wave of a million answers beside one bare GROUP BY, and what its results cost afterwards; on both databases.

The bare statement counts the same answers once, by question, answer and everything that published cuts are made of
(side, region, agency, kind of activity, language, mode): what any way of counting has to do at least. It runs with the same
room for sorting, before and after closing, in two ways. The strict one reads plain tables made for it, one row for each
answer beside narrow rows of people, as short as a table can be; the other the lists of answers as they are stored. Closing
counts, protects, finds patterns, coarsens, and writes every row anew under a new key.

What results cost afterwards is measured twice on the same closed wave: with a million responses behind its frozen
counts, and once all but a thousand of them (with their remarks and invitations) are gone. A wave that closed
with a thousand would be no comparison: most of its small groups are withheld, so that fewer figures are tested and
printed. What differs here is only how many rows there are, which nothing may read any more. PostgreSQL is at rest then:
everything is vacuumed and on disk, and its housekeeping, which comes when it likes, is off.

`python -m tests.benchmarks closing` takes a quarter of an hour and 8 GB on a quiet machine; `BENCH_RESPONSES=200000` is for
a first look, `BENCH_DATABASE=sqlite` or `postgresql` for one of the two. Times are processor seconds of our process and of
PostgreSQL's, so that they stay comparable on a busy machine; those on the clock stand beside them.
"""

import math
import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from feedback_app.analysis.close import close_wave
from feedback_app.analysis.find_patterns import find_patterns
from feedback_app.analysis.publish import load_policy
from feedback_app.database import db
from feedback_app.forgetting import forget
from feedback_app.invitations.models import Wave
from feedback_app.reports.compile import compile_edition
from feedback_app.responses.rewrite import prepare
from tests.benchmarks.cost import Cost, spent
from tests.benchmarks.figure import Budget
from tests.benchmarks.full_wave import fill
from tests.commands import run
from tests.databases import KINDS, Databases
from tests.postgres import Cluster
from tests.world import WAVE, World

FEW, MANY, ROUNDS = 1_000, int(os.environ.get("BENCH_RESPONSES", "1000000")), 7
_BARE = """
    SELECT r.survey_key, r.region_key, r.agency_key, r.offer_type, r.locale, r.mode, {said}, count(*)
    FROM {tables} WHERE r.wave_key = '2026-H1' GROUP BY {groups}
"""
PLAIN = _BARE.format(
    said="a.item_key, a.value",
    tables="plain_answers a JOIN plain_responses r ON r.id = a.response_id",
    groups="1, 2, 3, 4, 5, 6, 7, 8",
)
_EACH = {
    "sqlite": "json_each(r.answers) a",
    "postgresql": "json_array_elements_text(r.answers::json) a(value)",
}
STORED = {
    kind: _BARE.format(said="a.value", tables=f"responses r, {each}", groups="1, 2, 3, 4, 5, 6, 7")
    for kind, each in _EACH.items()
}
_ITEM = {
    "sqlite": "substr(a.value, 1, instr(a.value, '=') - 1), substr(a.value, instr(a.value, '=') + 1)",
    "postgresql": "split_part(a.value, '=', 1), split_part(a.value, '=', 2)",
}
_WITHOUT_ROWID = {"sqlite": "WITHOUT ROWID", "postgresql": ""}


class Bench:
    """One kind of database with a wave of many answers."""

    def __init__(self, kind: str, databases: Databases, folder: Path) -> None:
        self.kind, self._databases, self._folder = kind, databases, folder

    def figures(self) -> Iterator[Budget]:
        """Closing beside the bare statement; then what reads results, for many beside few."""
        folder = self._folder / self.kind
        folder.mkdir()
        with self._databases.migrated(self.kind) as url:
            world = World(url, folder, Path("translations"))
            fill(world, MANY)
            yield from self._closing(world)
            many = self._read(world, folder)
            thin_out(world, FEW)
            few = self._read(world, folder)
            world.close()
        for name, seconds in many.items():
            told = f"{seconds * 1000:.0f} ms beside {few[name] * 1000:.0f} ms with {FEW:,}"
            yield Budget(
                f"{name} of {MANY:,} ({self.kind})", seconds / few[name], "×", most=1.1, made_of=told
            )

    def _closing(self, world: World) -> Iterator[Budget]:
        lay_plain(world, self.kind)
        ways = {"a bare GROUP BY": PLAIN, "one over stored lists": STORED[self.kind]}
        before = {way: self._bare(world, statement) for way, statement in ways.items()}
        _forget_peak_memory()  # filling takes much
        closing, memory = self._spent(world, _close), _peak_memory()
        after = {way: self._bare(world, statement) for way, statement in ways.items()}
        load = f"load {os.getloadavg()[0]:.1f}; at most {memory:.0f} MiB"
        for way, statement in ways.items():
            yield Budget(
                f"closing {MANY:,} beside {way} ({self.kind})",
                2 * closing.processor / (before[way].processor + after[way].processor),
                "×",
                most=3.0 if statement is PLAIN else math.inf,
                made_of=f"{closing} beside {before[way]} before and {after[way]} after; {load}",
            )
        with world.session() as session:
            for name in ("plain_answers", "plain_responses"):
                session.execute(sa.text(f"DROP TABLE {name}"))
            session.commit()

    def _bare(self, world: World, statement: str) -> Cost:
        return self._spent(world, lambda world: _count(world, statement))

    def _read(self, world: World, folder: Path) -> dict[str, float]:
        works: dict[str, Callable[[World], object]] = {
            "patterns": _find,
            "tables": lambda world: run(world, "tables", "--wave", WAVE, "--out", str(folder)),
            "report": _report,
        }
        if self.kind == "postgresql":
            _come_to_rest(world)
        found = {}
        for name, work in works.items():
            work(world)
            found[name] = statistics.median(self._spent(world, work).processor for _ in range(ROUNDS))
        return found

    def _spent(self, world: World, work: Callable[[World], object]) -> Cost:
        server = 0 if self.kind == "sqlite" else self._databases.cluster.process_id
        return spent(server, lambda: work(world))


def figures() -> Iterator[Budget]:
    """Each kind of database with files of its own, durable as in production."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as name:
        for kind in os.environ.get("BENCH_DATABASE", " ".join(KINDS)).split():
            databases = Databases(Path(name), Cluster(durable=True) if kind != "sqlite" else None)
            try:
                yield from Bench(kind, databases, Path(name)).figures()
            finally:
                databases.close()


def lay_plain(world: World, kind: str) -> None:
    """The same answers as plain tables: one row for each, in the order of their keys, and narrow rows of people."""
    features = "id, wave_key, survey_key, region_key, agency_key, offer_type, locale, mode"
    rowid = _WITHOUT_ROWID[kind]
    with world.session() as session:
        for statement in (
            "CREATE TABLE plain_responses (id VARCHAR(32) PRIMARY KEY, wave_key TEXT, survey_key TEXT, region_key TEXT,"
            f" agency_key TEXT, offer_type TEXT, locale TEXT, mode TEXT) {rowid}",
            f"INSERT INTO plain_responses SELECT {features} FROM responses ORDER BY id",
            "CREATE TABLE plain_answers (response_id VARCHAR(32), item_key VARCHAR(40), value VARCHAR(40),"
            f" PRIMARY KEY (response_id, item_key, value)) {rowid}",
            f"INSERT INTO plain_answers SELECT r.id, {_ITEM[kind]} FROM responses r, {_EACH[kind]} ORDER BY 1, 2, 3",
        ):
            session.execute(sa.text(statement))
        session.commit()
        if kind == "postgresql":
            session.execute(sa.text("ANALYZE plain_responses, plain_answers"))
            session.commit()


def _count(world: World, statement: str) -> None:
    with world.session() as session:
        prepare(session)
        rows = session.execute(sa.text(statement).execution_options(yield_per=5_000))
        assert sum(1 for _row in rows)
        session.rollback()


def _close(world: World) -> None:
    with world.session() as session:
        close_wave(session, world.settings, WAVE, lambda done, total, message: None)


def thin_out(world: World, number: int) -> None:
    """Leave so many responses, and as many remarks and invitations."""
    chosen = "SELECT id FROM {} ORDER BY id LIMIT " + str(number)
    kept = {name: f"id IN ({chosen.format(name)})" for name in ("responses", "remarks", "invitations")}
    with world.session() as session:
        prepare(session)
        for name, which in kept.items():
            session.execute(
                sa.text(f"CREATE TEMPORARY TABLE kept_{name} AS SELECT * FROM {name} WHERE {which}")
            )
        for name in kept:
            session.execute(sa.text(f"DELETE FROM {name}"))
        for name in kept:
            session.execute(sa.text(f"INSERT INTO {name} SELECT * FROM kept_{name}"))
            session.execute(sa.text(f"DROP TABLE kept_{name}"))
        session.commit()
    with world.app.app_context():
        forget(db.engine, kept)


def _come_to_rest(world: World) -> None:
    """Let PostgreSQL do what it would do some time later, and then no more of its own accord."""
    statements = (
        "ALTER SYSTEM SET autovacuum = off",
        "SELECT pg_reload_conf()",
        "VACUUM ANALYZE",
        "CHECKPOINT",
    )
    with (
        world.app.app_context(),
        db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
    ):
        for statement in statements:
            connection.execute(sa.text(statement))


def _find(world: World) -> None:
    with world.session() as session:
        find_patterns(session, world.settings, session.get_one(Wave, WAVE), load_policy(world.settings))
        session.rollback()


def _report(world: World) -> None:
    with world.session() as session:
        compile_edition(session, world.settings, WAVE)


def _forget_peak_memory() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_memory() -> float:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024

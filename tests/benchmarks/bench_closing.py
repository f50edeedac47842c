"""Closing a wave of a million answers beside one bare GROUP BY, and what its results cost afterwards; on both databases.

The bare statement counts the same answers once, by question, answer and everything that published cuts are made of
(side, region, agency, kind of activity, language, mode): what any way of counting has to do at least. It runs on the same
rows, with the same room for sorting, right before closing; closing counts, protects, finds patterns, coarsens, and
writes every row anew under a new key.

What results cost afterwards is measured twice on the same closed wave: with a million responses behind its frozen
counts, and once all but a thousand of them (with their answers, remarks and invitations) are gone. A wave that closed
with a thousand would be no comparison: most of its small groups are withheld, so that fewer figures are tested and
printed. What differs here is only how many rows there are, which nothing may read any more.

`python -m tests.benchmarks closing` takes a quarter of an hour and 6 GB on a quiet machine; `BENCH_RESPONSES=200000` is for
a first look. Times are processor seconds of our process and of PostgreSQL's, so that they stay comparable on a busy
machine; those on the clock stand beside them. The bare statement is measured before and after closing.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from tests.benchmarks.figure import Budget
from tests.benchmarks.full_wave import fill
from tests.commands import run
from tests.databases import KINDS, Databases
from tests.postgres import Cluster
from tests.world import WAVE, World

FEW, MANY, ROUNDS = 1_000, int(os.environ.get("BENCH_RESPONSES", "1000000")), 5
BARE = """
    SELECT r.survey_key, r.region_key, r.agency_key, r.offer_type, r.locale, r.mode, a.item_key, a.value, count(*)
    FROM answers a JOIN responses r ON r.id = a.response_id
    WHERE r.wave_key = '2026-H1' GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""


@dataclass(frozen=True)
class Cost:
    """What something took: processor seconds, and seconds on the clock."""

    processor: float
    clock: float

    def __str__(self) -> str:
        return f"{self.processor:.1f} s ({self.clock:.0f} s on the clock)"


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
            before, closing = self._spent(world, _bare), self._spent(world, _close)
            memory, after = _peak_memory(), self._spent(world, _bare)
            bare = (before.processor + after.processor) / 2
            load = f"load {os.getloadavg()[0]:.1f}; at most {memory:.0f} MiB"
            made_of = f"{closing} beside {before} before and {after} after; {load}"
            yield Budget(
                f"closing {MANY:,} responses ({self.kind})",
                closing.processor / bare,
                "×",
                most=3.0,
                made_of=made_of,
            )
            many = self._read(world, folder)
            thin_out(world, FEW)
            few = self._read(world, folder)
            world.close()
        for name, seconds in many.items():
            told = f"{seconds * 1000:.0f} ms beside {few[name] * 1000:.0f} ms with {FEW:,}"
            yield Budget(
                f"{name} of {MANY:,} ({self.kind})", seconds / few[name], "×", most=1.1, made_of=told
            )

    def _read(self, world: World, folder: Path) -> dict[str, float]:
        works: dict[str, Callable[[World], object]] = {
            "patterns": _find,
            "tables": lambda world: run(world, "tables", "--wave", WAVE, "--out", str(folder)),
            "report": _report,
        }
        found = {}
        for name, work in works.items():
            work(world)
            found[name] = statistics.median(self._spent(world, work).processor for _ in range(ROUNDS))
        return found

    def _spent(self, world: World, work: Callable[[World], object]) -> Cost:
        server = 0 if self.kind == "sqlite" else self._databases.cluster.process_id
        clock, processor = time.perf_counter(), time.process_time() + _of_server(server)
        work(world)
        processor = time.process_time() + _of_server(server) - processor
        return Cost(processor, time.perf_counter() - clock)


def figures() -> Iterator[Budget]:
    """Each kind of database with files of its own, durable as in production."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as name:
        for kind in KINDS:
            databases = Databases(Path(name), Cluster(durable=True) if kind != "sqlite" else None)
            try:
                yield from Bench(kind, databases, Path(name)).figures()
            finally:
                databases.close()


def _bare(world: World) -> None:
    with world.session() as session:
        prepare(session)
        rows = session.execute(sa.text(BARE).execution_options(yield_per=5_000))
        assert sum(1 for _row in rows)
        session.rollback()


def _close(world: World) -> None:
    with world.session() as session:
        close_wave(session, world.settings, WAVE, lambda done, total, message: None)


def thin_out(world: World, number: int) -> None:
    """Leave so many responses with their answers, and as many remarks and invitations."""
    chosen = "SELECT id FROM {} ORDER BY id LIMIT " + str(number)
    kept = {
        "answers": f"response_id IN ({chosen.format('responses')})",
        **{name: f"id IN ({chosen.format(name)})" for name in ("responses", "remarks", "invitations")},
    }
    with world.session() as session:
        prepare(session)
        for name, which in kept.items():
            session.execute(
                sa.text(f"CREATE TEMPORARY TABLE kept_{name} AS SELECT * FROM {name} WHERE {which}")
            )
        for name in kept:
            session.execute(sa.text(f"DELETE FROM {name}"))
        for name in ("responses", "answers", "remarks", "invitations"):
            session.execute(sa.text(f"INSERT INTO {name} SELECT * FROM kept_{name}"))
            session.execute(sa.text(f"DROP TABLE kept_{name}"))
        session.commit()
    with world.app.app_context():
        forget(db.engine, kept)


def _find(world: World) -> None:
    with world.session() as session:
        find_patterns(session, world.settings, session.get_one(Wave, WAVE), load_policy(world.settings))
        session.rollback()


def _report(world: World) -> None:
    with world.session() as session:
        compile_edition(session, world.settings, WAVE)


def _of_server(process_id: int) -> float:
    """Processor seconds of a server, of what it started and of what of that has ended; 0 for none."""
    if not process_id:
        return 0.0
    ticks = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
            except OSError:  # ended meanwhile
                continue
            own = int(folder.name) == process_id
            if own or int(fields[1]) == process_id:
                ticks += sum(map(int, fields[11:15] if own else fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _peak_memory() -> float:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024

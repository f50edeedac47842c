"""A national evening: thousands answer within minutes while a list of 50,000 rows comes in and reports are compiled.

5,000 respondents in ten minutes, most of them around one moment, on all kinds of phones; two web processes as
`feedback-app serve` starts them, and two workers, so that reports are compiled from the first visitor to the last
while the list comes in, which is sent shortly before the busiest minute. Time is measured at the phone, from the
connection to the last byte. What it is beside, the median of the same page while nothing else happens, is measured
before, in the same run and by the same processes. By then these have served an afternoon of visitors in every language
and to every kind of activity: a page is made when somebody asks for it first, which takes many times as long, and a wave
is open for weeks. What the first ones wait stands beside, without a limit.

The crowd shares the processors with the service: on a machine with two it takes some of what the service would have.

`python -m tests.benchmarks evening`; `BENCH_MINUTES=1` is for a first look, with as many visitors a minute and a list
that is shorter by as much; `BENCH_DATABASE=sqlite` or `postgresql` for one of the two.
"""

import math
import os
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa

from feedback_app.reports.models import Edition
from feedback_app.trajectories.models import ImportBatch
from tests.benchmarks.colleague import Colleague
from tests.benchmarks.crowd import ANSWER, CHANGE, LOOK, Outcome, gather
from tests.benchmarks.figure import Budget
from tests.benchmarks.installation import OPEN, installations, settle, write_list
from tests.benchmarks.visits import Coming, balance, draw_visits, evenly, links_of
from tests.server import Server
from tests.worker import Worker
from tests.world import WAVE, Link, World

MINUTES = float(os.environ.get("BENCH_MINUTES", "10"))
#: who answers in an evening, and rows of the list that comes in meanwhile, from this part of the time on
EVENING, ROWS, LIST_AT = round(500 * MINUTES), round(5_000 * MINUTES), 0.3
#: who comes before: in the afternoon, so many at once; then, while nothing else happens, one after the other
AFTERNOON, AT_ONCE, IDLE = 3_000, 8, 300
#: a respondent's page may take so many times what it takes when nothing else happens, in 99 of 100 cases
LIMIT = 5.0
LIST = "list.csv"


class Evening:
    """One evening on one kind of database."""

    def __init__(self, kind: str, world: World) -> None:
        self._kind, self._world = kind, world
        self._coming: list[Coming] = []
        self._seen: list[Outcome] = []

    def figures(self) -> Iterator[Budget]:
        """Let everybody come; then what they waited for, what became of their answers, and what was done meanwhile."""
        world, path = self._world, self._world.settings.instance_dir / LIST
        settle(world, EVENING + IDLE + 2 * AFTERNOON)
        write_list(path, world.settings.surveys_dir, ROWS, "A")
        links = links_of(world, OPEN, EVENING + IDLE + 2 * AFTERNOON)
        with ExitStack() as running:
            server = running.enter_context(Server(world.settings, workers=2))
            for _ in range(2):
                running.enter_context(Worker(world.settings))
            before = self._come(server.port, evenly(links[EVENING + IDLE :], AFTERNOON), at_once=AT_ONCE)
            idle = self._come(server.port, links[EVENING : EVENING + IDLE], at_once=1)
            work = Work(world, server.url, path)
            busy = self._come(server.port, links[:EVENING], minutes=MINUTES)
            load = os.getloadavg()[0]
            work.end()
        yield from self._times(before, idle, busy, load)
        yield from self._counts()
        yield from self._done(work)

    def _come(self, port: int, links: Sequence[Link], *, minutes: float = 0.0, at_once: int = 0) -> Outcome:
        first = sum(len(one.visits) for one in self._coming)
        self._coming.append(draw_visits(links, first=first, minutes=minutes))
        self._seen.append(gather(port, self._coming[-1].visits, at_once))
        return self._seen[-1]

    def _times(self, before: Outcome, idle: Outcome, busy: Outcome, load: float) -> Iterator[Budget]:
        for page in (LOOK, CHANGE, ANSWER):
            name = f"{self._kind}: p99, {page} ÷ idle p50"
            yield beside(name, busy.seconds[page], idle.seconds[page], LIMIT)
        name = f"{self._kind}: the same, whoever opens it first"
        yield beside(name, before.seconds[LOOK], idle.seconds[LOOK], math.inf)
        late = f"the crowd itself was {busy.late * 1000:.0f} ms late at most"
        told = f"of {EVENING:,} in {busy.took:.0f} s; load {load:.1f} at the end; {late}"
        yield Budget(f"{self._kind}: thanked", len(busy.thanked), "", least=EVENING, made_of=told)

    def _counts(self) -> Iterator[Budget]:
        faults = [fault for outcome in self._seen for fault in outcome.faults]
        pages = sum(len(one) for outcome in self._seen for one in outcome.seconds.values())
        told = f"of {pages:,}" + "".join(f"; {fault}" for fault in sorted(set(faults))[:5])
        yield Budget(f"{self._kind}: pages that were errors", len(faults), "", most=0, made_of=told)
        thanked = [number for outcome in self._seen for number in outcome.thanked]
        found = balance(self._world, OPEN, self._coming, thanked)
        yield Budget(
            f"{self._kind}: thanked, not stored exactly once", found.off, "", most=0, made_of=str(found)
        )

    def _done(self, work: "Work") -> Iterator[Budget]:
        told = f"{work.list_took:.0f} s from the upload to the last invitation; {work.reports} reports compiled beside"
        name = f"{self._kind}: rows of a list taken in meanwhile"
        with self._world.session() as session:
            rows = session.scalar(
                sa.select(sa.func.max(ImportBatch.rows)).where(ImportBatch.file_name == LIST)
            )
            drafts = session.scalar(
                sa.select(sa.func.count()).select_from(Edition).where(Edition.wave_key == WAVE)
            )
        yield Budget(name, (rows or 0) if work.list_in_time else 0, "", least=ROWS, made_of=told)
        yield Budget(f"{self._kind}: reports compiled meanwhile", drafts or 0, "", least=1)


class Work:
    """What colleagues have the workers do meanwhile: a list, and one report after the other."""

    def __init__(self, world: World, url: str, path: Path) -> None:
        self.reports, self.list_took, self.list_in_time = 0, 0.0, False
        self._path, self._over, self._pool = path, threading.Event(), ThreadPoolExecutor(2)
        self._sender, self._compiler = (Colleague(world, url, role) for role in ("agentschap", "analist"))
        self._under_way = [self._pool.submit(work) for work in (self._list, self._reports)]

    def end(self) -> None:
        """Begin nothing more, and wait for what is under way; raises what went wrong with it."""
        self._over.set()
        for one in self._under_way:
            one.result()
        self._pool.shutdown()

    def _list(self) -> None:
        self._over.wait(LIST_AT * MINUTES * 60)
        began = time.monotonic()
        self._sender.take_in(LIST, self._path.read_bytes())
        self.list_took, self.list_in_time = time.monotonic() - began, not self._over.is_set()

    def _reports(self) -> None:
        while not self._over.is_set():
            self._compiler.compile(WAVE)
            self.reports += 1


def beside(name: str, busy: Sequence[float], idle: Sequence[float], most: float) -> Budget:
    """The 99th percentile of what many waited, in medians of what they wait when nothing else happens."""
    usual, (middle, worst) = statistics.median(idle), (percentile(busy, share) for share in (0.5, 0.99))
    of_all = f"of {len(busy):,} the half {middle * 1000:.1f} ms, one {max(busy) * 1000:.0f} ms"
    told = f"{worst * 1000:.1f} ms beside {usual * 1000:.1f} ms; {of_all}"
    return Budget(name, worst / usual, "×", most=most, made_of=told)


def percentile(seconds: Sequence[float], share: float) -> float:
    """The least that no more than this share of them exceeds."""
    return sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)]


def figures() -> Iterator[Budget]:
    """An evening on each kind of database."""
    with installations() as each:
        for kind, world in each:
            yield from Evening(kind, world).figures()

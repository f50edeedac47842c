"""A national evening: thousands answer within minutes while a list of 50,000 rows comes in and reports are compiled.

5,000 respondents in ten minutes, most of them around one moment, on all kinds of phones; two web processes as
`feedback-app serve` starts them, and two workers, so that reports are compiled from the first visitor to the last
while the list comes in, which is sent shortly before the busiest minute. Time is measured at the phone, from the
connection to the last byte. What it is beside, the median of the same page while nothing else happens (one request at
a time, a twentieth of a second apart), is measured before, in the same run and by the same processes. By then these have served an afternoon of visitors in every language
and to every kind of activity: a page is made when somebody asks for it first, which takes many times as long, and a wave
is open for weeks. What the first ones wait stands beside, without a limit, and so does what the disk by itself makes one wait.

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
from sqlalchemy.orm import Session

from feedback_app.invitations.models import Invitation
from feedback_app.trajectories.models import Activity, ImportBatch, Trajectory
from tests.benchmarks.colleague import Colleague, Compiling
from tests.benchmarks.crowd import ANSWER, CHANGE, LOOK, Outcome, gather
from tests.benchmarks.disk import Disk
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
            analyst, agency = (Colleague(world, server.url, role) for role in ("analist", "agentschap"))
            reports = running.enter_context(Compiling(analyst, WAVE))
            sending = running.enter_context(Sending(agency, path))
            with Disk(world.settings.instance_dir) as disk:
                busy = self._come(server.port, links[:EVENING], minutes=MINUTES)
            load, made = os.getloadavg()[0], reports.made
            in_time = sending.ended()
            reports.end()
        yield from self._times(before, idle, busy, load)
        yield from self._disk(disk, idle, busy)
        yield from self._counts()
        yield from self._done(sending.took, made, in_time=in_time)

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

    def _disk(self, disk: Disk, idle: Outcome, busy: Outcome) -> Iterator[Budget]:
        """What the disk by itself makes one wait, and what is left of the answers' time without it."""
        yield beside(f"{self._kind}: p99, the disk by itself ÷ p50", disk.seconds, disk.seconds, math.inf)
        seconds = [
            took
            for began, took in zip(busy.began[ANSWER], busy.seconds[ANSWER], strict=True)
            if not disk.stood_still(began, began + took)
        ]
        name = f"{self._kind}: p99, {ANSWER}, disk not standing still"
        yield beside(name, seconds, idle.seconds[ANSWER], LIMIT)

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

    def _done(self, took: float, reports: int, *, in_time: bool) -> Iterator[Budget]:
        late = "" if in_time else ", after the last visitor"
        told = f"{took:.0f} s from the upload to the last invitation{late}"
        with self._world.session() as session:
            rows, asked = brought(session, LIST)
        yield Budget(
            f"{self._kind}: rows of a list taken in meanwhile", rows * in_time, "", least=ROWS, made_of=told
        )
        yield Budget(f"{self._kind}: whom it brought, invited", asked * in_time, "", least=2 * ROWS)
        yield Budget(f"{self._kind}: reports compiled meanwhile", reports, "", least=1)


def brought(session: Session, file_name: str) -> tuple[int, int]:
    """How many rows of a list are stored as activities, and how many newcomers and partners are invited for them."""
    mine = sa.select(Trajectory.id).join(ImportBatch, ImportBatch.id == Trajectory.batch_id)
    mine = mine.where(ImportBatch.file_name == file_name)
    theirs = sa.select(Activity.id).where(Activity.trajectory_id.in_(mine))
    asked = sa.or_(Invitation.trajectory_id.in_(mine), Invitation.activity_id.in_(theirs))
    counted = (theirs, sa.select(Invitation.id).where(asked))
    rows, invited = (
        session.scalar(sa.select(sa.func.count()).select_from(one.subquery())) or 0 for one in counted
    )
    return rows, invited


class Sending:
    """A list that a colleague sends some time from now, in a thread of its own."""

    def __init__(self, colleague: Colleague, path: Path) -> None:
        self.took, self._colleague, self._path = 0.0, colleague, path
        self._over, self._pool = threading.Event(), ThreadPoolExecutor(1)
        self._under_way = self._pool.submit(self._send)

    def __enter__(self) -> "Sending":
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._pool.shutdown()

    def ended(self) -> bool:
        """Whether it is in, with everybody invited; waits until it is, and raises what went wrong."""
        in_time = self._under_way.done()
        self._under_way.result()
        return in_time

    def _send(self) -> None:
        self._over.wait(LIST_AT * MINUTES * 60)
        began = time.monotonic()
        self._colleague.take_in(LIST, self._path.read_bytes())
        self.took = time.monotonic() - began


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

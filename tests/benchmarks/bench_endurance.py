"""A hundred thousand responses in one go: does a process keep anything of them, in memory or as open files?

As fast as they are answered, by two web processes, while a worker compiles one report after the other. The web
processes are those of `feedback-app serve`, but are never begun anew (`everlasting.py`): in production each ends
after some 20,000 requests, behind which a leak could hide, and here each answers a hundred thousand and more. Each
process is looked at every second: its share of memory (PSS, which counts what processes have in common once) and its
open handles. The most it held in the last quarter is set beside the most it held in the one before; of the worker, which
makes only a few reports beside so many visitors and begins anew after each, in the second half and in the first.

`python -m tests.benchmarks endurance`; `BENCH_RESPONSES=10000` is for a first look, `BENCH_DATABASE=sqlite` or
`postgresql` for one of the two.
"""

import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.colleague import Colleague, Compiling
from tests.benchmarks.crowd import gather
from tests.benchmarks.figure import Budget
from tests.benchmarks.installation import OPEN, installations, settle
from tests.benchmarks.visits import PARTNERS, balance, draw_visits, links_of
from tests.server import Server
from tests.worker import Worker
from tests.world import WAVE, World

RESPONSES, AT_ONCE = int(os.environ.get("BENCH_RESPONSES", "100000")), 8
#: seconds between two looks
EVERY = 1.0
#: how much more a process may hold in the last quarter than in the one before
FLAT = 1.05
WORKER = "worker"


@dataclass(frozen=True)
class Look:
    """What a process holds at a moment: megabytes (10⁶ bytes) and open handles."""

    memory: float
    handles: float


class Unrenewed(Server):
    """A server whose processes go on and on."""

    module = "tests.benchmarks.everlasting"


class Watch:
    """Looks at processes, by name, until the block ends; RuntimeError when one of them ended before."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = processes
        self.seen: dict[str, list[Look]] = {name: [] for name in processes}
        self._over = threading.Event()
        self._ended = ""
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        if self._ended and kind is None:
            raise RuntimeError(f"the {self._ended} ended in between: what it held is not known")

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            for name, pid in self._processes.items():
                try:
                    self.seen[name].append(look_at(pid))
                except (FileNotFoundError, ProcessLookupError):
                    self._ended = name
                    return


def look_at(pid: int) -> Look:
    """What this process holds now; FileNotFoundError when it has ended."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    assert found
    return Look(int(found[1]) * 1024 / 1e6, float(sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())))


def quarters(seen: Sequence[float]) -> tuple[float, float]:
    """The most that was seen in the third quarter, and in the last."""
    half, three = len(seen) // 2, len(seen) * 3 // 4
    return max(seen[half:three]), max(seen[three:])


def halves(seen: Sequence[float]) -> tuple[float, float]:
    """The most that was seen in the first half, and in the second."""
    half = len(seen) // 2
    return max(seen[:half]), max(seen[half:])


def figures() -> Iterator[Budget]:
    """What processes hold more at the end, and what was lost, on both databases."""
    with installations() as each:
        for kind, world in each:
            yield from _measured(kind, world)


def _measured(kind: str, world: World) -> Iterator[Budget]:
    settle(world, RESPONSES - RESPONSES // PARTNERS)
    coming = draw_visits(links_of(world, OPEN, RESPONSES))
    with ExitStack() as running:
        server = running.enter_context(Unrenewed(world.settings, workers=2))
        worker = running.enter_context(Worker(world.settings))
        reports = running.enter_context(Compiling(Colleague(world, server.url, "analist"), WAVE))
        workers = {f"web process {place}": pid for place, pid in enumerate(server.workers, 1)}
        with Watch({"web server": server.pid, **workers, WORKER: worker.pid}) as watch:
            outcome = gather(server.port, coming.visits, AT_ONCE)
        reports.end()
        if list(workers.values()) != server.workers:
            raise RuntimeError("a web process ended in between: what it held is not known")
    yield from _flat(kind, watch.seen)
    rate = f"{RESPONSES / outcome.took:,.0f} responses a second; {reports.made} reports compiled beside"
    found = balance(world, OPEN, [coming], outcome.thanked)
    told = "; ".join([rate, *sorted(set(outcome.faults))[:5]])
    yield Budget(f"{kind}: visits that ended in an error", len(outcome.faults), "", most=0, made_of=told)
    yield Budget(f"{kind}: not stored exactly once", found.off, "", most=0, made_of=str(found))


def _flat(kind: str, seen: Mapping[str, Sequence[Look]]) -> Iterator[Budget]:
    for name, looks in seen.items():
        for what, unit, values in (
            ("memory", "MB", [one.memory for one in looks]),
            ("handles", "open", [one.handles for one in looks]),
        ):
            before, last = (halves if name == WORKER else quarters)(values)
            told = f"{last:.0f} {unit} beside {before:.0f}; at most {max(values):.0f} in {len(values)} looks"
            yield Budget(f"{kind}: {what} of {name}", last / before, "×", most=FLAT, made_of=told)

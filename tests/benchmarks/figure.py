"""One benchmark figure: how long something of ours takes beside the bare thing it stands on."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Median seconds of ours and of what it is compared with, measured in turns within one run."""

    name: str
    ours: float
    compared_with: str
    theirs: float

    def __str__(self) -> str:
        ratio = self.ours / self.theirs
        return (
            f"{self.name:<44} {self.ours * 1000:>9.2f} ms   "
            f"{self.compared_with:<32} {self.theirs * 1000:>9.2f} ms   {ratio:>6.2f} ×"
        )


def compare(
    name: str, ours: Callable[[], object], compared_with: str, theirs: Callable[[], object], *, rounds: int
) -> Figure:
    """Measure both in turns, so that a machine that is busy for a while slows both; medians of `rounds`."""
    ours(), theirs()  # first calls fill caches
    pairs = [(_seconds(ours), _seconds(theirs)) for _ in range(rounds)]
    return Figure(
        name, statistics.median(p[0] for p in pairs), compared_with, statistics.median(p[1] for p in pairs)
    )


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started

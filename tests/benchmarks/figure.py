"""Figures of a benchmark: a measured thing beside its limit, or how long ours takes beside the bare thing."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """One measured number beside its limit, `least` or `most` whichever is named, and what it was made of."""

    name: str
    measured: float
    unit: str = ""
    least: float | None = None
    most: float | None = None
    made_of: str = ""

    @property
    def kept(self) -> bool:
        """Whether it stays within its limit."""
        return (self.least is None or self.measured >= self.least) and (
            self.most is None or self.measured <= self.most
        )

    def __str__(self) -> str:
        number = f"{self.measured:,.2f}" if isinstance(self.measured, float) else f"{self.measured:,}"
        limit = f"≤ {self.most:,}" if self.least is None else f"≥ {self.least:,}"
        sign = "✓" if self.kept else "✗"
        return f"{sign} {self.name:<50} {number:>9} {self.unit:<5} {limit:>9}   {self.made_of}".rstrip()


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
            f"  {self.name:<50} {ratio:>9.2f} ×                  "
            f"{self.ours * 1000:.0f} ms beside {self.theirs * 1000:.0f} ms for {self.compared_with}"
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


def share(
    name: str, ours: Callable[[], float], theirs: Callable[[], float], *, rounds: int, least: float
) -> Budget:
    """What part of their rate ours reaches, both measured in turns; medians of `rounds`."""
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    mine, bare = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    return Budget(name, mine / bare, "×", least=least, made_of=f"{mine:,.0f}/s beside {bare:,.0f}/s")


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started

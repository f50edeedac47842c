"""What a piece of work takes of processors, ours and the database server's, which stays comparable on a busy machine."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What something took: processor seconds, and seconds on the clock."""

    processor: float
    clock: float

    def __str__(self) -> str:
        return f"{self.processor:.1f} s ({self.clock:.0f} s on the clock)"


def spent(server: int, work: Callable[[], object]) -> Cost:
    """What a piece of work cost; `server` is the process of the database server, 0 for none."""
    clock, processor = time.perf_counter(), time.process_time() + _of_server(server)
    work()
    processor = time.process_time() + _of_server(server) - processor
    return Cost(processor, time.perf_counter() - clock)


def _of_server(process_id: int) -> float:
    """Processor seconds of a server, of what it started and of what of that has ended; 0 for none.

    What runs is told by the nanosecond, what has ended in hundredths of a second.
    """
    if not process_id:
        return 0.0
    seconds = 0.0
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
                if own := int(folder.name) == process_id:
                    seconds += sum(map(int, fields[13:15])) / os.sysconf("SC_CLK_TCK")
                if own or int(fields[1]) == process_id:
                    seconds += int((folder / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9
            except OSError:  # ended meanwhile
                continue
    return seconds

"""How long the disk by itself makes one wait: a bare program that writes a little, time after time, until it is on disk.

An answer is thanked for when it is on disk, so nobody can wait less. A disk that others share stalls for tenths of a
second now and then, so this stands beside what visitors waited. It does not say for whom the disk stood still: what the
service writes itself can be it.

`python -m tests.benchmarks.disk FILE` does it until it is ended, and prints when each began and how many seconds it took.
"""

import os
import subprocess
import sys
import time
from bisect import bisect_left
from pathlib import Path

#: bytes written each time, at so many places of the file, with seconds in between
PIECE, PLACES, PAUSE = 8192, 1000, 0.05
#: seconds above which the disk counts as standing still; usually it takes a tenth of that
STILL = 0.005


class Disk:
    """Watches the disk of a folder until the block ends."""

    def __init__(self, folder: Path) -> None:
        self._file, self._told = folder / "disk.bin", folder / "disk.txt"
        self.seconds: list[float] = []
        self._still: list[tuple[float, float]] = []

    def __enter__(self) -> "Disk":
        command = ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", __name__, str(self._file)]
        with self._told.open("w") as told:
            self._process = subprocess.Popen(command, stdout=told)
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait()
        whole, _, _cut = self._told.read_text().rpartition("\n")
        seen = [tuple(map(float, line.split())) for line in whole.splitlines()]
        self.seconds = [took for _began, took in seen]
        self._still = [(began, began + took) for began, took in seen if took > STILL]
        self._file.unlink(missing_ok=True)

    def stood_still(self, began: float, ended: float) -> bool:
        """Whether it did at any moment between these two of `time.perf_counter`."""
        first = bisect_left(self._still, began, key=lambda span: span[1])
        return first < len(self._still) and self._still[first][0] < ended


def _watch(path: Path) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.pwrite(file, bytes(PIECE * PLACES), 0)
    os.fsync(file)
    for place in range(sys.maxsize):
        started = time.perf_counter()
        os.pwrite(file, bytes(PIECE), place % PLACES * PIECE)
        os.fdatasync(file)
        print(started, time.perf_counter() - started, flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    _watch(Path(sys.argv[1]))

"""How long the disk by itself makes one wait: a bare program that writes a little, time after time, until it is on disk.

An answer is thanked for when it is on disk, so nobody can wait less. A disk that others share stalls for tenths of a
second now and then, which is no fault of the service, and stands beside what its visitors waited.

`python -m tests.benchmarks.disk FILE` does it until it is ended, and prints the seconds of each.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

#: bytes written each time, at so many places of the file, with seconds in between
PIECE, PLACES, PAUSE = 8192, 1000, 0.1


class Disk:
    """Watches the disk of a folder until the block ends."""

    def __init__(self, folder: Path) -> None:
        self._file, self._told = folder / "disk.bin", folder / "disk.txt"
        self.seconds: list[float] = []

    def __enter__(self) -> "Disk":
        command = ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m", __name__, str(self._file)]
        with self._told.open("w") as told:
            self._process = subprocess.Popen(command, stdout=told)
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait()
        whole, _, _cut = self._told.read_text().rpartition("\n")
        self.seconds = [float(one) for one in whole.split()]
        self._file.unlink(missing_ok=True)


def _watch(path: Path) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.pwrite(file, bytes(PIECE * PLACES), 0)
    os.fsync(file)
    for place in range(sys.maxsize):
        started = time.perf_counter()
        os.pwrite(file, bytes(PIECE), place % PLACES * PIECE)
        os.fdatasync(file)
        print(time.perf_counter() - started, flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    _watch(Path(sys.argv[1]))

"""The clock of the processes that a test starts, which it sets while they run; the kernel's own goes on.

libfaketime stands between them and the C library. The clocks that only count stay as they are.
"""

import os
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from types import TracebackType

#: its release 0.9.10 lets nobody sleep until a moment of a counting clock, which is how Python sleeps
_SLEEP = """import select, time
def sleep(seconds):
    select.select([], [], [], seconds)
time.sleep = sleep
"""


class ClockMissing(RuntimeError):
    """libfaketime is not installed here; the message says what to type."""


class MachineClock:
    """One clock for all processes that have its environment, until the block ends."""

    def __init__(self) -> None:
        self._library, self._before = find_library(), _shared()
        self._folder = Path(tempfile.mkdtemp(prefix="feedback-clock-"))
        self._folder.chmod(0o755)  # PostgreSQL's own user looks at it too
        (self._folder / "sitecustomize.py").write_text(_SLEEP, encoding="ascii")
        self.set()

    def __enter__(self) -> "MachineClock":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        for left in _shared() - self._before:  # by whoever became another program, or was killed
            if not Path("/proc", left.name.rpartition("_")[2]).exists():
                left.unlink(missing_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to go by this clock."""
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._folder / "clock"),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": os.pathsep.join([str(self._folder), *filter(None, [os.environ.get("PYTHONPATH")])]),
        }

    def set(self, by: timedelta = timedelta(0)) -> None:
        """Set it ahead by so much, or back; at first and by itself it is right."""
        partial = self._folder / "next"
        partial.write_text(f"{by.total_seconds():+.0f}\n", encoding="ascii")
        partial.chmod(0o644)
        partial.replace(self._folder / "clock")


def _shared() -> set[Path]:
    """What the library shares between a process and those it starts."""
    return set(Path("/dev/shm").glob("*faketime_s*_*"))


def find_library() -> Path:
    """Where Debian keeps it: beside the libraries of this kind of machine."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise ClockMissing("libfaketime is missing. Type: sudo apt-get install libfaketime")
    return found[0]

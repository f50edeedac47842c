"""Where the tests keep their files: in memory if there is room, for they make and destroy databases by the hundred.

Copying one costs a second's third on a disk, and a fiftieth in memory. Nothing a test proves is about the disk
itself; the benchmarks, for which it counts, are no tests and stay on it.
"""

import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
#: far more than a run needs; a container may have next to nothing here
_ENOUGH = 2 * 1024**3


def keep_files_in_memory() -> None:
    """For this process and all it starts, unless somebody said where with TMPDIR."""
    if "TMPDIR" not in os.environ and _has_room(_MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)


def _has_room(folder: Path) -> bool:
    """Also for programs: a test may write one and run it."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(folder)
    return not found.f_flag & os.ST_NOEXEC and found.f_bavail * found.f_frsize >= _ENOUGH

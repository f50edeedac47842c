"""Processes that others started: which there are, and waiting until they are gone."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

#: seconds after which a process does not end by itself any more
_PATIENCE = 60


def children_of(pid: int) -> list[int]:
    """The processes that this one started and that are still there."""
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def until_gone(pids: Iterable[int]) -> None:
    """Wait for processes that end by themselves, and end what does not."""
    deadline = time.monotonic() + _PATIENCE
    for pid in pids:
        while Path(f"/proc/{pid}").exists():
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

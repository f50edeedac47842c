"""What follows on a file that was taken in: how much that will be, and doing it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from feedback_app.jobs import Progress
from feedback_app.settings import Settings

#: first and last day of an end that is asked about
Period = tuple[date, date]

_SCALE = 1000


@dataclass(frozen=True)
class Follows:
    """What a feature makes of what came in; each part only reads, but for `act`.

    `act` commits in pieces, so that nobody waits for it, and may be called again to finish what was broken
    off; it gives how many it made. `waiting` is how many it would make now, before the file comes in.
    """

    periods: Callable[[Session], tuple[Period, ...]]
    waiting: Callable[[Session], int]
    act: Callable[[Session, Settings, Progress | None], int]


def part(progress: Progress | None, first: int, last: int) -> Progress | None:
    """Progress of a part of the work, on the bar of the whole: from and to how many thousandths."""
    if progress is None:
        return None

    def told(done: int, total: int, message: str) -> None:
        progress(first + (last - first) * min(done, total) // max(total, 1), _SCALE, message)

    return told

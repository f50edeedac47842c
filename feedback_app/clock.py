"""How far the machine's clock can be believed: it is held against one that only counts, and that nobody sets.

Who holds both against each other sees that the clock was set, and by how much; not which of the two is right.
"""

import time
from datetime import datetime, timedelta

from feedback_app.database import now

#: so far clocks of machines may differ; what was noted for later than that, was before a clock went back
APART = timedelta(minutes=10)
#: a clock that was set by more than this is not believed: our days and hours would not be those of people
JUMP = timedelta(hours=1)
#: unless it stayed there for so long, as after a machine that was paused; further away only a person can tell
PROVEN, FARTHEST = timedelta(days=1), timedelta(days=31)

#: goes on while the machine sleeps, where there is such a clock
_COUNTING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Clock:
    """What time it is as one process knows it, however the machine's clock is set meanwhile.

    `start` is the moment at which the counting clock was at zero. A process that goes on with the work of
    another one, on the same machine, takes it over.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._seen = _start(), _counted()
        self.start = start or self._seen[0]

    @property
    def moment(self) -> datetime:
        """The present moment by the clock as it was believed last."""
        return self.start + _counted()

    def believed(self, apart: timedelta = timedelta(0)) -> bool:
        """Whether the machine's clock can be believed; ask often, for it has to be seen standing still.

        `apart` is how far it is from another machine's clock.
        """
        start, counted = _start(), _counted()
        there, since = self._seen
        if abs(start - there) > JUMP:
            self._seen, since = (start, counted), counted
        far = max(abs(start - self.start), abs(apart))
        if far > JUMP and (far > FARTHEST or counted - since < PROVEN):
            return False
        self.start = start
        return True


def _counted() -> timedelta:
    return timedelta(seconds=time.clock_gettime(_COUNTING))


def _start() -> datetime:
    """When the counting began, by the machine's clock: this moves when the clock is set, and only then."""
    return now() - _counted()

"""Whether a run that sends may go on: asked before each message, because a run can last for hours."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from feedback_app.clock import Clock
from feedback_app.invitations.pausing import paused_since
from feedback_app.timetable import Timetable


class Watch:
    """The time of a run that begins at a given moment, and what stops it: a pause, a quiet hour, a clock set.

    Its time goes on evenly: a machine's clock that jumps meanwhile gives up no message as too late.
    """

    def __init__(self, session: Session, timetable: Timetable, begun: datetime) -> None:
        self._session, self._timetable, self._begun = session, timetable, begun
        self._clock = Clock()
        self._ahead = begun - self._clock.moment

    @property
    def moment(self) -> datetime:
        """The present moment, as this run counts it."""
        return self._clock.moment + self._ahead

    @property
    def day(self) -> date:
        """The calendar day in Flanders."""
        return self.moment.astimezone(ZoneInfo("Europe/Brussels")).date()

    def lasted(self, longest: timedelta | None) -> bool:
        """Whether the run has taken this long."""
        return longest is not None and self.moment - self._begun >= longest

    def halt(self) -> str:
        """Why nothing may go out now: `clock`, `paused` or `quiet`; else empty."""
        if not self._clock.believed():
            return "clock"
        if paused_since(self._session) is not None:
            return "paused"
        return "" if self._timetable.may_send(self.moment) else "quiet"

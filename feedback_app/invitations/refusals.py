"""Refusals that are all alike say something of us, not of those we write to.

A relay that lets nobody through, or a gateway that does not like our template, refuses everybody with the
same word. Were each of them believed, a whole wave would count as bounced and that way to reach people would
be closed for good. So after several in a row the channel rests, and its messages wait for another day.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.invitations.models import Invitation, Sending
from feedback_app.timetable import back_off

#: so many alike in a row, while this run has seen the channel take nothing
FEW = 5
#: where it took something before, or only says "not now": bad addresses, and greylisting, may come together
MANY = 20
#: somebody has to look first
REST = timedelta(hours=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refused:
    """One message that was refused, and what its invitation was before that."""

    key: str
    invitation_id: str
    disposition: str
    attempts: int


class InARow:
    """The refusals of one channel in one run, since it last took a message or said something else."""

    def __init__(self) -> None:
        self._took, self._said = False, ""
        self._rows: list[Refused] = []

    def taken(self) -> None:
        """The channel works."""
        self._took, self._said, self._rows = True, "", []

    def refused(self, said: str, one: Refused, *, for_now: bool = False) -> list[Refused]:
        """Note a refusal; all of those in a row when that is one too many to believe."""
        if said != self._said:
            self._said, self._rows = said, []
        self._rows.append(one)
        return self._rows if len(self._rows) >= (MANY if self._took or for_now else FEW) else []


def plan_again(session: Session, refused: list[Refused], moment: datetime) -> int:
    """Take back that these were refused for good, and try them later; how many. Commits.

    What was tried as often as anything is (`timetable.back_off`) stays refused: by then it is believed. What
    was answered meanwhile stays answered.
    """
    again = 0
    before: dict[str, list[str]] = defaultdict(list)
    for one in refused:
        wait = back_off(one.attempts)
        if wait is None:
            continue
        values = {"state": "planned", "outcome": "", "next_attempt_at": moment + max(wait, REST)}
        _update(session, sa.update(Sending).where(Sending.key == one.key, Sending.state == "failed"), values)
        before[one.disposition].append(one.invitation_id)
        again += 1
    for disposition, ids in before.items():
        these = sa.update(Invitation).where(Invitation.id.in_(ids), Invitation.disposition == "bounced")
        _update(session, these, {"disposition": disposition})
    session.commit()
    return again


def hold_against_nobody(session: Session, refused: list[Refused]) -> None:
    """These attempts do not count: the other side said "not now" to everybody. Commits."""
    these = sa.update(Sending).where(Sending.key.in_([one.key for one in refused]), Sending.attempts > 0)
    _update(session, these, {"attempts": Sending.attempts - 1})
    session.commit()


def _update(session: Session, these: sa.Update, values: dict[str, object]) -> None:
    session.execute(these.values(values).execution_options(synchronize_session=False))

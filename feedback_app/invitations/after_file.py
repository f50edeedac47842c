"""What follows on a file of trajectories: whoever it brings is invited, in pieces, so that nobody waits.

Each piece is whole by itself, and nobody is invited twice: what was broken off is finished by the next file,
or by the worker when it starts.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.database import Base
from feedback_app.invitations.in_pieces import piece, size_of
from feedback_app.invitations.invite import AUDIENCES, Row, Side, add, coming, missing, scope
from feedback_app.invitations.models import Wave
from feedback_app.invitations.waves import open_waves
from feedback_app.jobs import Progress
from feedback_app.settings import Settings
from feedback_app.statements import Channel, Statement
from feedback_app.trajectories.following import Follows, Period
from feedback_app.trajectories.intake import wait_turn

_WAVES = Base.metadata.tables[Wave.__tablename__]
_SAME = Statement(
    sa.update(_WAVES).where(Wave.key == sa.bindparam("wave"), Wave.state == "open").values(state="open")
)


def periods(session: Session) -> tuple[Period, ...]:
    """The ends that open waves ask about."""
    return tuple(scope(wave) for wave in open_waves(session))


def waiting(session: Session) -> int:
    """How many open waves would invite now; only reads."""
    asked = periods(session)
    return sum(missing(session, side, asked) for side in AUDIENCES) if asked else 0


def invite_in_pieces(session: Session, settings: Settings, progress: Progress | None = None) -> int:
    """Invite, in each open wave, whoever is not invited yet; commits piece by piece; how many."""
    to_do = waiting(session)
    done = 0
    for key, period, side in _rounds(session) if to_do else ():
        last = ""
        while rows := _coming(session, settings, key, period, side, last):
            with piece(session):
                wait_turn(session)
                if not _keeps_open(session, key):
                    break
                done += add(session, side, rows)
            last = rows[-1][side.column]
            if progress:
                progress(done, max(done, to_do), _("Uitnodigingen maken"))
    return done


def _coming(
    session: Session, settings: Settings, wave_key: str, period: Period, side: Side, after: str
) -> list[Row]:
    """The next of those whom a wave misses, made ready while others may write."""
    found = coming(session, settings, wave_key, period, side, after, size_of(session))
    session.rollback()  # nothing is held while one waits for the turn
    return found


def _rounds(session: Session) -> Iterator[tuple[str, Period, Side]]:
    waves = [(wave.key, scope(wave)) for wave in open_waves(session)]
    for key, period in waves:
        yield from ((key, period, side) for side in AUDIENCES)


def _keeps_open(session: Session, key: str) -> bool:
    """Whether a wave is open, and stays so until the commit: it is written to, so that others wait."""
    return Channel.within(session).run(_SAME, {"wave": key}) > 0


AFTER_FILE = Follows(periods=periods, waiting=waiting, act=invite_in_pieces)

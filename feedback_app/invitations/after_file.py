"""What follows on a file of trajectories: whoever it brings is invited, in pieces, so that nobody waits.

Each piece is whole by itself, and nobody is invited twice: what was broken off is finished by the next file,
or by the worker when it starts.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from feedback_app.invitations.in_pieces import piece, size_of
from feedback_app.invitations.invite import AUDIENCES, LATE, Side, add_piece, missing, next_keys
from feedback_app.invitations.models import Wave
from feedback_app.invitations.waves import open_waves
from feedback_app.jobs import Progress
from feedback_app.settings import Settings
from feedback_app.trajectories.following import Follows, Period
from feedback_app.trajectories.intake import wait_turn


def periods(session: Session) -> tuple[Period, ...]:
    """The ends that open waves ask about."""
    return tuple((wave.starts_on - LATE, wave.ends_on) for wave in open_waves(session))


def waiting(session: Session) -> int:
    """How many open waves would invite now; only reads."""
    asked = periods(session)
    return sum(missing(session, side, asked) for side in AUDIENCES) if asked else 0


def invite_in_pieces(session: Session, settings: Settings, progress: Progress | None = None) -> int:
    """Invite, in each open wave, whoever is not invited yet; commits piece by piece; how many."""
    to_do = waiting(session)
    done = 0
    for key, side in _rounds(session) if to_do else ():
        last = ""
        while keys := _next(session, key, side, last):
            with piece(session):
                wait_turn(session)
                if not _keeps_open(session, key):
                    break
                done += add_piece(session, settings, session.get_one(Wave, key), side, keys)
            last = keys[-1]
            if progress:
                progress(done, max(done, to_do), _("Uitnodigingen maken"))
    return done


def _next(session: Session, wave_key: str, side: Side, after: str) -> list[str]:
    """The next of those whom a wave misses, looked for while others may write."""
    found = next_keys(session, session.get_one(Wave, wave_key), side, after, size_of(session))
    session.rollback()  # nothing is held while one waits for the turn
    return found


def _rounds(session: Session) -> Iterator[tuple[str, Side]]:
    keys = [wave.key for wave in open_waves(session)]
    for key in keys:
        yield from ((key, side) for side in AUDIENCES)


def _keeps_open(session: Session, key: str) -> bool:
    """Whether a wave is open, and stays so until the commit: it is written to, so that others wait."""
    same = sa.update(Wave).where(Wave.key == key, Wave.state == "open").values(state="open")
    held = session.execute(same.returning(Wave.key), execution_options={"synchronize_session": False})
    return held.one_or_none() is not None


AFTER_FILE = Follows(periods=periods, waiting=waiting, act=invite_in_pieces)

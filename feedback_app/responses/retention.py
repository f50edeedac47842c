"""Destroying what people wrote once it has served, and the order in which it came."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from feedback_app.database import months_before
from feedback_app.invitations.models import Wave
from feedback_app.responses.models import Remark
from feedback_app.responses.shuffle import forget, lock, shuffle

REMARK_MONTHS = 6
_WITHDRAWN = {
    "quote": "",
    "quote_state": "none",
    "quote_shows": "side",
    "quote_original": "",
    "proposed_by": None,
    "released_by": None,
}


def destroy_remark_texts(session: Session, today: date) -> int:
    """Erase the raw text of remarks that were dealt with, or written in a month that began six months ago.

    After those months what a colleague left of it without personal data, and its translation, go too. The
    themes and a released quote stay; a quote that nobody released by then is withdrawn, with its original.
    Gives how many texts were erased; flushes, does not commit.
    """
    quoted = Remark.quote_state == "proposed"  # a second person still compares it with what was written
    dealt_with = sa.and_(Remark.state != "new", sa.not_(quoted), Remark.wave_key.in_(_closed()))
    old = Remark.month <= months_before(today, REMARK_MONTHS)
    written = sa.or_(Remark.text != "", Remark.redacted != "", Remark.translation != "", Remark.draft != "")
    erasing = sa.update(Remark).returning(Remark.id).execution_options(synchronize_session=False)
    whole = session.execute(
        erasing.where(written, old).values(text="", redacted="", translation="", translated="", draft="")
    ).all()
    session.execute(erasing.where(quoted, old).values(**_WITHDRAWN))
    raw = session.execute(erasing.where(Remark.text != "", dealt_with).values(text="")).all()
    session.expire_all()
    return len(whole) + len(raw)


def shuffle_open_waves(session: Session) -> list[str]:
    """Rewrite the rows of every open wave in random order (see `shuffle`); commits, gives the waves' keys."""
    keys = list(session.scalars(sa.select(Wave.key).where(Wave.state == "open").order_by(Wave.key)))
    for key in keys:
        lock(session)
        shuffle(session, key)
        session.commit()
    forget(session)  # also when none is open: a wave that closed may have been interrupted before this
    return keys


def _closed() -> sa.Select[str]:
    return sa.select(Wave.key).where(Wave.state == "closed")
